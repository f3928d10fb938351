"""A task of the record in memory, by the rules of `record/functions/task.lua`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from phloem.model.event import ARRIVAL, DESCRIPTION, LONG, OUTCOME, Event
from phloem.model.state import State
from phloem.model.task import Error, LogEntry, Task

_STATE = "state"


class HeldTask:
    """A task as the record holds it, with what it needs to judge the next event. `take` and `let_go` change it."""

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
        """The task as it is now, `long` with the long form of its fields."""
        return msgspec.convert({**self.facts, **self.long} if long else self.facts, Task, from_attributes=True)

    def take(self, event: Event) -> tuple[str, tuple[LogEntry, ...]]:
        """Applies an event. Returns its verdict, as in `Recorded`, and the log entries that it caused."""
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
        """Applies the goodbye of its worker: a run that had not started is PENDING again, one that had is LOST."""
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
