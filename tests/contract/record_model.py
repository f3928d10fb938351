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

from phloem.model.event import ARRIVAL, DELIVERY, DESCRIPTION, LATEST, LONG, OUTCOME, Event
from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import TRIES_LIMIT, Error
from phloem.redaction import WITHHELD

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
    call: bytes | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    log: list[Said] = field(default_factory=list)
    moved: bool = False
    moved_on: bool = False
    over_tries: list[dict[str, Any]] = field(default_factory=list)
    shows_over: bool = False
    ended_try_at: float | None = None
    told_by: dict[str, int] = field(default_factory=dict)
    """How little those know who told of each field, of the name of its run, and of its state; 0 where it is missing."""
    met: set[int] = field(default_factory=set)

    def verdict(self, event: Event) -> str:
        if event.seq <= self.heard.get(event.source, 0):
            return "duplicate"
        if self.rank < 0:
            return "begin"
        if event.if_waits and self.rank > State.RECEIVED.rank and self.rank != State.RETRY.rank:
            return "stale"
        foreign = event.run is not None and event.run != self.run and not self._is_named_by(event)
        if event.run is not None and event.state is State.PENDING:
            return "zombie" if foreign else "stale" if self.rank >= State.LOST.rank else "ok"
        if event.state is None:
            return "zombie" if foreign and self.run else "stale"
        if foreign and event.trust:
            return "begin" if self._is_begun_as_told(event) else "zombie"
        if foreign:
            earlier = event.attempt < self.attempt and not self._is_sent_again(event)
            return "zombie" if event.run in self.over or earlier else "begin"
        sent_after_all = self.run is None and event.state is State.PENDING and event.at > self.over_at
        if self.rank == State.LOST.rank and sent_after_all:
            return "begin"
        state_by = self.told_by.get("state", 0)
        ended_for_good = self.rank == State.SUCCESS.rank and state_by <= event.trust
        known = event.rank == self.rank and state_by < event.trust
        return "stale" if ended_for_good or known or event.rank < self.rank else "ok"

    def _is_named_by(self, event: Event) -> bool:
        """Whether it gives the present run a name of somebody who knows better."""
        if self.run is None or event.run in (None, self.run) or event.state is None or event.run in self.over:
            return False
        same_try = event.attempt // 2 == self.attempt // 2
        over_before = self.rank >= State.LOST.rank and event.at > self.over_at
        return self.told_by.get("run", 0) > event.trust and same_try and not over_before

    def _is_begun_as_told(self, event: Event) -> bool:
        """Whether a run begins of which another than `attach` tells."""
        if event.run in self.over:
            return False
        known_better = self.told_by.get("run", 0) < event.trust
        accepted = event.rank == State.RECEIVED.rank
        if self.rank >= State.LOST.rank:
            return event.at > self.over_at and (accepted or not known_better)
        if self.run is not None and known_better:
            return accepted and self.rank == State.RETRY.rank and event.attempt > self.attempt
        return event.attempt >= self.attempt

    def _has_news_for(self, event: Event, verdict: str) -> bool:
        """Whether an event of another than `attach` is worth writing down."""
        if verdict == "zombie":
            return bool(self.over_tries) and self.over_tries[-1]["run"] == event.run
        if verdict != "stale" or event.log or self._is_named_by(event):
            return True
        late = ARRIVAL + OUTCOME if self._is_of_use(event) else []
        return any(self._may_fill(event, name) for name in (*DESCRIPTION, *late) if getattr(event, name) is not None)

    def _is_of_use(self, event: Event) -> bool:
        """Whether a late event may tell more of its run: one before its end, or of the same end by another."""
        same_end = event.run == self.run and event.state is self.state
        return event.rank < State.LOST.rank or (event.trust > 0 and same_end)

    def _may_fill(self, event: Event, name: str) -> bool:
        held = self.facts.get(name)
        if held is None or (held == WITHHELD and not event.trust):
            return True
        return self.told_by.get(name, 0) > event.trust

    def take(self, event: Event) -> str:
        verdict = self.verdict(event)
        if verdict == "duplicate":
            return verdict
        if event.trust and self.rank >= 0 and not self._has_news_for(event, verdict):
            return verdict
        self.moved_on = True
        self.heard[event.source] = event.seq
        if event.trust or self.met:
            self.met |= {event.trust} if self.rank < 0 or self.met else {0, event.trust}
        if self.rank >= 0 and self._is_named_by(event):
            assert self.run is not None
            self.over.add(self.run)
            self.run, self.attempt, self.told_by["run"] = event.run, event.attempt, event.trust
            if self.rank <= State.RETRY.rank:
                kept = self.lease if self.rank < State.RETRY.rank else None
                self.lease = event.lease or kept
        gives_back = event.run is not None and event.state is State.PENDING
        if self.rank >= 0 and (verdict == "begin" or (gives_back and verdict == "ok")):
            self._end_try(event, given_back=gives_back)
        if verdict == "begin" and not event.trust and self._is_sent_again(event):
            if self.state is not State.LOST:
                self.over_tries = []
                self._forget(["retried_at"])
            self._forget(DESCRIPTION + LATEST)
            self.call = None
        self._tell(event, DESCRIPTION, believe_first=not gives_back)
        if verdict == "begin" and event.run is not None:
            brought = [name for name in DELIVERY if getattr(event, name) not in (None, WITHHELD)]
            brought = [n for n in brought if self.facts.get(n) is None or self.told_by.get(n, 0) >= event.trust]
            self._forget(brought)
            self._tell(event, brought, believe_first=False)
        self.call = self.call or event.call
        if gives_back and verdict in ("begin", "ok"):
            self._give_back(event)
        elif verdict in ("begin", "ok"):
            self._move(event, another=verdict == "begin")
        elif verdict == "stale" and self._is_of_use(event) and not gives_back:
            self._tell(event, ARRIVAL + OUTCOME, believe_first=True)
        elif verdict == "zombie" and self.over_tries and self.over_tries[-1]["run"] == event.run:
            self._hear_late(event, self.over_tries[-1])
        if event.own_label is not None and verdict != "zombie":
            self.facts["label"], self.told_by["label"] = event.own_label, event.trust
        if verdict != "zombie":
            self._tell(event, LATEST, believe_first=False)
        if not (verdict in ("begin", "ok") and event.rank >= State.RETRY.rank):
            self._hear_lines(event)
        return verdict

    def let_go(self, *, goodbye: bool) -> None:
        """Its worker is gone: said so, or was not heard of."""
        self.lease = None
        if self.rank <= State.RECEIVED.rank and self.state is not State.STARTED:
            if goodbye and self.run is not None:
                self.over.add(self.run)
            self.run = None
            self._forget(("worker", "received_at"))
            state = State.RETRY if self.facts.get("retries") else State.PENDING
            self._enter(state, state.rank)
            return
        if self.shows_over:
            self._start_over()
        self._forget(("error",))
        self.over_at = time.time()
        self.facts |= {"finished_at": NOW, "error": STOPPED if goodbye else VANISHED}
        self._enter(State.LOST, State.LOST.rank)

    def row(self, task_id: str, *, long: bool = False) -> dict[str, Any]:
        """The fields of its `Task` that have a value."""
        row = {"id": task_id, "state": self.state, "offset": self.offset, "first_offset": self.first_offset}
        run: dict[str, Any] = {} if self.run is None else {"run": self.run}
        if self.met:
            run["known_by"] = tuple(each for each in KnownBy if each.rank in self.met)
        return row | run | self.facts | ({**self.details, **self._tries()} if long else {})

    def _tries(self) -> dict[str, Any]:
        present = None if self.shows_over else self._try()
        tries = [dict(each) for each in (*self.over_tries, *([present] if present else []))]
        for name in ("args", "kwargs"):
            if any(each.get(name) is not None for each in tries):
                value = {**self.facts, **self.details}.get(name)
                for each in reversed(tries):
                    each[name] = value = each[name] if each.get(name) is not None else value
        said = [{name: value for name, value in each.items() if value is not None} for each in tries]
        return {"tries": said[-TRIES_LIMIT:], "earlier_tries": max(0, len(tries) - TRIES_LIMIT)}

    def _try(self) -> dict[str, Any] | None:
        """What its row says of the try that it is in, or ended with."""
        assert self.state is not None
        if not self.facts.keys() & {"started_at", "finished_at"} and self.ended_try_at is None:
            return None
        names = ("worker", "started_at", "finished_at", "error")
        known = {name: self.facts[name] for name in names if name in self.facts}
        return {"finished_at": self.ended_try_at, "run": self.run, "state": self.state, **known}

    def _end_try(self, event: Event, *, given_back: bool) -> None:
        """Another message has come: what is shown is over, unless that is known already."""
        present = None if self.shows_over else self._try()
        if present is None:
            return
        if given_back:
            ended = present["finished_at"]
            present |= {"state": State.RETRY, "finished_at": event.at if ended is None else ended}
        elif self.rank < State.RETRY.rank:
            present["state"] = State.LOST
        for name in ("args", "kwargs"):
            same_teller = self.told_by.get(name, 0) == event.trust
            if same_teller and getattr(event, name) not in (None, WITHHELD, self.facts.get(name)):
                present[name] = self.facts.get(name)
        if self.facts.get("steps"):
            present["steps"] = self.facts["steps"]
        self.over_tries.append(present)
        ended = present["finished_at"]
        self.facts["retried_at"] = event.at if ended is None else ended
        self.shows_over = True

    def _hear_late(self, event: Event, last: dict[str, Any]) -> None:
        """Of the try before nobody knew that it had ended, or why."""
        gives_back = event.run is not None and event.state is State.PENDING
        if last["finished_at"] is None and (gives_back or event.rank >= State.RETRY.rank):
            last["state"] = State.RETRY if gives_back else event.state
            last["finished_at"] = event.at if event.finished_at is None else event.finished_at
        if event.error is not None and last.get("error") is None:
            last["error"] = event.error
            if self.shows_over and "error" not in self.facts:
                self._tell(event, ["error"], believe_first=False)

    def _start_over(self) -> None:
        self._forget(OUTCOME)
        self.shows_over, self.ended_try_at = False, None

    def _move(self, event: Event, *, another: bool) -> None:
        before, had_run = self.state, self.run is not None
        for passed, _ in event.passed:
            if (before is None or passed is not State.PENDING) if another else passed.rank > self.rank:
                self.log.append(("state", "info", passed))
        if event.rank >= State.LOST.rank:
            self.over_at = event.at
        state = event.state or State.PENDING
        if another and self.run is not None:
            self.over.add(self.run)
            self._forget(ARRIVAL)
        starts = state is State.STARTED and before is not State.STARTED
        waits = state is State.RETRY
        moves_on = self.shows_over and event.rank > State.RECEIVED.rank
        if starts or self.rank == State.LOST.rank or (another and had_run and not waits) or moves_on:
            self._start_over()
        self.told_by["state"] = event.trust
        if event.run is not None:
            if event.run != self.run:
                self.told_by["run"] = event.trust
            self.run = event.run
            self.attempt = event.attempt if another else max(self.attempt, event.attempt)
        self._tell(event, ARRIVAL + OUTCOME, believe_first=False)
        if event.rank >= State.RETRY.rank and "finished_at" not in self.facts:
            self.ended_try_at = event.at
        if event.rank >= State.RETRY.rank:
            self._hear_lines(event)  # a run says nothing after its end
        if state is not before or (another and not waits):
            self._enter(state, event.rank)
        self.rank = event.rank
        lease = event.lease or (None if another else self.lease)
        trying_again = event.lease if event.rank == State.RETRY.rank else None
        self.lease = lease if event.rank < State.RETRY.rank else trying_again

    def _hear_lines(self, event: Event) -> None:
        self.log += [("log", line.level, line.message) for line in event.log]

    def _give_back(self, event: Event) -> None:
        """Its run is over, and it waits for any other."""
        assert event.run is not None
        self.over.add(event.run)
        self.run = self.lease = None
        self.attempt = 0
        self.told_by |= {"run": 0, "state": event.trust}
        self._forget(ARRIVAL)
        self._start_over()
        self._tell(event, ARRIVAL + OUTCOME, believe_first=False)
        self._enter(State.PENDING, State.PENDING.rank)

    def _is_sent_again(self, event: Event) -> bool:
        """Whether it is of another message with the same id, sent after this one had ended."""
        return self.rank >= State.LOST.rank and event.attempt <= self.attempt and event.at > self.over_at

    def _enter(self, state: State, rank: int) -> None:
        self.state, self.rank, self.moved = state, rank, True
        self.log.append(("state", "info", state))

    def _tell(self, event: Event, names: Sequence[str], *, believe_first: bool) -> None:
        for name in names:
            short, long = getattr(event, name), getattr(event, LONG[name]) if name in LONG else None
            if short is not None:
                held, by = self.facts.get(name), self.told_by.get(name, 0)
                fits = self._may_fill(event, name) if believe_first else held is None or by >= event.trust
                if fits:
                    if held is not None and by > event.trust:
                        self.details.pop(name, None)
                    self.facts[name], self.told_by[name] = short, event.trust
            if long is not None and self.told_by.get(name, 0) == event.trust:
                held = self.details.get(name)
                if not believe_first or held is None or (held == WITHHELD and not event.trust):
                    self.details[name] = long

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self.facts.pop(name, None)
            self.details.pop(name, None)
            self.told_by.pop(name, None)


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
            unknown = event.id not in self.tasks
            if event.at <= self.over.get(event.id, -1.0) or (unknown and event.if_waits):
                verdicts.append("zombie")
                continue
            self.over.pop(event.id, None)
            known = self.tasks.get(event.id) or Known(self.offset + 1)
            known.moved_on = False
            verdicts.append(known.take(event))
            if known.moved_on:
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
