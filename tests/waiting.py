"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SHORTEST, LONGEST = 0.02, 0.25
"""Seconds between two looks: the first ones, and those of who has waited for a while.

Most tests wait, several at a time, and a look is often a request: fifty a second took a fifth of a core for each.
"""


def wait_until(condition: Callable[[], T], deadline: float = 10.0, what: str | Callable[[], str] = "") -> T:
    """The first true value of `condition`; AssertionError after `deadline` seconds without one.

    `what` says what was waited for, or how things stand at the end.
    """
    start = time.monotonic()
    while True:
        if value := condition():
            return value
        waited = time.monotonic() - start
        if waited > deadline:
            text = what() if callable(what) else what
            raise AssertionError(f"not within {deadline:g} s: {text or condition}")
        time.sleep(min(SHORTEST + waited / 10, LONGEST))
