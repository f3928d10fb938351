"""How far, how fast, how long still: arithmetic only, the clock comes from outside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import SupportsFloat

from phloem.isolation import spare

SMOOTHING = 4.0
"""Seconds over which the rate forgets: long enough not to jump, short enough to follow a change of pace."""

EXACT = 2**53
"""Up to here every whole number is also a float, and a number in a browser."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """A count seen at a moment, and the rate at which it has been growing (units per second; None: not known).

    `since` is when the looks began.
    """

    since: float
    at: float
    current: float
    rate: float | None = None

    def seen(self, current: float, at: float) -> Pace:
        """The pace after another look: the plain average at first, then one that forgets exponentially.

        A look counts by the time it covers, so it does not matter how often somebody looks.
        """
        elapsed = at - self.at
        if elapsed <= 0:
            return self
        latest = (current - self.current) / elapsed
        if latest < 0 or not math.isfinite(latest):  # it started over, or cannot be told
            return Pace(since=at, at=at, current=current)
        weight = min(1.0, max(1 - math.exp(-elapsed / SMOOTHING), elapsed / (at - self.since)))
        before = self.rate or 0.0
        return Pace(since=self.since, at=at, current=current, rate=(before + weight * (latest - before)) or None)


def number(value: object) -> float | None:
    """`value` as a finite number, if it is one: also a Decimal, a Fraction, or a scalar of an array library."""
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, SupportsFloat):
        return None
    try:
        found = float(value)
    except Exception as error:  # noqa: BLE001  # whatever a stranger's number does when it is looked at
        spare(error)
        return None
    return found if math.isfinite(found) else None


def count(value: object) -> float:
    """`value` as a count that can be shown: a finite number that is not negative, else 0."""
    found = number(value)
    if found is None or found <= 0:
        return 0
    return int(found) if found <= EXACT and found.is_integer() else found


def goal(value: object) -> float | None:
    """`value` as a total: a finite number above zero, else None, which means that nobody knows."""
    return count(value) or None


def percent(current: float, total: float | None) -> float | None:
    """0 to 100, or None without a total."""
    return None if total is None else min(100.0, 100 * (current / total))


def seconds_left(current: float, total: float | None, rate: float | None) -> float | None:
    """Seconds until `current` reaches `total` at `rate`; None where one of them is not known, or the answer is."""
    if total is None or not rate:
        return None
    left = max(0.0, (total - current) / rate)
    return left if math.isfinite(left) else None
