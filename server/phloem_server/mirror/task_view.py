"""What viewers asked to see, kept up to date: one view for all who asked the same.

A view remembers for each of its rows, and for each row that left, at which offset that happened. So it can say to
a viewer at any offset what is new since, without a queue for anybody.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from phloem.model.task import LogEntry, Task
from phloem_server.mirror.index import TaskIndex

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
    where its viewers were told, and `dirty` whether there is more to tell. `leaps` says that those who were told up to
    `flushed` can be told news even if that lies below `floor`.
    """

    key: str
    floor: int
    flushed: int
    dirty: bool
    leaps: bool

    @property
    def searching(self) -> bool:
        """Whether rows or counts of older tasks are still to come."""

    @property
    def next(self) -> int | None:
        """What to ask for as `before` to see the rows that follow; None where there are none."""

    def rebuild(self, index: TaskIndex, offset: int) -> None:
        """Starts anew, from another record of tasks."""

    def resumes(self, since: int) -> bool:
        """Whether somebody who left at this offset can be told just what is new since."""

    def news(self, since: int | None) -> News:
        """What is new since an offset not below `floor`, or since `flushed` if the view leaps; everything for None."""

    def given(self, *, to_all: bool) -> None:
        """Notes that all in it was told: to all of its viewers, or to one who is told what they are from now on."""

    def totals(self) -> dict[str, int]:
        """How many tasks of each state fit the query, its own choice of states aside."""


class TaskView:
    """One task with its long fields and its log.

    Lists do not hold those, so they are read from the channel: when the view is opened, when the task's state
    changed, and when something may have been missed. `wants` says that it is time; `take` takes what was read.
    """

    searching = False
    next = None
    leaps = False

    def __init__(self, task_id: str, index: TaskIndex, offset: int) -> None:
        self.key = f"task:{task_id}"
        self.task_id = task_id
        self.rebuild(index, offset)

    def rebuild(self, index: TaskIndex, offset: int) -> None:
        self.floor, self.flushed = 0, offset
        self.dirty = False
        self.wants = True
        self._task = index.get(self.task_id)  # as lists have it, until the rest is read
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
            self._log.clear()
            return True
        self._begin_again(offset)
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

    def lose(self, offset: int) -> bool:
        """Takes in that the task was gone as of `offset`. Whether that is new: it may have been read later."""
        return self._task is not None and self._task.offset <= offset and self.note(self._task, None, offset)

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
        if self._gone_at is not None and (task is None or task.offset <= self._gone_at):
            return  # it was read, whole or in part, before it was removed
        self._begin_again(offset)
        if task is not None and (self._task is None or task.offset >= self._task.offset):
            self._task = task
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

    def _begin_again(self, offset: int) -> None:
        """The task is there. If it was removed before, who was told of that one starts anew, without its log."""
        if self._gone_at is not None:
            self._gone_at, self.floor = None, offset

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

    def given(self, *, to_all: bool) -> None:
        """It remembers what it said, not to whom."""

    def totals(self) -> dict[str, int]:
        return {} if self._task is None else {self._task.state: 1}


def _order(entry_id: str) -> tuple[int, int]:
    """Stream ids are two numbers; as text 10-0 would come before 9-0."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
