"""The steps of a run: an outline in which each knows how far it is, and what is in work below it."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Self

from phloem.model.task import Step
from phloem.progress.rate import Pace, count, goal, percent, seconds_left
from phloem.redaction import text

if TYPE_CHECKING:
    from phloem.progress.run import Run

STEPS_SHOWN = 100
"""Steps of one run that are told: beyond that the oldest that are over are left out."""

MESSAGE_LIMIT = 1024
UNIT_LIMIT = 32
_DEPTH = 10
"""Levels below a step that count towards its percentage."""

_step: ContextVar[OpenStep | None] = ContextVar("phloem_step", default=None)


class OpenStep:
    """A step in work, as `phloem.step()` gives it.

    Its attributes may be set at any time, to anything: they are looked at now and then, not sent.
    """

    def __init__(self, run: Run | None, parent: OpenStep | None, description: str, total: float | None, unit: str):
        self.run = run
        self.current: float = 0
        self.total = total
        self.unit = unit
        self.description = description
        self.done = False
        self.closed = False
        self.parent = parent if parent is not None and parent.run is run else None
        self.parts: list[OpenStep] = []
        self.children = 0
        self.key = ""
        self._at_parent = self.parent.current if self.parent else 0.0
        self._pace: Pace | None = None
        if run is not None:
            run.open(self)

    def advance(self, by: float = 1) -> None:
        """`by` more units are done."""
        self.current += by

    def set(self, current: float) -> None:
        """`current` units are done in all."""
        self.current = current

    def describe(self, description: str) -> None:
        """Says what is being done now."""
        self.description = description
        if self.run is not None and description:
            self.run.tell(description)

    def finish(self, *, done: bool = True) -> None:
        """The step is over: `done`, or left before it was. What `with` does at its end; a second time does nothing."""
        if self.closed:
            return
        if done:
            if self.total is None:
                self.total = self.current
            self.done = True
        self.closed = True
        if self.run is not None:
            self.run.outline.close(self)

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
        """Current and total, as numbers that can be shown."""
        return count(self.current), goal(self.total)

    def fraction(self, depth: int = _DEPTH) -> float | None:
        """How much is done, 0 to 1, counting the parts that are in work below it; None without a total."""
        if self.done:
            return 1.0
        current, total = self.figures()
        if depth and total is not None:
            current += sum(part._share(depth - 1) for part in tuple(self.parts))
        whole = percent(current, total)
        return None if whole is None else whole / 100

    def look(self, now: float) -> Step:
        """The step as a record, with its rate as of `now`. What was left undone has no rate and no time left."""
        current, total = self.figures()
        self._pace = Pace(since=now, at=now, current=current) if self._pace is None else self._pace.seen(current, now)
        rate = None if self.closed and not self.done else self._pace.rate
        return Step(
            key=self.key,
            description=text(self.description, MESSAGE_LIMIT),
            current=current,
            total=total,
            unit=text(self.unit, UNIT_LIMIT),
            rate=rate,
            eta=None if self.closed else seconds_left(current, total, rate),
            done=self.done,
        )

    def _share(self, depth: int) -> float:
        """The part of one unit of its parent that this step stands for, as long as the parent has not counted it."""
        counted = self.parent is None or self.parent.current != self._at_parent
        return 0.0 if counted else self.fraction(depth) or 0.0


class Outline:
    """All steps of one run that are told, in the order in which they were opened. Any thread may open some."""

    def __init__(self) -> None:
        self._steps: list[OpenStep] = []
        self._top_level = 0
        self._percent: tuple[str, float] = ("", 0.0)
        self._lock = threading.RLock()

    def open(self, step: OpenStep) -> None:
        """Gives a step its place."""
        with self._lock:
            if step.parent is None:
                self._top_level += 1
                step.key = str(self._top_level)
            else:
                step.parent.children += 1
                step.key = f"{step.parent.key}.{step.parent.children}"
                step.parent.parts.append(step)
            self._steps.append(step)
            if len(self._steps) > STEPS_SHOWN:
                self._drop_one()

    def close(self, step: OpenStep) -> None:
        """The step no longer counts as a part that is in work."""
        with self._lock:
            if step.parent is not None and step in step.parent.parts:
                step.parent.parts.remove(step)

    def forget(self, step: OpenStep) -> None:
        """Leaves a step out from now on, with all that is below it."""
        with self._lock:
            below = f"{step.key}."
            self._steps = [each for each in self._steps if each is not step and not each.key.startswith(below)]

    def steps(self) -> list[OpenStep]:
        """The steps that are told."""
        with self._lock:
            return list(self._steps)

    def percent(self) -> float | None:
        """Percent of the whole: of the outermost step in work, and of several at once the one that was opened first.

        It does not go back while that step lasts: several parts in turn may share one unit of it.
        """
        outermost = [step for step in self.steps() if step.parent is None]
        at_work = (step for step in outermost if not step.closed and (step.fraction() or 0.0) < 1)
        top = next(at_work, outermost[-1] if outermost else None)
        if top is None or (fraction := top.fraction()) is None:
            return None
        key, before = self._percent
        self._percent = top.key, max(fraction * 100, before if key == top.key else 0.0)
        return round(self._percent[1], 2)

    def _drop_one(self) -> None:
        """Leaves out the oldest step that is over and has nothing below it; failing that, the oldest such in work.

        That one may never be closed: it counts no more either, or its parent would keep it.
        """
        above = {id(step.parent) for step in self._steps}
        leaves = [step for step in self._steps[:-1] if id(step) not in above]
        oldest = next((step for step in leaves if step.closed), leaves[0] if leaves else self._steps[-1])
        self._steps.remove(oldest)
        self.close(oldest)


def innermost() -> OpenStep | None:
    """The step in work that this code is within.

    Generators that are left in the middle leave their steps behind: a step that is over counts no more, and neither
    do those that were opened within it.
    """
    step = found = _step.get()
    while step is not None:
        if step.closed:
            found = step.parent
        step = step.parent
    return found


def within(step: OpenStep | None) -> None:
    """From here on, this context is within `step`, or none."""
    _step.set(step)


def leave(step: OpenStep) -> None:
    """From here on, this context is within what `step` is a part of."""
    # Not a token's reset: an abandoned generator may be closed in another context than it was opened in.
    if _step.get() is step:
        _step.set(step.parent)
