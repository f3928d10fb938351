"""One step of a task's work, as the task moves it, and the step that a piece of code is within."""

from __future__ import annotations

import time
from contextvars import ContextVar
from types import TracebackType
from typing import Self

import msgspec

from phloem.model.task import Step
from phloem.progress.owner import Owner
from phloem.progress.rate import Pace, count, goal, percent, seconds_left
from phloem.redaction import text

DESCRIPTION_LIMIT_BYTES = 1024
"""Longest description of a step, and longest message of a task, in bytes of UTF-8."""

UNIT_LIMIT_BYTES = 32
"""Longest name of a unit, in bytes of UTF-8."""

_DEPTH_LIMIT = 10
"""Levels below a step that count towards its percentage."""

_step: ContextVar[OpenStep | None] = ContextVar("phloem_step", default=None)


class OpenStep:
    """A step in work, as `phloem.step()` returns it.

    Its attributes may be set at any time, to anything: they are sampled now and then, not sent when they are set.
    `owner` is the run; a step without one counts, and is reported nowhere.
    """

    def __init__(
        self, owner: Owner[OpenStep] | None, parent: OpenStep | None, description: str, total: float | None, unit: str
    ) -> None:
        self.owner = owner
        self.current: float = 0
        self.total = total
        self.unit = unit
        self.name = description
        """What it is called, whatever is done in it at the moment."""
        self.description = description
        self.started_at = time.time()
        self.finished_at: float | None = None
        self.done = False
        self.closed = False
        self.measured = False
        """Whether it had a total while it was in work; known once it has ended."""
        self.parent = parent if parent is not None and parent.owner is owner else None
        self.parts: list[OpenStep] = []
        self.parts_ended = 0
        self.children = 0
        self.key = ""
        self._seen: tuple[float, float | None] = (0, None)
        self._place = self._present_place()
        self._pace: Pace | None = None
        if owner is not None:
            owner.open(self)

    def advance(self, by: float = 1) -> None:
        """Counts `by` more units as done."""
        self.current += by

    def set(self, current: float) -> None:
        """Sets how many units are done in all."""
        self.current = current

    def describe(self, description: str) -> None:
        """Sets what is being done now; it becomes the message of the task as well. The step keeps its name: what it was
        described as first.
        """
        self.description = description
        self.name = self.name or description
        if self.owner is not None and description:
            self.owner.tell(description)

    def finish(self, *, done: bool = True) -> None:
        """Ends the step: as done, or as left before it was. `with` does this at its end; a second call does nothing."""
        if self.closed:
            return
        current, total = self.figures()
        self.measured = total is not None
        if done:
            if not self.measured:
                self.total = current
            self.done = True
        self.closed = True
        self.finished_at = time.time()
        if self.owner is not None:
            self.owner.close(self)

    def discard(self) -> None:
        """Removes the step and all steps below it from what is reported."""
        if self.owner is not None:
            self.owner.discard(self)

    def __enter__(self) -> Self:
        _step.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        leave(self)
        self.finish(done=kind is None)

    def figures(self) -> tuple[float, float | None]:
        """Current and total at this moment, as numbers that can be shown."""
        return count(self.current), goal(self.total)

    def look(self) -> bool:
        """Notes how far the step is, for `fraction` and `snapshot`.

        Returns whether the task takes back what it said before: the total is another, or the count went back.
        """
        (current_before, total_before), self._seen = self._seen, self.figures()
        current, total = self._seen
        if current < current_before:
            self._place = self._present_place()
        return current < current_before or total_before not in (None, total)

    def fraction(self, depth: int = _DEPTH_LIMIT) -> float | None:
        """How much was done when it was last looked at, 0 to 1, with the parts in work below it; None if unknown."""
        current, total = self._seen
        if depth and total is not None and not self.closed:
            current += sum(part._share(depth - 1) for part in tuple(self.parts))
        whole = percent(current, total)
        return None if whole is None else whole / 100

    def snapshot(self, now: float, *, last: bool = False) -> Step:
        """The step as a record, as it was when it was last looked at, with its rate at `now` (Unix seconds).

        A step that was left undone has no rate and no time left. With `last` its run ends: a step in work does, too.
        """
        current, total = self._seen
        self._pace = Pace(since=now, at=now, current=current) if self._pace is None else self._pace.seen(current, now)
        self.name = self.name or self.description
        name, description = text(self.name, DESCRIPTION_LIMIT_BYTES), text(self.description, DESCRIPTION_LIMIT_BYTES)
        closed = self.closed or last
        rate = None if closed and not self.done else self._pace.rate
        return Step(
            key=self.key,
            name=msgspec.UNSET if name == description else name,
            description=description,
            current=current,
            total=total,
            unit=text(self.unit, UNIT_LIMIT_BYTES),
            rate=rate,
            eta=None if closed else seconds_left(current, total, rate),
            done=self.done,
            started_at=self.started_at,
            finished_at=now if last and self.finished_at is None else self.finished_at,
        )

    def _present_place(self) -> tuple[float, int]:
        """How far the parent has come, and how many of its parts have ended."""
        return (0, 0) if self.parent is None else (self.parent.figures()[0], self.parent.parts_ended)

    def _share(self, depth: int) -> float:
        """How much of one unit of its parent this step has done; 0 once the parent has counted that unit.

        It has if it counted more units since this step began than parts have ended: these account for as many.
        """
        (counted, ended), (counted_before, ended_before) = self._present_place(), self._place
        return 0.0 if counted - counted_before > ended - ended_before else self.fraction(depth) or 0.0


def innermost() -> OpenStep | None:
    """The innermost step in work that this code is within.

    A generator that is left in the middle leaves its step behind in the context, so steps that have ended are passed
    over, and so are those that were opened within them.
    """
    step = found = _step.get()
    while step is not None:
        if step.closed:
            found = step.parent
        step = step.parent
    return found


def within(step: OpenStep | None) -> None:
    """Puts this context within `step`, or within none."""
    _step.set(step)


def leave(step: OpenStep) -> None:
    """Puts this context within the parent of `step`, if it is within `step`."""
    # Not a token's reset: an abandoned generator may be closed in another context than it was opened in.
    if _step.get() is step:
        _step.set(step.parent)
