"""The board of the schedule: what beat runs by itself and when, with the last run, the next, and those missed.

The entries are read from where the app's scheduler keeps them. Their runs are tasks of the record, which name the entry
that they were sent for.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from celery import Celery
from celery.beat import BeatLazyFunc, ScheduleEntry

from phloem.errors import PhloemError
from phloem.instrument import known_tasks
from phloem.instrument.arguments import argument_texts
from phloem.instrument.messages.headers import BY_HAND, SCHEDULE
from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.boards.entries import choice
from phloem_server.boards.entries.reader import Kept, Known, Reader
from phloem_server.boards.entries.source import Source
from phloem_server.boards.missed_runs import MissedRuns, sent_at
from phloem_server.boards.outlook import outlook
from phloem_server.boards.schedule_words import in_words, timezone
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender, Sent, refusal
from phloem_server.web.paths import API, segment

_ENTRIES_NAMED = 10  # in the error that there is no such entry
_STRANGERS_NAMED = 3
_CLEAN_UP = "celery.backend_cleanup"
"""Entry that beat adds by itself for some result backends."""


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
    at most {missed_runs.MISSED_LIMIT}. Only what was due since its schedule was changed counts."""

    missed_at: float | None
    """When the last of those was due, in Unix seconds."""


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """The schedule."""

    entries: tuple[Entry, ...]
    """The entries, by name."""

    stale_since: float | None
    """Since when they cannot be read, in Unix seconds: what is shown is from before."""

    trouble: str | None
    """Why they cannot be read, or what of them is not shown."""


class _Texts(NamedTuple):
    """What an entry says as long as it stays as it is."""

    args: str | None
    kwargs: str | None
    words: str
    timezone: str | None


class Schedule:
    """The schedule of one app. `runs` gives the tasks that were sent for an entry, the oldest first.

    What was due before this process was started, with no run on record, does not count as missed. `prefix` is the path
    below which the API is served. `source` is where the entries are read; without it, where the app's scheduler keeps
    them. The thread of `reader` reads them, where they may change.

    `last_runs` gives what was sent last for each entry that anybody has.
    """

    def __init__(
        self,
        celery: Celery,
        runs: Callable[[str], Sequence[Task]],
        clock: Callable[[], float] = time.time,
        *,
        last_runs: Callable[[], Mapping[str, Task]] = dict,
        prefix: str = "",
        source: Source | None = None,
    ) -> None:
        self._prefix = prefix
        self._celery = celery
        self._runs = runs
        self._last_runs = last_runs
        self._clock = clock
        self._since = clock()
        self._missed = MissedRuns()
        self._texts: dict[str, tuple[ScheduleEntry, Any, _Texts]] = {}
        self._lock = threading.Lock()
        self.reader = Reader(celery, source or choice.source(celery), clock)

    def entries(self) -> Entries:
        """All entries, by name."""
        known = self.reader.known
        with self._lock:
            self._missed.keep([kept.planned.name for kept in known.entries.values()])
            self._texts = {name: texts for name, texts in self._texts.items() if name in known.entries}
            described = tuple(self._describe(name, known.entries[name]) for name in sorted(known.entries))
        trouble = known.trouble or self._strangers(known)
        return Entries(entries=described, stale_since=known.stale_since, trouble=trouble)

    def run(self, name: str, registry: Registry, sender: Sender) -> Sent:
        """Sends the task of an entry now, as beat would. EntryUnknown, and what `check` and `send` raise."""
        self.reader.look_anew()
        known = self.reader.known
        kept = known.entries.get(name)
        if kept is None:
            raise EntryUnknown(f"There is no entry {name[:200]!r} in the schedule. {_listed(known)}")
        entry = kept.planned.entry
        try:
            args = [_evaluated(value) for value in entry.args or ()]
            kwargs = {key: _evaluated(value) for key, value in (entry.kwargs or {}).items()}
        except Exception as error:  # of code of the application, which may raise anything
            raise refusal(entry.task, error) from error
        registry.check(entry.task, args, kwargs)
        options = {key: value for key, value in entry.options.items() if key != "headers"}
        headers = {**(entry.options.get("headers") or {}), SCHEDULE: name, BY_HAND: True}
        return sender.send(entry.task, args, kwargs, **options, headers=headers)

    def _strangers(self, known: Known) -> str | None:
        """Says which entries beat sent that are none here: it may run with a scheduler that the app does not name."""
        if self.reader.changes:  # then it is one that was deleted meanwhile
            return None
        names = [
            name
            for name, run in self._last_runs().items()
            if name not in known.entries and name != _CLEAN_UP and not run.by_hand and sent_at(run) > self._since
        ]
        if not names:
            return None
        named = ", ".join(repr(name[:200]) for name in sorted(names)[:_STRANGERS_NAMED])
        more = f" and {len(names) - _STRANGERS_NAMED} more" if len(names) > _STRANGERS_NAMED else ""
        return (
            f"A beat sent {named}{more}, which beat_schedule of the app here does not have. If that beat is the app's, "
            "name the scheduler that it runs with in the app's setting beat_scheduler."
        )

    def _texts_of(self, name: str, entry: ScheduleEntry) -> _Texts:
        """They are made once for an entry, and again when another task is known by the name of its own."""
        find = functools.partial(known_tasks.find, self._celery)
        task = find(entry.task)
        made = self._texts.get(name)
        if made is None or made[0] is not entry or made[1] is not task:
            given = argument_texts(list(entry.args or ()), dict(entry.kwargs or {}), {}, task, find)
            texts = _Texts(
                args=given.get("args") if entry.args else None,
                kwargs=given.get("kwargs") if entry.kwargs else None,
                words=in_words(entry.schedule),
                timezone=timezone(entry.schedule),
            )
            made = self._texts[name] = entry, task, texts
        return made[2]

    def _describe(self, name: str, kept: Kept) -> Entry:
        entry, runs = kept.planned.entry, self._runs(name)
        beat = [run for run in runs if not run.by_hand]
        coming = outlook(kept, beat, self._missed, self._clock(), since=self._since, lag=self.reader.lag)
        texts = self._texts_of(name, entry)
        return Entry(
            name=name,
            task=entry.task,
            args=texts.args,
            kwargs=texts.kwargs,
            queue=entry.options.get("queue"),
            words=texts.words,
            timezone=texts.timezone,
            last=_run(runs[-1], self._prefix) if runs else None,
            next=coming.next,
            overdue_since=coming.overdue_since,
            missed=coming.missed,
            missed_at=coming.missed_at,
        )


def _evaluated(value: Any) -> Any:
    """Arguments that are to be worked out when they are sent."""
    return value() if isinstance(value, BeatLazyFunc) else value


def _run(task: Task, prefix: str) -> Run:
    url = f"{prefix}{API}/tasks/{segment(task.id)}"
    return Run(id=task.id, url=url, state=task.state, at=sent_at(task), by_hand=bool(task.by_hand))


def _listed(known: Known) -> str:
    entries: Mapping[str, Kept] = known.entries
    if entries:
        return f"It has {', '.join(repr(name) for name in sorted(entries)[:_ENTRIES_NAMED])}."
    return known.trouble or "It has none: the app that --app names has no beat_schedule."
