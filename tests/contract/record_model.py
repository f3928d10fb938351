"""The rules of the record, said once more in plain Python: what `test_record_model` compares the channels with.

Written from the design and the docstrings of `phloem.model.event` and `phloem.record.redis_record`, not from either
channel. Nothing here is fast, atomic or published; it only says what is true after each thing that can happen.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from phloem.model.event import ARRIVAL, DESCRIPTION, LONG, OUTCOME, Event
from phloem.model.state import State
from phloem.model.task import Error

NOW = -1.0
"""Stands for a time that only the record's own clock knows."""

VANISHED = Error(type="WorkerLost", message="vanished")
STOPPED = Error(type="WorkerLost", message="stopped")

Said = tuple[str, str, str]
"""One entry of a log: kind, level, message."""


@dataclass
class Known:
    """All that is known of one task."""

    first_offset: int
    offset: int = 0
    state: State | None = None
    rank: int = -1
    run: str | None = None
    attempt: int = 0
    over_at: float = 0.0
    over: set[str] = field(default_factory=set)
    heard: dict[str, int] = field(default_factory=dict)
    lease: str | None = None
    call: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    log: list[Said] = field(default_factory=list)
    moved: bool = False

    def verdict(self, event: Event) -> str:
        if event.seq <= self.heard.get(event.source, 0):
            return "duplicate"
        if self.rank < 0:
            return "begin"
        foreign = event.run is not None and event.run != self.run
        if event.state is None:
            return "zombie" if foreign and self.run else "stale"
        if foreign:
            earlier = event.attempt < self.attempt and not self._is_sent_again(event)
            return "zombie" if event.run in self.over or earlier else "begin"
        ended_for_good = self.rank == State.SUCCESS.rank
        return "stale" if ended_for_good or event.rank < self.rank else "ok"

    def take(self, event: Event) -> str:
        verdict = self.verdict(event)
        if verdict == "duplicate":
            return verdict
        self.heard[event.source] = event.seq
        if verdict == "begin" and self._is_sent_again(event):
            self._forget(DESCRIPTION)
            self.call = None
        self._tell(event, DESCRIPTION, believe_first=True)
        self.call = self.call or event.call
        if verdict in ("begin", "ok"):
            self._move(event, another=verdict == "begin")
        elif verdict == "stale" and event.rank < State.SUCCESS.rank:
            self._tell(event, ARRIVAL + OUTCOME, believe_first=True)
        self.log += [("log", line.level, line.message) for line in event.log]
        return verdict

    def let_go(self, *, goodbye: bool) -> None:
        """Its worker is gone: said so, or was not heard of."""
        self.lease = None
        if goodbye and self.rank <= State.RECEIVED.rank:
            if self.run is not None:
                self.over.add(self.run)
            self.run = None
            self._forget(ARRIVAL)
            self._enter(State.PENDING, State.PENDING.rank)
            return
        self._forget(("error",))
        self.over_at = time.time()
        self.facts |= {"finished_at": NOW, "error": STOPPED if goodbye else VANISHED}
        self._enter(State.LOST, State.LOST.rank)

    def row(self, task_id: str, *, long: bool = False) -> dict[str, Any]:
        """The fields of its `Task` that have a value."""
        row = {"id": task_id, "state": self.state, "offset": self.offset, "first_offset": self.first_offset}
        run = {} if self.run is None else {"run": self.run}
        return row | run | self.facts | (self.details if long else {})

    def _move(self, event: Event, *, another: bool) -> None:
        before, had_run = self.state, self.run is not None
        if another:
            passed = [state for state, _ in event.passed if before is None or state is not State.PENDING]
            self.log += [("state", "info", state) for state in passed]
        if event.rank >= State.LOST.rank:
            self.over_at = event.at
        state = event.state or State.PENDING
        if another and self.run is not None:
            self.over.add(self.run)
            self._forget(ARRIVAL)
        starts = state is State.STARTED and before is not State.STARTED
        waits = state is State.RETRY
        if starts or before is State.LOST or (another and had_run and not waits):
            self._forget(OUTCOME)
        if event.run is not None:
            self.run = event.run
            self.attempt = event.attempt if another else max(self.attempt, event.attempt)
        self._tell(event, ARRIVAL + OUTCOME, believe_first=False)
        if another or state is not before:
            self._enter(state, event.rank)
        self.rank = event.rank
        lease = event.lease or (None if another else self.lease)
        trying_again = event.lease if event.rank == State.RETRY.rank else None
        self.lease = lease if event.rank < State.RETRY.rank else trying_again

    def _is_sent_again(self, event: Event) -> bool:
        """Whether it is of another message with the same id, sent after this one had ended."""
        return self.rank >= State.LOST.rank and event.attempt <= self.attempt and event.at > self.over_at

    def _enter(self, state: State, rank: int) -> None:
        self.state, self.rank, self.moved = state, rank, True
        self.log.append(("state", "info", state))

    def _tell(self, event: Event, names: Sequence[str], *, believe_first: bool) -> None:
        for name in names:
            for known, said in ((self.facts, name), (self.details, LONG.get(name))):
                value = getattr(event, said) if said else None
                if value is not None and not (believe_first and name in known):
                    known[name] = value

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self.facts.pop(name, None)
            self.details.pop(name, None)


class Model:
    """All tasks, and the order of things. `most` tasks and `remembered` removals are kept."""

    def __init__(self, most: int, remembered: int) -> None:
        self.most = most
        self.remembered = remembered
        self.epoch = 0
        self.offset = 0
        self.floor = 0
        self.tasks: dict[str, Known] = {}
        self.ended: list[str] = []
        self.gone: dict[str, int] = {}
        self.over: dict[str, float] = {}

    def record(self, events: Sequence[Event]) -> tuple[list[str], list[str]]:
        """A verdict for each event, and the tasks that were removed to make room."""
        verdicts = []
        for event in events:
            if event.at <= self.over.get(event.id, -1.0):
                verdicts.append("zombie")
                continue
            self.over.pop(event.id, None)
            known = self.tasks.get(event.id) or Known(self.offset + 1)
            verdicts.append(known.take(event))
            if verdicts[-1] != "duplicate":
                self.tasks[event.id] = known
                self.gone.pop(event.id, None)
                self._changed(event.id)
        return verdicts, self._retain()

    def answers_for(self, lease: str) -> set[str]:
        return {task_id for task_id, known in self.tasks.items() if known.lease == lease}

    def let_go(self, task_ids: Sequence[str], *, goodbye: bool) -> None:
        """The tasks of one worker, in the order that the record chose."""
        for task_id in task_ids:
            self.tasks[task_id].let_go(goodbye=goodbye)
            self._changed(task_id)

    def counts(self) -> Counter[str]:
        return Counter(str(known.state) for known in self.tasks.values())

    def _changed(self, task_id: str) -> None:
        self.offset += 1
        known = self.tasks[task_id]
        known.offset = self.offset
        if known.moved:
            known.moved = False
            self.ended = [each for each in self.ended if each != task_id]
            if known.rank >= State.LOST.rank:
                self.ended.append(task_id)

    def _retain(self) -> list[str]:
        removed = self.ended[: max(0, len(self.ended) - self.most)]
        for task_id in removed:
            self.ended.remove(task_id)
            self.over[task_id] = self.tasks.pop(task_id).over_at
            self.offset += 1
            self.gone[task_id] = self.offset
        while len(self.gone) > self.remembered:
            oldest = min(self.gone, key=lambda task_id: self.gone[task_id])
            self.floor = self.gone.pop(oldest)
            self.over.pop(oldest, None)
        return removed
