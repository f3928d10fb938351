"""All steps of a run, in the order in which they were opened, and how much of the whole is done."""

from __future__ import annotations

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
            if step.parent is not None and step in step.parent.parts:
                step.parent.parts.remove(step)

    def discard(self, step: OpenStep) -> None:
        """Removes a step and all steps below it from what is reported."""
        with self._lock:
            below = f"{step.key}."
            self._steps = [each for each in self._steps if each is not step and not each.key.startswith(below)]

    def steps(self) -> list[OpenStep]:
        """The steps that are reported, in the order in which they were opened."""
        with self._lock:
            return list(self._steps)

    def percent(self) -> float | None:
        """Percent of the whole, 0 to 100; None if it has no total.

        The whole is the outermost step in work; of several, the one that was opened first. The percentage never falls
        while that step lasts, also where several parts take turns within one unit of it.
        """
        outermost = [step for step in self.steps() if step.parent is None]
        in_work = (step for step in outermost if not step.closed and (step.fraction() or 0.0) < 1)
        top = next(in_work, outermost[-1] if outermost else None)
        if top is None or (fraction := top.fraction()) is None:
            return None
        key, before = self._percent
        self._percent = top.key, max(fraction * 100, before if key == top.key else 0.0)
        return round(self._percent[1], 2)

    def _drop_one(self) -> None:
        """Drops the oldest step that ended and has no steps below it; failing that, the oldest such step in work.

        A dropped step is closed as well: one in work may never be ended, and its parent would keep it for ever.
        """
        above = {id(step.parent) for step in self._steps}
        leaves = [step for step in self._steps[:-1] if id(step) not in above]
        oldest = next((step for step in leaves if step.closed), leaves[0] if leaves else self._steps[-1])
        self._steps.remove(oldest)
        self.close(oldest)
