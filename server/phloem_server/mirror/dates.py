"""The places of tasks by a time that each of them has."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator
from math import floor


class Dates:
    """Places by whole seconds: what is of one second is sorted by whoever asks."""

    def __init__(self) -> None:
        self._seconds: dict[int, array[int]] = {}

    def move(self, place: int, old: float | None, new: float | None) -> None:
        """Puts a place from one time, in Unix seconds, to another; None where it has none."""
        before, after = None if old is None else floor(old), None if new is None else floor(new)
        if before == after:
            return
        if before is not None:
            second = self._seconds[before]
            del second[bisect_left(second, place)]
            if not second:
                del self._seconds[before]
        if after is not None:
            insort(self._seconds.setdefault(after, array("q")), place)

    def around(self, after: float, until: float) -> Iterator[array[int]]:
        """The places of each second that (after, until] is a part of, oldest first."""
        first, last = floor(after), floor(until)
        if last - first > len(self._seconds):  # the clock was set forward
            seconds = sorted(second for second in self._seconds if first <= second <= last)
        else:
            seconds = [second for second in range(first, last + 1) if second in self._seconds]
        for second in seconds:
            yield self._seconds[second]
