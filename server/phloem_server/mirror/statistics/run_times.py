"""How jobs went: how many ended in which way, and how long those that succeeded ran, in cells of a logarithmic scale.

A tally has the same size whatever it counts, tallies add up, and what was counted can be taken out again.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

STEP = 1.1
"""Each cell ends at so many times where it begins, so what is said of a run time is true within 5 %."""

SHORTEST, LONGEST = 0.001, 604_800.0
"""Seconds: what ran shorter or longer is counted with these."""

_CELLS = math.ceil(math.log(LONGEST / SHORTEST, STEP)) + 1
_FAILED, _UNTIMED, _FIRST = 0, 1, 2
_SCALE = 1 / math.log(STEP)


class Tally:
    """How often a job succeeded and failed, and the run times of its successes."""

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        self._cells = array("i", bytes(4 * (_FIRST + _CELLS)))

    @property
    def count(self) -> int:
        """All that ended."""
        return sum(self._cells)

    @property
    def failed(self) -> int:
        """Those of them that failed."""
        return self._cells[_FAILED]

    def add(self, cell: int, by: int = 1) -> None:
        """Counts what belongs into a cell, or takes it out again."""
        self._cells[cell] += by

    def subtract(self, other: Tally) -> None:
        """Takes out all that another tally counted."""
        self._cells = array("i", map(int.__sub__, self._cells, other._cells))

    def percentiles(self, percents: Iterable[float]) -> list[float | None]:
        """The run times, in seconds, that so many percent of the successes did not exceed; None where none is known."""
        sums = list(accumulate(self._cells[_FIRST:]))
        if sums[-1] <= 0:
            return [None for _ in percents]
        return [_seconds(bisect_left(sums, max(1, math.ceil(sums[-1] * percent / 100)))) for percent in percents]


def cell(failed: bool, ran: float | None) -> int:
    """Where a task that ended is counted; `ran` is how many seconds, None where nobody knows."""
    if failed:
        return _FAILED
    if ran is None:
        return _UNTIMED
    if ran <= SHORTEST:
        return _FIRST
    return _FIRST + min(_CELLS - 1, int(math.log(ran / SHORTEST) * _SCALE))


def _seconds(number: int) -> float:
    """The middle of a cell, to three figures: it knows no more."""
    return float(f"{SHORTEST * STEP ** (number + 0.5):.3g}")
