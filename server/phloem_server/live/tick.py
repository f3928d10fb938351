"""How often clients are told what changed."""

from __future__ import annotations

QUICK = 0.025
"""Seconds between two frames of one view where sending is soon done: changes in between are told together."""

USUAL = 0.05
"""The same where it is not."""

EASY_SHARE = 0.1
"""A tick shorter than USUAL spends no more than this share of the time on sending."""

LONGEST = 1.0
"""Seconds that a tick has at most."""

SHARE = 2.0
"""A tick is at least so many times what sending to all takes: the rest of it is for what they are told of."""


class Tick:
    """Seconds from one frame to the next.

    They grow at once with what sending takes, or with the lag behind Redis, and shrink by and by.
    """

    def __init__(self) -> None:
        self.seconds = QUICK

    def adapt(self, took: float, lag: float) -> float:
        """Takes in how many seconds sending to all took, and the lag. Seconds to wait until the next time."""
        needed = min(LONGEST, max(QUICK, min(USUAL, took / EASY_SHARE), SHARE * took, lag / 2))
        self.seconds = max(needed, self.seconds / 2)
        return self.seconds
