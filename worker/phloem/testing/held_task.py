"""A task of the record in memory, by the rules of the Lua files in `record/functions/`."""

from __future__ import annotations

import time

import msgspec

from phloem.model.event import ARRIVAL, DESCRIPTION, LATEST, OUTCOME, Event
from phloem.model.state import State
from phloem.model.task import Error, Line, LogEntry, Task
from phloem.testing.held_fields import HeldFields
from phloem.testing.held_tries import HeldTries

_STATE = "state"
_HOLDER = ("worker", "received_at")


class HeldTask:
    """A task as the record holds it, with what it needs to judge the next event. `take` and `let_go` change it."""

    def __init__(self, task_id: str) -> None:
        self._fields = HeldFields(task_id)
        self.facts, self.long = self._fields.facts, self._fields.long
        self.log: list[LogEntry] = []
        self.lease: str | None = None
        self.call: bytes | None = None
        self._rank = -1
        self._attempt = 0
        self._over_at = 0.0
        self._runs: set[str] = set()
        self._seen: dict[str, int] = {}
        self._tries = HeldTries(self._fields)

    def row(self, *, long: bool = False) -> Task:
        """The task as it is now, `long` with the long form of its fields."""
        facts = {**self.facts, **self.long} if long else self.facts
        known = {name: value for name, value in facts.items() if value is not msgspec.UNSET}
        task = msgspec.convert(known, Task, from_attributes=True)
        return self._tries.shown(task) if long else task

    def take(self, event: Event) -> tuple[str, tuple[LogEntry, ...] | None]:
        """Applies an event. Returns its verdict, as in `Recorded`, and the log entries that it caused; None if it
        changed nothing.
        """
        named = self._names_run(event)
        verdict = self._judge(event, named)
        if verdict == "duplicate":
            return verdict, None
        if event.trust and not named and self._rank >= 0 and self._tells_nothing(event, verdict):
            return verdict, None
        self._seen[event.source] = event.seq
        self._fields.meet(event, is_known=self._rank >= 0)
        if named:
            self._rename_run(event)
        if self._rank >= 0 and (verdict == "begin" or (verdict == "ok" and event.gives_back)):
            self._tries.keep(event, self.facts[_STATE] if self._rank >= State.RETRY.rank else State.LOST)
        if verdict == "begin" and not event.trust and self._is_sent_again(event):
            if self.facts[_STATE] is not State.LOST:
                self._tries.forget()
            self._fields.forget(DESCRIPTION + LATEST)
            self.call = None
        self._fields.write(event, DESCRIPTION, first=not event.gives_back)
        if verdict == "begin" and event.run is not None:
            self._fields.deliver(event)
        self.call = self.call or event.call
        said: list[LogEntry] = []
        lines = event.log
        if verdict in ("begin", "ok"):
            before = self.facts.get(_STATE)
            for state, at in event.passed:
                known = (
                    before is not None and state is State.PENDING if verdict == "begin" else state.rank <= self._rank
                )
                if not known:
                    said.append(self._entry(at, "state", "info", state))
            self._advance(event, verdict)
            if event.rank >= State.RETRY.rank:  # a run says nothing after its end
                said += (self._logged(line, event) for line in lines)
                lines = ()
            state = self.facts[_STATE]
            if state != before or (verdict == "begin" and state is not State.RETRY):
                said.append(self._entry(event.at, "state", "info", state))
        elif verdict == "stale" and not event.gives_back and self._may_add(event):
            self._fields.write(event, ARRIVAL + OUTCOME, first=True)
        elif verdict == "zombie":
            self._tries.tell_of_last(event)
        if verdict != "zombie":
            self._fields.describe_anew(event)
        said += (self._logged(line, event) for line in lines)
        return verdict, tuple(said)

    def let_go(self, offset: int) -> LogEntry:
        """Applies the goodbye of its worker: a run that had not started waits for another, one that had is LOST."""
        self.lease = None
        if self._rank <= State.RECEIVED.rank and self.facts[_STATE] is not State.STARTED:
            self._runs.add(self.facts.pop("run", ""))
            self._fields.forget(_HOLDER)
            state = State.RETRY if self.facts.get("retries") else State.PENDING
            self._rank, self.facts[_STATE] = state.rank, state
        else:
            if self._tries.is_kept:
                self._tries.forget_outcome()
            error = Error(type="WorkerLost", message="Its worker was stopped while it ran.")
            self.long.pop("error", None)
            self._rank, self._over_at = State.LOST.rank, time.time()
            self.facts.update({_STATE: State.LOST, "finished_at": self._over_at, "error": error})
        self.facts["offset"] = offset
        return self._entry(time.time(), "state", "info", self.facts[_STATE])

    def _judge(self, event: Event, named: bool) -> str:
        if event.seq <= self._seen.get(event.source, -1):
            return "duplicate"
        if self._rank < 0:
            return "begin"
        if event.if_waits and not (self._rank <= State.RECEIVED.rank or self._rank == State.RETRY.rank):
            return "stale"
        foreign = event.run is not None and event.run != self.facts.get("run") and not named
        if event.gives_back:
            if foreign:
                return "zombie"
            return "ok" if self._rank < State.LOST.rank else "stale"
        if foreign:
            if event.state is None:
                return "zombie" if "run" in self.facts else "stale"
            if event.trust:
                return "begin" if self._begins_as_told(event) else "zombie"
            earlier = event.attempt < self._attempt and not self._is_sent_again(event)
            return "zombie" if earlier or event.run in self._runs else "begin"
        if self._is_sent_after_all(event):
            return "begin"
        if event.state is None or event.rank < self._rank:
            return "stale"
        state_by = self._fields.told_by(_STATE)
        ended = self._rank >= State.SUCCESS.rank and state_by <= event.trust
        known_better = event.rank == self._rank and state_by < event.trust
        return "stale" if ended or known_better else "ok"

    def _names_run(self, event: Event) -> bool:
        run = self.facts.get("run")
        if run is None or event.run in (None, run) or event.state is None or event.run in self._runs:
            return False
        over = self._rank >= State.LOST.rank and event.at > self._over_at
        return self._fields.told_by("run") > event.trust and event.attempt // 2 == self._attempt // 2 and not over

    def _rename_run(self, event: Event) -> None:
        self._runs.add(self.facts["run"])
        self.facts["run"], self._attempt = event.run, event.attempt
        self._fields.credit("run", event)
        lease = event.lease or self.lease
        if self._rank >= State.RETRY.rank:
            lease = event.lease if self._rank == State.RETRY.rank else None
        self.lease = lease

    def _begins_as_told(self, event: Event) -> bool:
        if event.run in self._runs:
            return False
        known_better = self._fields.told_by("run") < event.trust
        accepted = event.rank == State.RECEIVED.rank
        if self._rank >= State.LOST.rank:
            return event.at > self._over_at and (accepted or not known_better)
        if "run" in self.facts and known_better:
            return accepted and self._rank == State.RETRY.rank and event.attempt > self._attempt
        return event.attempt >= self._attempt

    def _tells_nothing(self, event: Event, verdict: str) -> bool:
        if verdict == "zombie":
            return not self._tries.has_last(event.run)
        if verdict != "stale" or event.log:
            return False
        names = DESCRIPTION + ARRIVAL + OUTCOME if self._may_add(event) else DESCRIPTION
        return not any(
            getattr(event, name) is not None and self._fields.may_set(event, name, first=True) for name in names
        )

    def _may_add(self, event: Event) -> bool:
        same_end = event.run == self.facts.get("run") and event.state is self.facts.get(_STATE)
        return event.rank < State.LOST.rank or (event.trust > 0 and same_end)

    def _is_sent_after_all(self, event: Event) -> bool:
        ended_unsent = self._rank == State.LOST.rank and "run" not in self.facts
        return ended_unsent and event.run is None and event.state is State.PENDING and event.at > self._over_at

    def _is_sent_again(self, event: Event) -> bool:
        return self._rank >= State.LOST.rank and event.attempt <= self._attempt and event.at > self._over_at

    def _advance(self, event: Event, verdict: str) -> None:
        if event.gives_back:
            self._wait_for_another_run(event)
            return
        state = event.state or self.facts.get(_STATE) or State.PENDING
        run = self.facts.get("run")
        another = False
        if verdict == "begin" and run is not None:
            another = True
            self._runs.add(run)
            self._fields.forget(ARRIVAL)
        before = self.facts.get(_STATE)
        starts = state is State.STARTED and state is not before
        outdated = self._tries.is_kept and event.rank > State.RECEIVED.rank
        if starts or self._rank == State.LOST.rank or (another and state is not State.RETRY) or outdated:
            self._tries.forget_outcome()
        self._rank = event.rank
        if event.rank >= State.LOST.rank:
            self._over_at = event.at
        self.facts[_STATE] = state
        self._fields.credit(_STATE, event)
        if event.run is not None:
            if event.run != self.facts.get("run"):
                self._fields.credit("run", event)
            self.facts["run"] = event.run
            self._attempt = event.attempt if verdict == "begin" else max(self._attempt, event.attempt)
        lease = event.lease or (self.lease if verdict == "ok" else None)
        if event.rank == State.RETRY.rank:
            lease = event.lease  # until the next try is sent
        self.lease = lease if event.rank <= State.RETRY.rank else None
        self._fields.write(event, ARRIVAL + OUTCOME, first=False)
        if event.rank >= State.RETRY.rank and "finished_at" not in self.facts:
            self._tries.end(event.at)

    def _wait_for_another_run(self, event: Event) -> None:
        self._runs.add(event.run or "")
        self._fields.forget(("run", *ARRIVAL))
        self._tries.forget_outcome()
        self._rank, self._attempt, self.facts[_STATE], self.lease = 0, 0, State.PENDING, None
        self._fields.credit(_STATE, event)
        self._fields.write(event, ARRIVAL + OUTCOME, first=False)

    def _logged(self, line: Line, event: Event) -> LogEntry:
        entry = self._entry(line.at, "log", line.level, line.message)
        told = {
            "step": line.step,
            "run": event.run if event.attempt else None,
            "fields": dict(line.fields) if line.fields else None,
        }
        self.log[-1] = msgspec.structs.replace(entry, **{name: value for name, value in told.items() if value})
        return self.log[-1]

    def _entry(self, at: float, kind: str, level: str, message: str) -> LogEntry:
        entry = LogEntry(id=f"{len(self.log) + 1:012d}-0", at=at, kind=kind, level=level, message=message)
        self.log.append(entry)
        return entry
