"""All steps of a run, in the order in which they were opened, and how much of the whole is done."""

from __future__ import annotations

import math
import threading

from phloem.progress.steps import OpenStep

STEPS_SHOWN = 100
"""Steps of one run that are reported; beyond that, the oldest that ended are left out."""


class Outline:
    """The steps of one run that are reported. Safe to use from several threads."""

    def __init__(self) -> None:
        self._steps: list[OpenStep] = []
        self._top_level = 0
        self._percent: tuple[str, float] = ("", 0.0)
        self._taken_back: set[str] = set()
        self._first_ended = math.inf
        self._lock = threading.RLock()

    def open(self, step: OpenStep) -> None:
        """Adds a step and gives it its key: "2" at the top, "2.1" below "2"."""
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
        """Removes a step from the parts in work of its parent; it is still reported."""
        with self._lock:
            if step.parent is None:
                if step.measured and step.figures()[0] > 0:
                    self._first_ended = min(self._first_ended, int(step.key))
            elif step in step.parent.parts:
                step.parent.parts.remove(step)
                step.parent.parts_ended += 1

    def discard(self, step: OpenStep) -> None:
        """Removes a step and all steps below it from what is reported."""
        with self._lock:
            below = f"{step.key}."
            self._steps = [each for each in self._steps if each is not step and not each.key.startswith(below)]

    def steps(self) -> list[OpenStep]:
        """The steps that are reported, in the order in which they were opened."""
        with self._lock:
            return list(self._steps)

    def look(self) -> list[OpenStep]:
        """Looks at all steps that are reported, and returns them: what is told of them fits together."""
        steps = self.steps()
        self._taken_back.update(step.key for step in steps if step.look())
        return steps

    def percent(self) -> float | None:
        """Percent of the whole when it was last looked at, 0 to 100; None if that is not known.

        The whole is the outermost step in work; of several, the one that was opened first. The percentage falls only
        where the task says so: where this step, or a part of it, gets another total or counts less than before.

        Where outermost steps follow each other nobody knows how many there will be: once one that had a percentage has
        ended there is none for those after it, until all that began are done.
        """
        outermost = [step for step in self.steps() if step.parent is None]
        in_work = (step for step in outermost if not step.closed and (step.fraction() or 0.0) < 1)
        top = next(in_work, outermost[-1] if outermost else None)
        if top is None or (fraction := top.fraction()) is None or (top.closed and not top.measured):
            return None
        taken_back, self._taken_back = self._taken_back, set()
        key, before = self._percent
        falls = key != top.key or any(f"{each}.".startswith(f"{key}.") for each in taken_back)
        self._percent = top.key, fraction * 100 if falls else max(fraction * 100, before)
        percent = self._percent[1]
        if percent < 100 and self._follows_another(top, outermost):
            return None
        return round(percent, 2) if percent >= 100 else min(round(percent, 2), 99.99)

    def done(self) -> bool:
        """Whether there are outermost steps, all of them are done, and none was left short of its total.

        Where a run succeeds, that is the whole.
        """
        outermost = [step for step in self.steps() if step.parent is None]
        return bool(outermost) and all(step.done and step.fraction() in (None, 1.0) for step in outermost)

    def _follows_another(self, top: OpenStep, outermost: list[OpenStep]) -> bool:
        """Whether a step that had a percentage ended, or is complete, before this one."""
        complete = (not step.closed and (step.fraction() or 0.0) >= 1 for step in outermost[: outermost.index(top)])
        return self._first_ended < int(top.key) or any(complete)

    def _drop_one(self) -> None:
        """Drops the oldest step that ended and has no steps below it; failing that, the oldest such step in work.

        A dropped step is closed as well: one in work may never be ended, and its parent would keep it for ever.
        """
        above = {id(step.parent) for step in self._steps}
        leaves = [step for step in self._steps[:-1] if id(step) not in above]
        oldest = next((step for step in leaves if step.closed), leaves[0] if leaves else self._steps[-1])
        self._steps.remove(oldest)
        self.close(oldest)
