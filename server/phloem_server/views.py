"""What viewers asked to see, kept up to date: one view for all who asked the same.

A view remembers for each of its rows, and for each row that left, at which offset that happened. So it can say to
a viewer at any offset what is new since, without a queue for anybody.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from typing import Protocol

import msgspec

from phloem.event import LogEntry, State, Task
from phloem_server.query import Query
from phloem_server.retained import Retained

GONE_KEPT = 1000
"""Departures a view remembers. Who has missed more gets the whole window, which is smaller."""

LOG_KEPT = 500
"""Log entries told to who opens a task, and remembered for who comes back to it."""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What a view has to say to somebody who knows it up to some offset."""

    put: tuple[Task, ...] = ()
    drop: tuple[str, ...] = ()
    log: tuple[LogEntry, ...] | None = None


class View(Protocol):
    """A live window. Offsets are those of the relay when it learnt of something.

    `key` is the same for all who ask the same. News can be told since `floor` at the earliest. `flushed` is up to
    where its viewers were told, and `dirty` whether there is more to tell.
    """

    key: str
    floor: int
    flushed: int
    dirty: bool

    def note(self, old: Task | None, new: Task | None, offset: int) -> bool:
        """Takes in that a task changed, came (no `old`) or was removed (no `new`). Whether this view is concerned."""

    def rebuild(self, retained: Retained, offset: int) -> None:
        """Starts anew, from another record of tasks."""

    def resumes(self, since: int) -> bool:
        """Whether somebody who left at this offset can be told just what is new since."""

    def news(self, since: int | None) -> News:
        """What is new since an offset not below `floor`; everything for None."""

    def totals(self) -> dict[str, int]:
        """How many tasks of each state fit the query, its own choice of states aside."""


def count(query: Query, retained: Retained) -> Counter[State]:
    """How many tasks of each state fit `query`, its own choice of states aside."""
    if query.only_states:
        return retained.totals
    return Counter(task.state for task in retained.newest() if query.fits(task))


class ListView:
    """The newest tasks that fit a query, at most its limit of them."""

    def __init__(self, query: Query, retained: Retained, offset: int) -> None:
        self.key = query.key
        self._query = query
        self.rebuild(retained, offset)

    def rebuild(self, retained: Retained, offset: int) -> None:
        self.floor = self.flushed = offset
        self.dirty = False
        self._retained = retained
        self._gone: dict[str, int] = {}
        self._learnt: dict[str, int] = {}
        self._order: list[tuple[int, str]] = []
        self._more = True
        self._totals = count(self._query, retained)
        self._fill(offset)

    def note(self, old: Task | None, new: Task | None, offset: int) -> bool:
        counted = self._count(old, new)
        task = new or old
        assert task is not None
        inside = task.id in self._learnt
        if inside and old is not None and new is not None and old.first_offset != new.first_offset:
            self._leave(old, offset)  # made again: it has another place
            inside = False
        if new is not None and self._query.admits(new):
            if inside:
                self._learnt[task.id] = offset
                return True
            return self._enter(new, offset) or counted
        if inside:
            self._leave(old or task, offset)
            self._fill(offset)
        return inside or counted

    def resumes(self, since: int) -> bool:
        return since >= self.floor

    def news(self, since: int | None) -> News:
        rows = (task_id for _, task_id in reversed(self._order) if since is None or self._learnt[task_id] > since)
        found = (self._retained.get(task_id) for task_id in rows)
        return News(
            put=tuple(task for task in found if task is not None),
            drop=() if since is None else tuple(gone for gone, at in self._gone.items() if at > since),
        )

    def totals(self) -> dict[str, int]:
        return {state: self._totals[state] for state in State}

    def _count(self, old: Task | None, new: Task | None) -> bool:
        """Keeps the totals; whether they changed. Those of all tasks are kept by `Retained`."""
        counted = [(task, by) for task, by in ((old, -1), (new, 1)) if task is not None and self._query.fits(task)]
        if not self._query.only_states:
            for task, by in counted:
                self._totals[task.state] += by
        return len(counted) == 1 or (len(counted) == 2 and counted[0][0].state != counted[1][0].state)

    def _enter(self, task: Task, offset: int) -> bool:
        """Takes a row in, and the oldest out if there are too many. Whether there was a place for it."""
        place = (task.first_offset, task.id)
        if len(self._order) >= self._query.limit:
            self._more = True
            if place < self._order[0]:
                return False
            self._depart(self._order[0][1], offset)
            del self._order[0]
        insort(self._order, place)
        self._learnt[task.id] = offset
        self._gone.pop(task.id, None)
        return True

    def _leave(self, task: Task, offset: int) -> None:
        del self._order[bisect_left(self._order, (task.first_offset, task.id))]
        self._depart(task.id, offset)

    def _depart(self, task_id: str, offset: int) -> None:
        del self._learnt[task_id]
        self._gone[task_id] = offset
        if len(self._gone) > GONE_KEPT:
            oldest = next(iter(self._gone))
            self.floor = max(self.floor, self._gone.pop(oldest))

    def _fill(self, offset: int) -> None:
        """Takes in older tasks while there is room; looks for them only if there can be any."""
        if not self._more:
            return
        before = self._order[0][0] if self._order else None
        for task in self._retained.newest(before):
            if len(self._order) >= self._query.limit:
                return
            if self._query.admits(task):
                insort(self._order, (task.first_offset, task.id))
                self._learnt[task.id] = offset
                self._gone.pop(task.id, None)
        self._more = False


class TaskView:
    """One task with its long fields and its log.

    Lists do not hold those, so they are read from the channel: when the view is opened, when the task's state
    changed, and when something may have been missed. `wants` says that it is time; `take` takes what was read.
    """

    def __init__(self, task_id: str, retained: Retained, offset: int) -> None:
        self.key = f"task:{task_id}"
        self.task_id = task_id
        self.rebuild(retained, offset)

    def rebuild(self, retained: Retained, offset: int) -> None:
        self.floor, self.flushed = 0, offset
        self.dirty = False
        self.wants = True
        self._task = retained.get(self.task_id)  # as lists have it, until the rest is read
        self._learnt = offset
        self._gone_at: int | None = None
        self._read_at = offset
        self._log: dict[str, tuple[int, LogEntry]] = {}

    def note(self, old: Task | None, new: Task | None, offset: int) -> bool:
        task = new or old
        if task is None or task.id != self.task_id:
            return False
        self._learnt = offset
        if new is None:
            self._task, self._gone_at, self.wants = None, offset, False
            return True
        self._gone_at = None
        held = self._task
        if held is None or (held.state, held.run) != (new.state, new.run):
            self.wants = True
        if held is not None and new.offset > held.offset:
            same_run = held.run == new.run
            self._task = msgspec.structs.replace(
                new,
                args=held.args if held.args is not None else new.args,
                kwargs=held.kwargs if held.kwargs is not None else new.kwargs,
                result=held.result if same_run and held.result is not None else new.result,
                error=held.error if same_run and new.error is not None and held.error is not None else new.error,
            )
        elif held is None:
            self._task = new
        return True

    def hear(self, entries: tuple[LogEntry, ...], offset: int) -> None:
        """Takes in log entries, in order."""
        for entry in entries:
            if entry.id not in self._log:
                self._log[entry.id] = (offset, entry)
        while len(self._log) > LOG_KEPT:
            dropped, _ = self._log.pop(next(iter(self._log)))
            self.floor = max(self.floor, dropped)
        self._learnt = max(self._learnt, offset)

    def take(self, task: Task | None, entries: tuple[LogEntry, ...], offset: int) -> None:
        """Takes in what was read from the channel, unless something newer came in the meantime."""
        if task is not None and (self._task is None or task.offset >= self._task.offset):
            self._task, self._gone_at = task, None
        self._learnt = max(self._learnt, offset)
        self._read_at = offset
        known = dict(self._log)
        self._log.clear()
        for entry in entries:
            self._log[entry.id] = known.pop(entry.id, (offset, entry))
        self._log.update(known)
        self._log = dict(sorted(self._log.items(), key=lambda item: _order(item[0])))
        self.hear((), offset)
        # Its viewers may have been told that they know everything up to here; they did not know this.
        self.flushed = max(0, min(self.flushed, offset - 1))
        self.dirty = True

    def resumes(self, since: int) -> bool:
        # Who left where something was read later has not seen that.
        return since >= self.floor and since > self._read_at

    def news(self, since: int | None) -> News:
        fresh = since is None or self._learnt > since
        return News(
            put=(self._task,) if self._task is not None and fresh else (),
            drop=(self.task_id,) if self._gone_at is not None and since is not None and self._gone_at > since else (),
            log=tuple(entry for at, entry in self._log.values() if since is None or at > since),
        )

    def totals(self) -> dict[str, int]:
        return {} if self._task is None else {self._task.state: 1}


def _order(entry_id: str) -> tuple[int, int]:
    """Stream ids are two numbers; as text 10-0 would come before 9-0."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
