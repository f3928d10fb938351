"""The step of a bar: what it shows of the bar is read from the bar when it is sampled."""

from __future__ import annotations

import weakref
from typing import Any

from phloem.progress import steps
from phloem.progress.current import current
from phloem.progress.rate import count, goal, number
from phloem.progress.steps import OpenStep


class BarStep(OpenStep):
    """The step of a bar. It shows `unit_scale` times as many units as the bar counts, where that is a number."""

    def __init__(self, bar: Any, description: str) -> None:
        # Weak: a bar that nobody holds any more closes itself.
        self._bar = weakref.ref(bar)
        self._scale: float = 1
        super().__init__(current(), steps.innermost(), description, bar.total, bar.unit)

    def figures(self) -> tuple[float, float | None]:
        """Current and total of the bar at this moment; of one that is gone, its last ones."""
        if (bar := self._bar()) is not None and not self.closed:
            self.current, self.total, self.unit = bar.n, bar.total, bar.unit
            self._scale = 1 if isinstance(bar.unit_scale, bool) else number(bar.unit_scale) or 1
        current, total = count(self.current), goal(self.total)
        if self._scale == 1:
            return current, total
        return count(current * self._scale), None if total is None else goal(total * self._scale)

    def finish(self, *, done: bool | None = None) -> None:
        """Ends the step. It is done as `done` says, or else if it has reached its total, or has none."""
        current, total = self.figures()
        super().finish(done=total is None or current >= total if done is None else done)
