"""The board of the schedule: what beat runs by itself and when, with the last run, the next, and those missed.

The entries are those of the app (`beat_schedule`). Their runs are tasks of the record, which name the entry that they
were sent for. So nothing has to be read from beat, which keeps its own file locked while it runs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from celery import Celery
from celery.beat import BeatLazyFunc, ScheduleEntry
from celery.schedules import crontab

from phloem.errors import PhloemError
from phloem.instrument.headers import BY_HAND, SCHEDULE
from phloem.model.state import State
from phloem.model.task import Task
from phloem.redaction import short_and_long
from phloem_server.boards.missed_runs import MISSED_LIMIT, Missed, MissedRuns, due_after, is_interval, sent_at
from phloem_server.boards.schedule_words import in_words
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender, Sent

LATE_SECONDS = 10.0
"""After which a run that was due and did not come is called missed. Beat looks at least that often."""

_ENTRIES_NAMED = 10  # in the error that there is no such entry

logger = logging.getLogger(__name__)


class EntryUnknown(PhloemError):
    """The schedule has no entry of that name."""

    code = "entry_unknown"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run of an entry of the schedule."""

    id: str
    """Id of the task."""

    url: str
    """Address of the task in the API."""

    state: State
    """State of the task."""

    at: float
    """When it was sent, in Unix seconds."""

    by_hand: bool
    """Whether a user sent it, and not beat."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the schedule."""

    name: str
    """Name of the entry."""

    task: str
    """Name of the task that it sends."""

    args: str | None
    """Positional arguments, as text like those of a task."""

    kwargs: str | None
    """Keyword arguments, as text like those of a task."""

    queue: str | None
    """Queue that the entry names."""

    words: str
    """Its schedule in words."""

    timezone: str | None
    """Time zone of its times of day, where it has any."""

    last: Run | None
    """Its last run, by beat or by hand."""

    next: float | None
    """When it is due next, in Unix seconds. Unknown for an interval whose last run is not on record."""

    overdue_since: float | None
    """When a run was due that did not come, in Unix seconds: beat does not run, or is busy."""

    missed: int
    """Count of the runs that did not come, among its last {follower.RUNS} and since;
    at most {missed_runs.MISSED_LIMIT}."""

    missed_at: float | None
    """When the last of those was due, in Unix seconds."""


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule."""

    entries: tuple[Entry, ...]
    """The entries, by name."""


class Schedule:
    """The schedule of one app. `runs` gives the tasks that were sent for an entry, the oldest first.

    What was due before this process was started, with no run on record, does not count as missed.
    """

    def __init__(
        self,
        celery: Celery,
        runs: Callable[[str], Sequence[Task]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._celery = celery
        self._runs = runs
        self._clock = clock
        self._since = clock()
        self._missed = MissedRuns()
        self._lock = threading.Lock()
        self._entries = _entries(celery)

    def entries(self) -> Entries:
        """All entries, by name."""
        with self._lock:
            return Entries(entries=tuple(self._describe(self._entries[name]) for name in sorted(self._entries)))

    def run(self, name: str, registry: Registry, sender: Sender) -> Sent:
        """Sends the task of an entry now, as beat would. EntryUnknown, and what `check` and `send` raise."""
        entry = self._entries.get(name)
        if entry is None:
            raise EntryUnknown(f"There is no entry {name[:200]!r} in the schedule. {_known(self._entries)}")
        args = [_evaluated(value) for value in entry.args or ()]
        kwargs = {key: _evaluated(value) for key, value in (entry.kwargs or {}).items()}
        registry.check(entry.task, args, kwargs)
        options = {key: value for key, value in entry.options.items() if key != "headers"}
        headers = {**(entry.options.get("headers") or {}), SCHEDULE: name, BY_HAND: True}
        return sender.send(entry.task, args, kwargs, **options, headers=headers)

    def _describe(self, entry: ScheduleEntry) -> Entry:
        now, when = self._clock(), entry.schedule
        runs = list(self._runs(entry.name))
        beat = [run for run in runs if not run.by_hand]
        before = self._missed.between(entry.name, when, beat)
        regular = not is_interval(when)
        base = sent_at(beat[-1]) if beat else self._since if regular else None
        due = due_after(when, base) if base is not None else None
        overdue = due if due is not None and due < now - LATE_SECONDS else None
        late = Missed(0, None)
        if base is not None:
            late = self._missed.since(entry.name, when, base, now - LATE_SECONDS)
        return Entry(
            name=entry.name,
            task=entry.task,
            args=short_and_long(list(entry.args))[0] if entry.args else None,
            kwargs=short_and_long(dict(entry.kwargs))[0] if entry.kwargs else None,
            queue=entry.options.get("queue"),
            words=in_words(when),
            timezone=str(when.tz) if isinstance(when, crontab) else None,
            last=_run(runs[-1]) if runs else None,
            next=due_after(when, now) if regular and overdue is not None else due,
            overdue_since=overdue,
            missed=min(before.count + late.count, MISSED_LIMIT),
            missed_at=late.last or before.last,
        )


def _entries(celery: Celery) -> dict[str, ScheduleEntry]:
    """The entries, as beat makes them. One that cannot be made is logged and left out."""
    made = {}
    for name, given in dict(celery.conf.beat_schedule or {}).items():
        try:
            entry = given if isinstance(given, ScheduleEntry) else ScheduleEntry(**{**given, "name": name})
            entry.app = entry.schedule.app = celery  # times of day are in its time zone
            made[name] = entry
        except Exception as error:  # noqa: BLE001  # beat will say the same, and not start
            logger.warning("The entry %r of beat_schedule is none: %s", name, error)
    return made


def _evaluated(value: Any) -> Any:
    """Arguments that are to be worked out when they are sent."""
    return value() if isinstance(value, BeatLazyFunc) else value


def _run(task: Task) -> Run:
    url = f"/api/v1/tasks/{quote(task.id, safe='')}"
    return Run(id=task.id, url=url, state=task.state, at=sent_at(task), by_hand=bool(task.by_hand))


def _known(entries: dict[str, ScheduleEntry]) -> str:
    if not entries:
        return "It has none: the app that --app names has no beat_schedule."
    return f"It has {', '.join(repr(name) for name in sorted(entries)[:_ENTRIES_NAMED])}."
