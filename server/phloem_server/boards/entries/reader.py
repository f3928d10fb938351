"""Reads the entries of the schedule, round after round in a thread, and only while a client watches.

While what keeps them does not answer, the last ones stay, with a sentence that says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec
from celery import Celery

from phloem.redaction import clip, scrub
from phloem_server.boards.entries.source import ENTRIES_LIMIT, Found, Planned, ScheduleUnreadable, Source
from phloem_server.boards.rounds import ANSWER_SECONDS, Rounds

EVERY_SECONDS = 3.0
"""Seconds between two readings."""

_REASON_BYTES = 500
_NAMED = 3  # of the entries that cannot be read

logger = logging.getLogger(__name__)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it was read last."""

    planned: Planned
    form: str
    """Its schedule, as Python shows it."""

    changed_at: float | None
    """When it was found with a schedule that it did not have before, in Unix seconds; None at the first reading."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known after a reading. `stale_since` is in Unix seconds; `trouble` is a sentence, or several."""

    entries: Mapping[str, Kept] = {}
    """The entries, by their names without secrets."""

    stale_since: float | None = None
    """Since when the entries cannot be read."""

    trouble: str | None = None
    """Why they cannot be read, or what of them is not shown."""


class Reader:
    """Reads from `source`, whose entries are those of `celery`. Its methods may be called from any thread.

    `every` is the seconds between two readings.
    """

    def __init__(
        self,
        celery: Celery,
        source: Source,
        clock: Callable[[], float] = time.time,
        *,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._celery = celery
        self._source = source
        self._clock = clock
        self._known = Known(trouble="The schedule is being read.")
        self._has_read = False
        self._begun_at: float | None = None
        self._told: str | None = None
        self._rounds = Rounds(self.read, every=every, failed="The schedule could not be read")
        if not source.changes:
            self.read()

    @property
    def changes(self) -> bool:
        """Whether the entries may change while this process runs."""
        return self._source.changes

    @property
    def lag(self) -> float:
        """Seconds by which the last runs that are kept may be behind those that were."""
        return self._source.lag

    @property
    def known(self) -> Known:
        """What is known."""
        begun_at = self._begun_at
        if begun_at is not None and self._clock() - begun_at > ANSWER_SECONDS:
            return self._failed(f"{self._source.place} does not answer.", begun_at)
        return self._known

    def run(self) -> None:
        """Reads while a client watches, else waits for one, until `stop`."""
        self._rounds.run()

    def stop(self) -> None:
        """Ends `run`, after the reading that is under way."""
        self._rounds.stop()

    def look(self) -> None:
        """A client begins to watch: the readings go on for some time. The first one waits for what they find."""
        if self._source.changes:
            self._rounds.look()

    def keep_looking(self) -> None:
        """A client still watches."""
        if self._source.changes:
            self._rounds.keep_looking()

    def look_anew(self) -> None:
        """Waits for one more reading, though not for long."""
        if self._source.changes:
            self._rounds.look_anew()

    def read(self) -> None:
        """Reads once."""
        begun_at = self._begun_at = self._clock()
        try:
            found = self._source.read()
        except ScheduleUnreadable as error:
            self._known = self._failed(str(error), begun_at)
        except Exception as error:  # noqa: BLE001  # of a driver, or the application's own code
            self._known = self._failed(f"{self._source.place} cannot be read: {_reason(error)}.", begun_at)
        else:
            self._known = self._taken(found)
        finally:
            self._begun_at = None
        self._tell(self._known.trouble)

    def _failed(self, trouble: str, since: float) -> Known:
        """The last entries, with why there are no new ones."""
        if not self._has_read:
            return Known(trouble=trouble)
        return msgspec.structs.replace(self._known, stale_since=self._known.stale_since or since, trouble=trouble)

    def _taken(self, found: Found) -> Known:
        kept = {}
        unreadable = dict(found.unreadable)
        for planned in found.entries:
            try:
                # Times of day are in the app's time zone.
                planned.entry.app = planned.entry.schedule.app = self._celery
                name = scrub(planned.name)
                kept[name] = self._kept(name, planned)
            except Exception as error:  # noqa: BLE001  # a custom schedule may raise anything
                unreadable[planned.name] = str(error)
        self._has_read = True
        return Known(entries=kept, trouble=" ".join(_left_out(unreadable, more=found.more)) or None)

    def _kept(self, name: str, planned: Planned) -> Kept:
        when = planned.entry.schedule
        form = repr(when)
        if not self._has_read:
            return Kept(planned=planned, form=form, changed_at=None)
        before = self._known.entries.get(name)
        # By `==` alone, schedules of kinds that do not define it are all the same; forms round figures.
        if before is None or before.form != form or before.planned.entry.schedule != when:
            return Kept(planned=planned, form=form, changed_at=self._clock())
        if before.planned.entry == planned.entry:
            # As the same object, so that what was made of it need not be made again.
            planned = msgspec.structs.replace(planned, entry=before.planned.entry)
        return Kept(planned=planned, form=form, changed_at=before.changed_at)

    def _tell(self, trouble: str | None) -> None:
        """Logs what is wrong, once."""
        if trouble is not None and trouble != self._told:
            logger.warning("%s", trouble)
        self._told = trouble


def _left_out(unreadable: Mapping[str, str], *, more: bool) -> Iterable[str]:
    for name, reason in list(unreadable.items())[:_NAMED]:
        yield f"The entry {scrub(name)[:200]!r} cannot be read: {clip(scrub(reason), _REASON_BYTES)}."
    if len(unreadable) > _NAMED:
        yield f"Neither can {len(unreadable) - _NAMED} more."
    if more:
        yield f"There are more entries than the {ENTRIES_LIMIT} that are shown."


def _reason(error: Exception) -> str:
    return clip(scrub(" ".join(f"{type(error).__name__}: {error}".split())), _REASON_BYTES)
