"""The record in memory: for tests of code that uses Phloem, under the same contract as the record in Redis."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

import msgspec

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.log import shortened
from phloem.model.task import LogEntry, Task
from phloem.record.record import PAGE, Heard, Recorded, Subscribed
from phloem.testing.access import (
    MemoryDuties,
    MemoryForms,
    MemoryGuesses,
    MemoryKeys,
    MemorySessions,
    MemoryUsers,
    MemoryWorkers,
)
from phloem.testing.audit import MemoryAudit
from phloem.testing.held_task import HeldTask
from phloem.testing.tokens import MemoryTokens
from phloem.testing.views import MemoryViews


class MemoryChannel:
    """A record in the memory of this process. It keeps everything; no lease runs out."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(8)
        self.offset = 0
        self._known_at = 0.0
        self.sessions = MemorySessions()
        self.users = MemoryUsers()
        self.views = MemoryViews()
        self.duties = MemoryDuties()
        self.workers = MemoryWorkers()
        self.forms = MemoryForms(self.workers)
        self.guesses = MemoryGuesses()
        self.tokens = MemoryTokens()
        self.keys = MemoryKeys()
        self.audit = MemoryAudit()
        self._tasks: dict[str, HeldTask] = {}  # the task that changed last comes last
        self._listeners: list[queue.SimpleQueue[Changes]] = []
        self._lock = threading.Lock()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        """Records events in order. See `Channel.record`."""
        with self._lock:
            if epoch not in ("", self.epoch):
                return Recorded(self.epoch)
            before, verdicts = self.offset, []
            logs: dict[str, tuple[LogEntry, ...]] = {}
            for event in events:
                if event.if_waits and event.id not in self._tasks:
                    verdicts.append("zombie")
                    continue
                held = self._tasks.setdefault(event.id, HeldTask(event.id))
                verdict, entries = held.take(event)
                verdicts.append(verdict)
                if entries is not None:
                    held.facts["offset"] = self._next_offset(event.id)
                    if "first_offset" not in held.facts:
                        self._known_at = max(time.time(), self._known_at + 0.000_001)
                        held.facts.update(first_offset=self.offset, known_at=self._known_at)
                    logs[event.id] = logs.get(event.id, ()) + entries
            self._publish(before, logs)
            return Recorded(self.epoch, tuple(verdicts))

    def record_all(
        self,
        batches: Sequence[Sequence[Event]],
        epoch: str = "",
        patience: float | None = None,  # noqa: ARG002  # nobody waits here
    ) -> Iterator[Recorded]:
        """Records batches in order. See `Channel.record_all`."""
        return (self.record(events, epoch) for events in batches)

    def heartbeat(self, lease: str, seconds: int) -> str:
        """Returns the epoch. No lease runs out here, so only the goodbye (0 seconds) changes anything."""
        if seconds == 0:
            self.workers.depart(lease)
            with self._lock:
                before, logs = self.offset, {}
                for task_id, held in list(self._tasks.items()):
                    if held.lease == lease:
                        logs[task_id] = (held.let_go(self._next_offset(task_id)),)
                self._publish(before, logs)
        return self.epoch

    def changed(self, since: Position) -> Iterator[Changes]:
        """The tasks that changed after `since`, page by page. See `Channel.changed`."""
        with self._lock:
            reset = since.epoch != self.epoch or since.offset > self.offset
            start = 0 if reset else since.offset
            newest_first = takewhile(lambda held: held.facts["offset"] > start, reversed(self._tasks.values()))
            rows = [held.row() for held in newest_first][::-1]
            head = self.offset
        while True:
            page, rows = rows[:PAGE], rows[PAGE:]
            to = page[-1].offset if rows else head
            yield Changes(epoch=self.epoch, from_=start, to=to, tasks=tuple(page), reset=reset, at=time.time())
            if not rows:
                return
            start, reset = to, False

    def trouble(self) -> str | None:
        """None: nothing keeps this record from taking events."""
        return None

    def task(self, task_id: str) -> Task | None:
        """One task with its long fields."""
        with self._lock:
            held = self._tasks.get(task_id)
            return None if held is None else held.row(long=True)

    def call(self, task_id: str) -> bytes | None:
        """What was kept of the task's message. See `Channel.call`."""
        with self._lock:
            held = self._tasks.get(task_id)
            return None if held is None else held.call

    def log(self, task_id: str, after: str = "", limit: int = PAGE) -> tuple[LogEntry, ...]:
        """Up to `limit` entries that follow the entry `after`, oldest first."""
        with self._lock:
            held = self._tasks.get(task_id)
            entries = held.log if held is not None else []
            return tuple(entry for entry in entries if entry.id > after)[:limit]

    def short_log(self, task_id: str, limit: int) -> tuple[LogEntry, ...]:
        """At most `limit` entries, oldest first. See `Channel.short_log`."""
        return tuple(shortened(self.log(task_id, limit=1_000_000), limit))

    def listen(self, idle: float) -> Heard:
        """What is published from now on; None whenever nothing came for `idle` seconds."""
        mine: queue.SimpleQueue[Changes] = queue.SimpleQueue()
        with self._lock:
            self._listeners.append(mine)
        try:
            yield Subscribed()
            while True:
                try:
                    yield mine.get(timeout=idle)
                except queue.Empty:
                    yield None
        finally:
            with self._lock:
                self._listeners.remove(mine)

    def close(self) -> None:
        """Does nothing: there are no connections."""

    def lease(self, task_id: str) -> str | None:
        """The lease of the worker that answers for a task; None if none does, or the task is not known."""
        with self._lock:
            held = self._tasks.get(task_id)
            return None if held is None else held.lease

    def crash(self, *forgotten: str, older: Iterable[Task] = (), epoch: str | None = None) -> None:
        """Acts like a Redis that comes back without its latest writes: in another epoch, of which nothing is published.

        The tasks `forgotten` are not there any more, and those of `older` are as given. `epoch` names the new epoch.
        """
        with self._lock:
            self.epoch = epoch or secrets.token_hex(8)
            for task_id in forgotten:
                self._tasks.pop(task_id, None)
            for task in older:
                held = HeldTask(task.id)
                held.facts.update(msgspec.structs.asdict(task))
                self._tasks[task.id] = held

    def _next_offset(self, task_id: str) -> int:
        self.offset += 1
        self._tasks[task_id] = self._tasks.pop(task_id)
        return self.offset

    def _publish(self, before: int, logs: Mapping[str, tuple[LogEntry, ...]]) -> None:
        if self.offset > before:
            rows = tuple(self._tasks[task_id].row() for task_id in logs)
            said = {task_id: entries for task_id, entries in logs.items() if entries}
            changes = Changes(epoch=self.epoch, from_=before, to=self.offset, tasks=rows, logs=said, at=time.time())
            for listener in self._listeners:
                listener.put(changes)
