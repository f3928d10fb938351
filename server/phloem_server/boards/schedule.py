"""What beat runs by itself, and when: each entry with its last run, its next, and those that were missed.

The entries are those of the app (`beat_schedule`). Their runs are tasks of the record, which say what entry they were
sent for. So nothing has to be read from beat, which keeps its own file locked while it runs.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from celery import Celery
from celery.beat import BeatLazyFunc, ScheduleEntry
from celery.schedules import crontab, schedule

from phloem.errors import PhloemError
from phloem.instrument.beat import BY_HAND, SCHEDULE
from phloem.model.state import State
from phloem.model.task import Task
from phloem.redaction import both
from phloem_server.boards.schedule_words import in_words
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender, Sent

LATE = 10.0
"""Seconds after which a run that was due and did not come is called missed. Beat looks at least that often."""

COUNTED = 1000
"""Missed runs that are counted; of more it is only known that they are more."""


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
    """Count of the runs that did not come, among its last {follower.RUNS} and since; at most {COUNTED}."""

    missed_at: float | None
    """When the last of those was due, in Unix seconds."""


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule."""

    entries: tuple[Entry, ...]
    """The entries, by name."""


class Gap(msgspec.Struct, frozen=True):
    """What was due between two runs, the second included: how often, and when last."""

    dues: int
    last: float | None


class Schedule:
    """The schedule of one app. `runs` gives the tasks that were sent for an entry, the oldest first.

    What was due before this process was started, with no run on record, is not held against anybody.
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
        self._gaps: dict[str, dict[tuple[str, str], Gap]] = {}
        self._open: dict[str, tuple[float, float, int]] = {}
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
        missed, missed_at = self._missed(entry.name, when, beat)
        regular = not _is_interval(when)
        base = _at(beat[-1]) if beat else self._since if regular else None
        due = due_after(when, base) if base is not None else None
        overdue = due if due is not None and due < now - LATE else None
        if base is not None:
            late, late_at = self._late(entry.name, when, base, now - LATE)
            missed, missed_at = missed + late, late_at or missed_at
        return Entry(
            name=entry.name,
            task=entry.task,
            args=both(list(entry.args))[0] if entry.args else None,
            kwargs=both(dict(entry.kwargs))[0] if entry.kwargs else None,
            queue=entry.options.get("queue"),
            words=in_words(when),
            timezone=str(when.tz) if isinstance(when, crontab) else None,
            last=_run(runs[-1]) if runs else None,
            next=due_after(when, now) if regular and overdue is not None else due,
            overdue_since=overdue,
            missed=min(missed, COUNTED),
            missed_at=missed_at,
        )

    def _missed(self, name: str, when: Any, runs: Sequence[Task]) -> tuple[int, float | None]:
        """How many dues passed between runs without one, and the last of them."""
        known, kept, missed, missed_at = self._gaps.get(name, {}), {}, 0, None
        for earlier, later in itertools.pairwise(runs):
            key = (earlier.id, later.id)
            gap = kept[key] = known.get(key) or _gap(when, _at(earlier), _at(later))
            if gap.dues > 1:
                missed += gap.dues - 1
                missed_at = gap.last
        self._gaps[name] = kept
        return missed, missed_at

    def _late(self, name: str, when: Any, base: float, until: float) -> tuple[int, float | None]:
        """How many dues passed since `base`, up to `until`. Goes on from where it was when asked last."""
        known, last, count = self._open.get(name, (base, base, 0))
        if known != base:
            last, count = base, 0
        while count < COUNTED and (due := due_after(when, last)) is not None and last < due <= until:
            last, count = due, count + 1
        self._open[name] = base, last, count
        return count, last if count else None


def due_after(when: Any, moment: float) -> float | None:
    """When a schedule is due next after a run at `moment`, in Unix seconds; None where it cannot say."""
    try:
        left = when.remaining_estimate(datetime.fromtimestamp(moment, UTC))
        # Seconds added to seconds: added to a time of day, they would miss the hour that summer time takes or gives.
        due = float(when.now().timestamp() + left.total_seconds())
    except Exception:  # noqa: BLE001  # a stranger's schedule may do anything
        return None
    # Two looks at the clock lie between; what is meant is a whole second, unless it counts from the run.
    return due if _is_interval(when) else float(round(due))


def _gap(when: Any, earlier: float, later: float) -> Gap:
    dues, last, before = 0, earlier, None
    while dues < COUNTED and (due := due_after(when, last)) is not None and last < due <= later:
        before, last, dues = last if dues else None, due, dues + 1
    return Gap(dues, before)


def _entries(celery: Celery) -> dict[str, ScheduleEntry]:
    """As beat makes them. One that cannot be made is told and left out."""
    made = {}
    for name, given in dict(celery.conf.beat_schedule or {}).items():
        try:
            entry = given if isinstance(given, ScheduleEntry) else ScheduleEntry(**{**given, "name": name})
            entry.app = entry.schedule.app = celery  # whose time zone it is
            made[name] = entry
        except Exception as error:  # noqa: BLE001  # beat will say the same, and not start
            logger.warning("The entry %r of beat_schedule is none: %s", name, error)
    return made


def _evaluated(value: Any) -> Any:
    """Arguments that are to be worked out when they are sent."""
    return value() if isinstance(value, BeatLazyFunc) else value


def _is_interval(when: Any) -> bool:
    return type(when) is schedule


def _at(task: Task) -> float:
    return task.created_at or task.received_at or task.started_at or 0.0


def _run(task: Task) -> Run:
    url = f"/api/v1/tasks/{quote(task.id, safe='')}"
    return Run(id=task.id, url=url, state=task.state, at=_at(task), by_hand=bool(task.by_hand))


def _known(entries: dict[str, ScheduleEntry]) -> str:
    if not entries:
        return "It has none: the app that --app names has no beat_schedule."
    return f"It has {', '.join(repr(name) for name in sorted(entries)[:10])}."
