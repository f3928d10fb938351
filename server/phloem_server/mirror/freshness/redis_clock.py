"""How far this process is behind Redis, whose clock may be another."""

from __future__ import annotations

from collections import deque

_SAMPLES = 60
"""Comparisons of the two clocks that are kept, one a second: the best of a minute counts, and clocks drift slowly."""


class Lag:
    """Seconds from the moment at which Redis published a message to that at which it was heard here.

    Redis says when, by its own clock. Each request to it also compares the clocks: its time lies between those of
    asking and of being answered, so the quickest answer tells the difference best, to half of what it took. All times
    are Unix seconds.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._samples: deque[tuple[float, float]] = deque(maxlen=_SAMPLES)
        self._difference = 0.0

    def compare(self, asked: float, answered: float, at: float) -> None:
        """Notes that Redis' clock was at `at` between two times of ours."""
        self._samples.append((answered - asked, at - (asked + answered) / 2))
        _, self._difference = min(self._samples)

    def redis_time(self, now: float) -> float:
        """What Redis' clock shows when ours shows `now`."""
        return now + self._difference

    def rest(self) -> None:
        """Notes that nothing was published that is not known here."""
        self.seconds = 0.0

    def hear(self, published: float, now: float) -> None:
        """Notes a message that Redis published at `published`, by its clock."""
        self.seconds = max(0.0, now + self._difference - published)
