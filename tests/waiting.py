"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], deadline: float = 10.0, what: str | Callable[[], str] = "") -> T:
    """The first true value of `condition`; AssertionError after `deadline` seconds without one.

    `what` says what was waited for, or how things stand at the end.
    """
    end = time.monotonic() + deadline
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            text = what() if callable(what) else what
            raise AssertionError(f"not within {deadline:g} s: {text or condition}")
        time.sleep(0.02)
