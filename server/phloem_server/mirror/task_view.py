"""The view of one task, with its long fields and its log."""

from __future__ import annotations

import msgspec

from phloem.model.log import shortened
from phloem.model.task import LogEntry, Task
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.moments import positions
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.view import Marked, News

LOG_KEPT = 500
"""Most log entries that a view holds: they are sent to a client that opens the task or returns to it. Which of a longer
log, says `model.log`."""


def key_of(task_id: str, scope: Scope | None = None) -> str:
    """The key of the view of a task, for clients with a scope.

    The scope comes first: an id may be any text, and none is to look as a scope.
    """
    limit = "" if scope is None else f" {msgspec.json.encode(scope).decode()}"
    return f"task{limit}:{task_id}"


class TaskView(Marked):
    """One task with its long fields and its log.

    The index holds neither, so they are read from the record: when the view is opened, when the task's state changed,
    and when a change may have been missed. `wants` says that they are to be read; `take` takes in what was read.
    """

    searching = False
    next = None
    leaps = False

    def __init__(self, task_id: str, index: TaskIndex, offset: int, scope: Scope | None = None) -> None:
        """`scope` limits its clients: a task that is not within it looks as one that does not exist."""
        self.key = key_of(task_id, scope)
        self.task_id = task_id
        self._scope = scope
        self.is_limited = scope is not None
        self.rebuild(index, offset)

    def rebuild(self, index: TaskIndex, offset: int) -> None:
        self.positions = positions(limited=self.is_limited)
        self.floor, self.flushed = 0, offset
        self.dirty = False
        self.wants = True
        self._index = index
        self._task = index.get(self.task_id)  # without its long fields, until these are read
        self._drops = True  # whether clients that are told of its removal knew of it
        self._learnt = offset
        self._gone_at: int | None = None
        self._read_at = offset
        self._log: dict[str, tuple[int, LogEntry]] = {}

    @property
    def shown(self) -> bool:
        """Whether the task exists, as far as the clients of this view may know."""
        return self._task is not None and (self._scope is None or self._scope.admits(self._task))

    @property
    def may_show(self) -> bool:
        """Whether what is known under this id may be shown, be it of a task or not."""
        return self._scope is None or self.shown

    def note(self, old: Task | None, new: Task | None, offset: int) -> bool:
        """Takes in a change. Whether there is something to send."""
        before, wanted, floor = self.shown, self.wants, self.floor
        if not self._note(old, new, offset):
            return False
        if self._scope is None:
            return True
        self._drops = before
        if not before and not self.shown:  # nothing that happens to it may be noticed
            self.wants, self.floor = wanted, floor
            return False
        self.wants = self.wants or not before  # nothing of its log was kept
        return True

    def _note(self, old: Task | None, new: Task | None, offset: int) -> bool:
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
        if held is None or (held.state, held.run, held.error is None) != (new.state, new.run, new.error is None):
            self.wants = True
        if held is not None and new.offset > held.offset:
            same_run = held.run == new.run
            self._task = msgspec.structs.replace(
                new,
                args=held.args if same_run and held.args is not None else new.args,
                kwargs=held.kwargs if same_run and held.kwargs is not None else new.kwargs,
                result=held.result if same_run and held.result is not None else new.result,
                error=held.error if same_run and new.error is not None and held.error is not None else new.error,
                tries=held.tries,
                earlier_tries=held.earlier_tries,
            )
        elif held is None:
            self._task = new
        return True

    def lose(self, offset: int) -> bool:
        """Takes in that the task was removed at `offset`. False where a later state of it was read already."""
        return self._task is not None and self._task.offset <= offset and self.note(self._task, None, offset)

    def hear(self, entries: tuple[LogEntry, ...], offset: int) -> None:
        """Takes in log entries, in their order."""
        for entry in entries:
            if entry.id not in self._log:
                self._log[entry.id] = (offset, entry)
        if len(self._log) > LOG_KEPT:
            self._shorten()
        self._learnt = max(self._learnt, offset)

    def take(self, task: Task | None, entries: tuple[LogEntry, ...], offset: int) -> None:
        """Takes in what was read from the record, unless a newer state arrived in the meantime."""
        if self._gone_at is not None and (task is None or task.offset <= self._gone_at):
            return  # read before the task was removed
        self._begin_again(offset)
        known, before = dict(self._log), self._told_of()
        if task is not None and (self._task is None or task.offset >= self._task.offset):
            self._task = task
        self._log.clear()
        for entry in entries if self.may_show else ():
            self._log[entry.id] = known.pop(entry.id, (offset, entry))
        self._log.update(known)
        self._log = dict(sorted(self._log.items(), key=lambda item: _order(item[0])))
        if self.is_limited and self._told_of() == before:
            return  # it is read as well where much happened to other tasks, and they are not to notice that
        self._learnt = max(self._learnt, offset)
        self._read_at = offset
        self.hear((), offset)
        # Clients may have been sent frames up to this offset that did not contain what was read here.
        self.flushed = max(0, min(self.flushed, offset - 1))
        self.dirty = True

    def _told_of(self) -> tuple[Task | None, list[str]]:
        """What its clients are told."""
        return self._task if self.shown else None, list(self._log)

    def _shorten(self) -> None:
        """Leaves out entries, some more than must be, so that this is seldom done."""
        offsets = {entry_id: offset for entry_id, (offset, _) in self._log.items()}
        kept = shortened([entry for _, entry in self._log.values()], LOG_KEPT * 4 // 5)
        # A client that follows has what is left out here: nothing is new to it.
        self._log = {each.id: (0 if each.kind == "gap" else offsets[each.id], each) for each in kept}
        self.floor = max([self.floor, *(offset for entry_id, offset in offsets.items() if entry_id not in self._log)])

    def _begin_again(self, offset: int) -> None:
        """The task exists. Where it had been removed, clients of the removed one start over, without its log."""
        if self._gone_at is not None:
            self._gone_at, self.floor = None, offset

    def resumes(self, since: int) -> bool:
        # A client that left before the last read has not seen what was read.
        return since >= self.floor and since > self._read_at

    def news(self, since: int | None) -> News:
        fresh = since is None or self._learnt > since
        gone = since is not None and self._gone_at is not None and self._gone_at > since
        log = tuple(entry for at, entry in self._log.values() if since is None or at > since)
        return News(
            put=(self._told(self._task),) if self._task is not None and self.shown and fresh else (),
            drop=(self.task_id,) if gone and self._drops else (),
            log=log if self.may_show else (),
        )

    def _told(self, task: Task) -> Task:
        """The task as its clients may see it."""
        return task if self._scope is None else self._index.seen(task, self._scope)

    def given(self, *, to_all: bool) -> None:
        """Nothing to note: a task has no rows that could leave."""

    def totals(self) -> dict[str, int]:
        return {self._task.state: 1} if self._task is not None and self.shown else {}


def _order(entry_id: str) -> tuple[int, int]:
    """Stream ids are two numbers; as text 10-0 would come before 9-0."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
