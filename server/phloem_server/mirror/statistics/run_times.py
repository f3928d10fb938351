"""A histogram of run times on a logarithmic scale, with counts of failures.

A tally has a fixed size, tallies can be added up, and what was counted can be subtracted again.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

STEP = 1.1
"""The upper bound of a cell divided by its lower bound: percentiles are exact within 5 %."""

SHORTEST, LONGEST = 0.001, 604_800.0
"""Run times in seconds; shorter and longer ones are counted as these."""

_CELLS = math.ceil(math.log(LONGEST / SHORTEST, STEP)) + 1
_FAILED, _UNTIMED, _FIRST = 0, 1, 2
_SCALE = 1 / math.log(STEP)


class Tally:
    """How often a job failed, and the run times of its successes."""

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        self._cells = array("i", bytes(4 * (_FIRST + _CELLS)))

    @property
    def count(self) -> int:
        """Tasks that ended."""
        return sum(self._cells)

    @property
    def failed(self) -> int:
        """Tasks that failed."""
        return self._cells[_FAILED]

    def add(self, cell: int, by: int = 1) -> None:
        """Adds `by` to a cell; a negative number subtracts."""
        self._cells[cell] += by

    def subtract(self, other: Tally) -> None:
        """Subtracts all that another tally counted."""
        self._cells = array("i", map(int.__sub__, self._cells, other._cells))

    def percentiles(self, percents: Iterable[float]) -> list[float | None]:
        """Percentiles of the run times of successes, in seconds; None where no run time is known."""
        sums = list(accumulate(self._cells[_FIRST:]))
        if sums[-1] <= 0:
            return [None for _ in percents]
        return [_seconds(bisect_left(sums, max(1, math.ceil(sums[-1] * percent / 100)))) for percent in percents]


def cell(failed: bool, ran: float | None) -> int:
    """The cell of a task that ended; `ran` is its run time in seconds, None where it is unknown."""
    if failed:
        return _FAILED
    if ran is None:
        return _UNTIMED
    if ran <= SHORTEST:
        return _FIRST
    return _FIRST + min(_CELLS - 1, int(math.log(ran / SHORTEST) * _SCALE))


def _seconds(number: int) -> float:
    """The middle of a cell, rounded to three significant digits, which is its precision."""
    return float(f"{SHORTEST * STEP ** (number + 0.5):.3g}")
