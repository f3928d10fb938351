"""The rows, totals and log of one watch, and up to which offset. A frame that does not fit is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UNSET, UnsetType

from phloem.model.changes import Position
from phloem.model.log import shortened
from phloem.model.task import LOG_LIMIT_ENTRIES, LogEntry, Task
from phloem_server.live.protocol import Answer, Frame

Log = tuple[LogEntry, ...]


class Store:
    """What one watch holds. `version` grows with every change; `searching`: older rows are still to come."""

    def __init__(self) -> None:
        self.position: Position | None = None
        self.searching = False
        self.totals: Mapping[str, int] = {}
        self.version = 0
        self._rows: dict[str, Task] = {}
        self._log: dict[str, LogEntry] = {}

    @property
    def tasks(self) -> list[Task]:
        """The tasks, newest first."""
        return sorted(self._rows.values(), key=lambda task: (-task.first_offset, task.id))

    @property
    def log(self) -> list[LogEntry]:
        """The log of the task that is watched, oldest first."""
        return list(self._log.values())

    def task(self, task_id: str) -> Task | None:
        """The task of that id, if the watch has it."""
        return self._rows.get(task_id)

    def answer(self, answer: Answer) -> int:
        """Takes the answer to `watch`; returns how many rows it changed."""
        before = {task.id: task.offset for task in self._rows.values()}
        same = self.position is not None and self.position.epoch == answer.epoch
        if not same:
            self._rows.clear()  # offsets of two epochs do not compare
        elif not answer.resumed:
            present = {task.id for task in answer.tasks}
            self._drop(before.keys() - present)
        if not same or not answer.resumed:
            self._log.clear()
        self._apply(answer.drop, answer.tasks, answer.log)
        self._move_to(answer, Position(epoch=answer.epoch, offset=answer.offset))
        changed = sum(not same or before.get(task.id) != task.offset for task in self._rows.values())
        return changed + len(before.keys() - self._rows.keys())

    def take(self, frame: Frame) -> bool:
        """Takes a frame, or returns False when it does not fit: something before it is missing."""
        here = self.position
        if here is None or frame.epoch != here.epoch or frame.from_ > here.offset:
            return False
        if frame.to >= here.offset:  # else the answer that is held has overtaken it
            self._apply(frame.drop, frame.put, frame.log)
            self._move_to(frame, Position(epoch=here.epoch, offset=frame.to))
        return True

    def _apply(self, drop: tuple[str, ...], put: tuple[Task, ...], log: Log | UnsetType) -> None:
        self._drop(drop)
        for task in put:
            held = self._rows.get(task.id)
            if held is None or task.offset >= held.offset:
                self._rows[task.id] = task
        if log is not UNSET:
            self._add(log)

    def _drop(self, ids: Iterable[str]) -> None:
        for task_id in ids:
            self._rows.pop(task_id, None)

    def _add(self, entries: Log) -> None:
        last = next(reversed(self._log), None)
        self._log.update((entry.id, entry) for entry in entries)
        if last is not None and any(order(entry.id) < order(last) for entry in entries):
            self._log = dict(sorted(self._log.items(), key=lambda item: order(item[0])))
        if len(self._log) > LOG_LIMIT_ENTRIES:
            self._log = {entry.id: entry for entry in shortened(self.log, LOG_LIMIT_ENTRIES * 4 // 5)}

    def _move_to(self, told: Answer | Frame, position: Position) -> None:
        self.totals, self.searching, self.position = told.totals, told.searching, position
        self.version += 1


def order(entry_id: str) -> tuple[int, int]:
    """What the ids of log entries sort by: they are "milliseconds-number", which does not sort as text."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
