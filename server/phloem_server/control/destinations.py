"""Where a message may go: the one place that decides it.

That is to queues of the app and to those that a worker takes from. A broker such as Redis makes a queue of any name
that it is told, where a message would stay for ever, or be taken for something else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from celery import Celery
from celery.app.routes import MapRoute
from kombu.entity import Queue

from phloem.instrument.messages.routes import is_bound, undelayed
from phloem_server.control.errors import BrokerUnavailable, QueueGone, QueueUnknown

REMEMBERED_SECONDS = 10.0
"""For which the queues that workers take from are not asked for again."""

FAILED_SECONDS = 2.0
"""For which nobody asks again after the broker did not answer. To find that out takes seconds, one caller at a time."""

_NAMED = 20  # queues that a refusal names


class Way(NamedTuple):
    """By which exchange and key a message comes to a queue."""

    queue: Queue
    exchange: str
    routing_key: str


class Destinations:
    """The queues of one app and its workers. Safe to use from any thread.

    `consumed` asks the workers which queues they take from, and takes about a second; `busy` names the queues of tasks
    that run, whose workers may be too busy to answer.
    """

    def __init__(
        self,
        celery: Celery,
        consumed: Callable[[], Iterable[Queue]],
        busy: Callable[[], Iterable[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._celery = celery
        self._consumed = consumed
        self._busy = busy
        self._heard: dict[str, Queue] = {}
        self._clock = clock
        self._asked_at = float("-inf")
        self._failure: BrokerUnavailable | None = None
        self._failed_at = float("-inf")
        self._lock = threading.Lock()

    def named(self, name: str) -> Way:
        """The way to the queue of that name, as Celery takes it. QueueUnknown, BrokerUnavailable."""
        queue = self._find(lambda queue: queue.name == name)
        if queue is None:
            raise QueueUnknown(
                f"No queue {name[:200]!r} is known: the app does not name it, and no worker that answers takes from "
                f"it. {self._there_is()}"
            )
        if queue.exchange.type == "direct" or not queue.exchange.name:
            return Way(queue, "", name)
        return Way(queue, queue.exchange.name, queue.routing_key)

    def reached(self, exchange: str, routing_key: str) -> Way:
        """The way that a message took, without a delay on it.

        QueueGone where it leads to no queue any more; BrokerUnavailable.
        """
        queue = self._find(lambda queue: _reaches(exchange, routing_key, queue))
        if queue is None:
            went = f"by the exchange {exchange!r} with the key {routing_key!r}" if exchange else f"to {routing_key!r}"
            raise QueueGone(
                f"Its message went {went}, where neither the app nor a worker that answers has a queue. "
                f"{self._there_is()} Name one of them as its queue."
            )
        own_key = undelayed(exchange, routing_key)
        if own_key is not None:  # it was held back once; it is not to be held back again
            return Way(queue, queue.exchange.name, own_key)
        return Way(queue, exchange, routing_key)

    def _own(self) -> Mapping[str, Queue]:
        return {queue.name: queue for queue in _queues_of(self._celery)}

    def _find(self, fits: Callable[[Queue], bool]) -> Queue | None:
        for queues in self._known():
            if found := next(filter(fits, queues.values()), None):
                return found
        return None

    def _known(self) -> Iterator[Mapping[str, Queue]]:
        """First what is known without asking anybody."""
        yield self._own()
        yield self._heard
        yield {name: _undeclared(name) for name in self._busy()}
        with self._lock:
            if self._clock() - self._asked_at > REMEMBERED_SECONDS:
                self._ask()
        yield self._heard

    def _ask(self) -> None:
        """Asks the workers, unless the broker did not answer just now."""
        if self._failure is not None and self._clock() - self._failed_at < FAILED_SECONDS:
            raise BrokerUnavailable(str(self._failure))
        try:
            self._heard = {queue.name: queue for queue in self._consumed()}
        except BrokerUnavailable as error:
            self._failure, self._failed_at = error, self._clock()
            raise
        self._failure, self._asked_at = None, self._clock()

    def _there_is(self) -> str:
        names = sorted({*self._own(), *self._heard})
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"There is {', '.join(names[:_NAMED])}{more}."


def _queues_of(celery: Celery) -> Iterator[Queue]:
    """Queues that the app names: its own, and those of its routes, its tasks and its schedule."""
    declared = dict(celery.amqp.queues)
    yield from declared.values()
    named: list[object] = [celery.conf.task_default_queue]
    for route in celery.amqp.routes or ():
        if isinstance(route, MapRoute):  # what other routes say depends on the message
            named += [_queue_in(way) for way in (*route.map.values(), *route.patterns.values())]
    named += [getattr(task, "queue", None) for task in tuple(celery.tasks.values())]
    for entry in dict(celery.conf.beat_schedule or {}).values():
        options = entry.get("options") if isinstance(entry, Mapping) else getattr(entry, "options", None)
        named.append((options or {}).get("queue"))
    for each in named:
        if isinstance(each, Queue):
            yield each
        elif isinstance(each, str) and each and each not in declared:
            yield _undeclared(each)


def _undeclared(name: str) -> Queue:
    """A queue of which no more than the name is known; the broker has it, or Celery will declare it."""
    return Queue(name, routing_key=name, no_declare=True)


def _queue_in(way: object) -> object:
    if isinstance(way, str):
        return way
    try:
        return dict(way).get("queue")  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None


def _reaches(exchange: str, routing_key: str, queue: Queue) -> bool:
    """Whether a message with this key comes from the exchange to the queue."""
    return is_bound(queue, exchange, routing_key) if exchange else bool(queue.name == routing_key)
