"""The tries of a task of the record in memory that are over, by the rules of `functions/task/tries.lua`."""

from __future__ import annotations

from typing import Any

import msgspec

from phloem.model.event import OUTCOME, Event
from phloem.model.state import State
from phloem.model.task import STEPS_KEPT_BYTES, TRIES_LIMIT, Task, Try
from phloem.model.tries import present_try, with_tries
from phloem.redaction import WITHHELD
from phloem.testing.held_fields import HeldFields


class HeldTries:
    """What came of each try, the last ones."""

    def __init__(self, fields: HeldFields) -> None:
        """`fields` are those of the task."""
        self._fields = fields
        self._tries: list[Try] = []
        self._left_out = 0
        self.is_kept = False
        """Whether what the task shows came of the last of them, as the next has not started."""
        self._ended_at: float | None = None

    def shown(self, task: Task) -> Task:
        """The task with its tries."""
        present = None if self.is_kept else present_try(task, self._fields.facts.get("error"), self._ended_at)
        return with_tries(task, self._tries, self._left_out, present)

    def has_last(self, run: str | None) -> bool:
        """Whether the last one that is over was this run."""
        return bool(self._tries) and self._tries[-1].run == run

    def end(self, at: float) -> None:
        """Takes note of when the present one ended, in case nobody tells it otherwise."""
        self._ended_at = at

    def keep(self, event: Event, state: State) -> None:
        """Keeps what came of the present one, which is over: the event begins another, or gives it back. `state` is the
        one that it was left in.
        """
        known = self._fields.facts
        ended_at = known.get("finished_at", self._ended_at)
        if self.is_kept or ("started_at" not in known and ended_at is None):
            return
        if event.gives_back:
            state, ended_at = State.RETRY, event.at if ended_at is None else ended_at
        told = {name: known[name] for name in ("run", "worker", "started_at", "error") if name in known}
        args, kwargs = self._before(event, "args"), self._before(event, "kwargs")
        steps = known.get("steps") or msgspec.UNSET
        self._tries.append(Try(**told, finished_at=ended_at, state=state, args=args, kwargs=kwargs, steps=steps))
        self._left_out += len(self._tries) > TRIES_LIMIT
        del self._tries[:-TRIES_LIMIT]
        if steps:
            self._bound_steps()
        known["retried_at"] = event.at if ended_at is None else ended_at
        self.is_kept = True

    def _bound_steps(self) -> None:
        """Drops the steps of the oldest."""
        taken = 0
        for place in range(len(self._tries) - 1, -1, -1):
            steps = self._tries[place].steps
            taken += len(msgspec.json.encode(steps)) if steps else 0
            if taken > STEPS_KEPT_BYTES:
                self._tries[place] = msgspec.structs.replace(self._tries[place], steps=msgspec.UNSET)

    def tell_of_last(self, event: Event) -> None:
        """Takes from an event about the last one what was not heard of it in time: that it ended, and why."""
        if not self.has_last(event.run):
            return
        last = self._tries[-1]
        if last.finished_at is None and (event.gives_back or event.rank >= State.RETRY.rank):
            state = State.RETRY if event.gives_back else event.state
            ended_at = event.at if event.finished_at is None else event.finished_at
            last = msgspec.structs.replace(last, state=state, finished_at=ended_at)
        if event.error is not None and last.error is None:
            last = msgspec.structs.replace(last, error=event.error)
            if self.is_kept and "error" not in self._fields.facts:
                self._fields.write(event, ("error",), first=False)
        self._tries[-1] = last

    def forget(self) -> None:
        """Forgets them: the task is sent anew."""
        self._tries.clear()
        self._left_out = 0
        self._fields.forget(("retried_at",))

    def forget_outcome(self) -> None:
        """Forgets what came of the present one: another starts."""
        self._fields.forget(OUTCOME)
        self.is_kept, self._ended_at = False, None

    def _before(self, event: Event, name: str) -> Any:
        """What a field was, if the event says that it is another. Others write the same arguments in other words."""
        value, known = getattr(event, name), self._fields.facts.get(name)
        is_another = value not in (None, WITHHELD, known) and self._fields.told_by(name) == event.trust
        return known if is_another else None
