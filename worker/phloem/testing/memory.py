"""For tests of code that uses Phloem: a channel in memory that keeps the same contract as the one in Redis."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from phloem.model.changes import Changes, Position
from phloem.model.event import ARRIVAL, DESCRIPTION, LONG, OUTCOME, Event
from phloem.model.state import State
from phloem.model.task import Error, LogEntry, Task
from phloem.record.record import PAGE, Heard, Recorded, Subscribed

_STATE = "state"


class MemoryChannel:
    """The record in this process' memory: no Redis, no retention, nothing lost but with the process."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(8)
        self.offset = 0
        self._tasks: dict[str, _Held] = {}
        self._listeners: list[queue.SimpleQueue[Changes]] = []
        self._lock = threading.Lock()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        with self._lock:
            if epoch not in ("", self.epoch):
                return Recorded(self.epoch)
            before, verdicts = self.offset, []
            logs: dict[str, tuple[LogEntry, ...]] = {}
            for event in events:
                held = self._tasks.setdefault(event.id, _Held(event.id))
                verdict, entries = held.take(event)
                verdicts.append(verdict)
                if verdict != "duplicate":
                    self.offset += 1
                    held.facts["offset"] = self.offset
                    held.facts.setdefault("first_offset", self.offset)
                    logs[event.id] = logs.get(event.id, ()) + entries
            self._publish(before, logs)
            return Recorded(self.epoch, tuple(verdicts))

    def record_all(self, batches: Sequence[Sequence[Event]], epoch: str = "") -> Iterator[Recorded]:
        return (self.record(events, epoch) for events in batches)

    def beat(self, lease: str, seconds: int) -> str:
        """Nobody vanishes from memory; only a goodbye changes anything."""
        if seconds == 0:
            with self._lock:
                before, logs = self.offset, {}
                for held in self._tasks.values():
                    if held.lease == lease:
                        self.offset += 1
                        logs[held.facts["id"]] = (held.let_go(self.offset),)
                self._publish(before, logs)
        return self.epoch

    def _publish(self, before: int, logs: Mapping[str, tuple[LogEntry, ...]]) -> None:
        if self.offset > before:
            rows = tuple(self._tasks[task_id].row() for task_id in logs)
            said = {task_id: entries for task_id, entries in logs.items() if entries}
            changes = Changes(epoch=self.epoch, from_=before, to=self.offset, tasks=rows, logs=said, at=time.time())
            for listener in self._listeners:
                listener.put(changes)

    def changed(self, since: Position) -> Iterator[Changes]:
        with self._lock:
            reset = since.epoch != self.epoch or since.offset > self.offset
            start = 0 if reset else since.offset
            rows = sorted((held.row() for held in self._tasks.values()), key=lambda row: row.offset)
            rows = [row for row in rows if row.offset > start]
            head = self.offset
        while True:
            page, rows = rows[:PAGE], rows[PAGE:]
            to = page[-1].offset if rows else head
            yield Changes(epoch=self.epoch, from_=start, to=to, tasks=tuple(page), reset=reset, at=time.time())
            if not rows:
                return
            start, reset = to, False

    def task(self, task_id: str) -> Task | None:
        with self._lock:
            held = self._tasks.get(task_id)
            return None if held is None else held.row(long=True)

    def call(self, task_id: str) -> str | None:
        with self._lock:
            held = self._tasks.get(task_id)
            return None if held is None else held.call

    def log(self, task_id: str, after: str = "", limit: int = PAGE) -> tuple[LogEntry, ...]:
        with self._lock:
            held = self._tasks.get(task_id)
            entries = held.log if held is not None else []
            return tuple(entry for entry in entries if entry.id > after)[:limit]

    def last_log(self, task_id: str, limit: int) -> tuple[LogEntry, ...]:
        return self.log(task_id, limit=1_000_000)[-limit:]

    def listen(self, idle: float) -> Heard:
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


class _Held:
    """What is held about one task: the rules of `task.lua`, in Python."""

    def __init__(self, task_id: str) -> None:
        self.facts: dict[str, Any] = {"id": task_id}
        self.long: dict[str, Any] = {}
        self.log: list[LogEntry] = []
        self.lease: str | None = None
        self.call: str | None = None
        self._rank = -1
        self._attempt = 0
        self._over_at = 0.0
        self._runs: set[str] = set()
        self._seen: dict[str, int] = {}

    def row(self, *, long: bool = False) -> Task:
        return msgspec.convert({**self.facts, **self.long} if long else self.facts, Task, from_attributes=True)

    def take(self, event: Event) -> tuple[str, tuple[LogEntry, ...]]:
        verdict = self._judge(event)
        if verdict == "duplicate":
            return verdict, ()
        self._seen[event.source] = event.seq
        if verdict == "begin" and self._is_sent_again(event):
            self._forget(DESCRIPTION)
            self.call = None
        self._write(event, DESCRIPTION, first=True)
        self.call = self.call or event.call
        said: list[LogEntry] = []
        if verdict in ("begin", "ok"):
            before = self.facts.get(_STATE)
            if verdict == "begin":
                passed = (each for each in event.passed if before is None or each[0] is not State.PENDING)
                said += (self._entry(at, "state", "info", state) for state, at in passed)
            self._advance(event, verdict)
            if verdict == "begin" or self.facts[_STATE] != before:
                said.append(self._entry(event.at, "state", "info", self.facts[_STATE]))
        elif verdict == "stale" and event.rank < State.SUCCESS.rank:
            self._write(event, ARRIVAL + OUTCOME, first=True)
        said += (self._entry(line.at, "log", line.level, line.message) for line in event.log)
        return verdict, tuple(said)

    def let_go(self, offset: int) -> LogEntry:
        """Its worker said goodbye: what it had not begun waits in the queue again."""
        self.lease = None
        if self._rank <= State.RECEIVED.rank:
            self._runs.add(self.facts.pop("run", ""))
            self._forget(ARRIVAL)
            self._rank, self.facts[_STATE] = State.PENDING.rank, State.PENDING
        else:
            error = Error(type="WorkerLost", message="Its worker was stopped while it ran.")
            self.long.pop("error", None)
            self._rank, self._over_at = State.LOST.rank, time.time()
            self.facts.update({_STATE: State.LOST, "finished_at": self._over_at, "error": error})
        self.facts["offset"] = offset
        return self._entry(time.time(), "state", "info", self.facts[_STATE])

    def _judge(self, event: Event) -> str:
        if event.seq <= self._seen.get(event.source, -1):
            return "duplicate"
        if self._rank < 0:
            return "begin"
        if event.run is not None and event.run != self.facts.get("run"):
            if event.state is None:
                return "zombie" if "run" in self.facts else "stale"
            earlier = event.attempt < self._attempt and not self._is_sent_again(event)
            return "zombie" if earlier or event.run in self._runs else "begin"
        if event.state is None or self._rank >= State.SUCCESS.rank or event.rank < self._rank:
            return "stale"
        return "ok"

    def _is_sent_again(self, event: Event) -> bool:
        return self._rank >= State.LOST.rank and event.attempt <= self._attempt and event.at > self._over_at

    def _advance(self, event: Event, verdict: str) -> None:
        state = event.state or self.facts.get(_STATE) or State.PENDING
        run = self.facts.get("run")
        another = False
        if verdict == "begin" and run is not None:
            another = True
            self._runs.add(run)
            self._forget(ARRIVAL)
        before = self.facts.get(_STATE)
        starts = state is State.STARTED and state is not before
        if starts or before is State.LOST or (another and state is not State.RETRY):
            self._forget(OUTCOME)
        self._rank = event.rank
        if event.rank >= State.LOST.rank:
            self._over_at = event.at
        self.facts[_STATE] = state
        if event.run is not None:
            self.facts["run"] = event.run
            self._attempt = event.attempt if verdict == "begin" else max(self._attempt, event.attempt)
        lease = event.lease or (self.lease if verdict == "ok" else None)
        if event.rank == State.RETRY.rank:
            lease = event.lease  # until the next try is sent
        self.lease = lease if event.rank <= State.RETRY.rank else None
        self._write(event, ARRIVAL + OUTCOME, first=False)

    def _write(self, event: Event, names: Sequence[str], *, first: bool) -> None:
        for name in names:
            for target, field in ((self.facts, name), (self.long, LONG.get(name, ""))):
                value = getattr(event, field) if field else None
                said = value is not None or (name == "percent" and field == name and event.steps is not None)
                if said and not (first and name in target):
                    target[name] = value

    def _forget(self, names: Sequence[str]) -> None:
        for name in names:
            self.facts.pop(name, None)
            self.long.pop(name, None)

    def _entry(self, at: float, kind: str, level: str, message: str) -> LogEntry:
        entry = LogEntry(id=f"{len(self.log) + 1:012d}-0", at=at, kind=kind, level=level, message=message)
        self.log.append(entry)
        return entry
