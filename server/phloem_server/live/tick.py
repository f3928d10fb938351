"""How often viewers are told what changed."""

from __future__ import annotations

QUICK = 0.025
"""Seconds between two frames of one view where telling is soon done: changes in between are told together."""

TICK = 0.05
"""The same where it is not."""

EASY = 0.1
"""A tick shorter than TICK spends no more than this share of the time on telling."""

LONGEST = 1.0

SHARE = 2.0
"""A tick is at least so many times what telling everybody takes: the rest of it is for what they are told of."""


class Pace:
    """A tick that grows at once with what telling takes, or with how far we are behind Redis, and shrinks by and by."""

    def __init__(self) -> None:
        self.tick = QUICK

    def told(self, took: float, lag: float) -> float:
        """Takes in how long it took to tell everybody. Seconds to wait until they are told again."""
        needed = min(LONGEST, max(QUICK, min(TICK, took / EASY), SHARE * took, lag / 2))
        self.tick = max(needed, self.tick / 2)
        return self.tick
