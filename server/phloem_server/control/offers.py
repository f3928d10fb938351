"""What attached workers say they can run, and its tasks in the server's Celery app."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec
from celery import Celery

from phloem.instrument.forms.broker import broker_of
from phloem.record.record import ChannelError
from phloem.record.stores.forms import AppFacts, Offer, TaskForm
from phloem_server.control.celery_app import follow_app
from phloem_server.control.stand_in import queues_of, stand_in

FRESH_SECONDS = 1.0
"""For which the offers are not read again."""

MISSED_SECONDS = 0.1
"""For which they are not read again for a task that is not among them: its worker may have come since."""

AWAY_SECONDS = 5.0
"""For which a record that could not be read is not asked again: nobody is to wait for it each time."""

logger = logging.getLogger(__name__)


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A task that workers have."""

    form: TaskForm
    facts: AppFacts
    """Those of the app of the worker whose form it is."""
    workers: int
    """Workers that are there and have it."""


def merged(offers: Iterable[Offer]) -> dict[str, Offered]:
    """The tasks of all workers, by name: the form of the newest worker that is there, else of the newest that is gone.

    A task that only workers have which are gone is left out where another worker takes from its queue: that one would
    refuse it.
    """
    newest_first = sorted(offers, key=_age, reverse=True)
    consumed = {name for offer in newest_first if offer.ended_at is None for name in offer.worker.queues}
    found: dict[str, Offered] = {}
    for offer in newest_first:
        here = int(offer.ended_at is None)
        for form in offer.catalogue.tasks:
            known = found.get(form.name)
            if known is not None:
                found[form.name] = msgspec.structs.replace(known, workers=known.workers + here)
            elif here or form.queue not in consumed:
                found[form.name] = Offered(form=form, facts=offer.catalogue.app, workers=here)
    return found


def _age(offer: Offer) -> tuple[bool, bool, float]:
    """Puts workers in order: those that are gone first, then those that are not attached, of which no more than names
    is known, and the newer behind the older.
    """
    return offer.ended_at is None, offer.worker.attached, offer.worker.since


class Offers:
    """Keeps the server's Celery app in step with what workers offer. Safe to use from any thread.

    The app's own tasks stay as they are: they know best how they are sent. Where the server was started without an app
    (`bare`), its settings follow those of the workers as well, as far as sending needs that.
    """

    def __init__(
        self,
        celery: Celery,
        read: Callable[[], tuple[Offer, ...]] = tuple,
        *,
        bare: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` gives the offers of all workers; it may raise ChannelError."""
        self._celery = celery
        self._read = read
        self._bare = bare
        self._clock = clock
        self._own = frozenset(celery.tasks)
        self._transport = dict(celery.conf.broker_transport_options or {})
        self._own_queues = frozenset(celery.amqp.queues)
        self._offers: tuple[Offer, ...] = ()
        self._offered: Mapping[str, Offered] = {}
        self._next_look = self._next_miss = float("-inf")
        self._lock = threading.Lock()
        self.notice: str | None = None
        """What is odd about the workers, as a sentence for people."""

    def look(self, *, missed: bool = False) -> None:
        """Reads what workers offer, unless that was done just now. Where the record is away, the last answer stays.

        `missed`: a task is asked for that is not among them; its worker may have come since.
        """
        if not self._is_due(missed) or not self._lock.acquire(blocking=self._next_look == float("-inf")):
            return
        try:
            if self._is_due(missed):
                self._look()
        finally:
            self._lock.release()

    def _is_due(self, missed: bool) -> bool:
        return self._clock() >= (self._next_miss if missed else self._next_look)

    def workers(self, name: str) -> int | None:
        """How many workers that are there have told that they have the task; None if none ever did."""
        offered = self._offered.get(name)
        return None if offered is None else offered.workers

    def _look(self) -> None:
        now = self._clock()
        try:
            offers = self._read()
        except ChannelError as error:
            logger.debug("What workers can run is not known anew: %s", error)
            self._next_look = self._next_miss = self._clock() + AWAY_SECONDS
            return
        if offers != self._offers:
            self._take(offers)
            self._offers = offers
        self._next_look, self._next_miss = now + FRESH_SECONDS, now + MISSED_SECONDS  # so old is what was read

    def _take(self, offers: tuple[Offer, ...]) -> None:
        offered = merged(offers)
        newest = max(offers, key=_age, default=None)
        if self._bare and newest is not None:
            follow_app(self._celery, newest.catalogue.app, self._transport)
        self._declare(offer.catalogue.app for offer in sorted(offers, key=_age))
        for name in set(self._offered) - set(offered) - self._own:
            self._celery.tasks.pop(name, None)
        for name, each in offered.items():
            before = self._offered.get(name)
            if name not in self._own and (before is None or (before.form, before.facts) != (each.form, each.facts)):
                self._add(each)
        self._offered = offered
        self._compare_brokers(offers)

    def _add(self, offered: Offered) -> None:
        try:
            stand_in(self._celery, offered.form, offered.facts)
        except Exception:  # what another version tells, or somebody else wrote, spoils no other task
            logger.exception("What is told of the task %r makes none", offered.form.name[:200])
            self._celery.tasks.pop(offered.form.name, None)

    def _declare(self, facts: Iterable[AppFacts]) -> None:
        """Has the app know the queues of the workers, each as they declare it."""
        for each in facts:
            for name, queue in queues_of(each).items():
                if name not in self._own_queues or self._bare:
                    self._celery.amqp.queues.add(queue)

    def _compare_brokers(self, offers: Iterable[Offer]) -> None:
        here = broker_of(self._celery)
        there = {offer.catalogue.app.broker: offer.worker.name for offer in offers if offer.ended_at is None}
        others = sorted((broker, name) for broker, name in there.items() if broker not in (None, here))
        notice = None
        if others and here is not None and here not in there:
            broker, name = others[0]
            notice = (
                f"{name} takes its messages from {broker}, and this server sends to {here}. Unless both are the same "
                "broker, nothing that is launched here runs: give the server their CELERY_BROKER_URL."
            )
        if notice not in (None, self.notice):
            logger.warning("%s", notice)
        self.notice = notice
