"""How far this process is behind Redis, whose clock may be another."""

from __future__ import annotations

from collections import deque

_KEPT = 60
"""Comparisons of the two clocks, one a second: the best of a minute counts, and clocks drift slowly."""


class Lag:
    """Seconds from the moment at which Redis published something to that at which it was taken in here.

    Redis says when, by its own clock. Each question to it also compares the clocks: its time lies between those of
    asking and of being answered, so the quickest answer tells the difference best, to half of what it took.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._samples: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._difference = 0.0

    def compare(self, asked: float, answered: float, at: float) -> None:
        """Takes in that Redis' clock was at `at` between two times of ours."""
        self._samples.append((answered - asked, at - (asked + answered) / 2))
        _, self._difference = min(self._samples)

    def rest(self) -> None:
        """Takes in that nothing was published that is not known here."""
        self.seconds = 0.0

    def hear(self, published: float, now: float) -> None:
        """Takes in a message that Redis published at `published`, by its clock."""
        self.seconds = max(0.0, now + self._difference - published)
