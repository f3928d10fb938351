"""When a record that is out of reach is tried again."""

from __future__ import annotations

import random

SLOWEST_RETRY_SECONDS = 2.0
"""Longest pause before a record that is out of reach is tried again."""

_DOUBLINGS = 10

_random = random.SystemRandom()
"""Not the shared generator: a task that has seeded it counts on its numbers."""


def retry_pause(failures: int, first: float, slowest: float) -> float:
    """Seconds until the next try after so many failures in a row: twice as long each time, less a random part."""
    pause: float = min(slowest, first * 2.0 ** min(failures, _DOUBLINGS))
    return pause * _random.uniform(0.5, 1)
