"""Rate and time left, computed from counts and times. The clock is the caller's."""

from __future__ import annotations

import math
from typing import SupportsFloat

import msgspec

from phloem.isolation import reraise_time_limit

SMOOTHING_SECONDS = 4.0
"""Time constant of the rate: long enough that it does not jump, short enough that it follows a change of pace."""

EXACT_LIMIT = 2**53
"""Up to here a float holds every whole number, and so does a number in a browser."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """A count at a moment, and the rate at which it grows, in units per second; None is not known.

    Times are in seconds, by any clock; `since` is that of the first sample.
    """

    since: float
    at: float
    current: float
    rate: float | None = None

    def seen(self, current: float, at: float) -> Pace:
        """The pace after another sample: the plain average at first, then an exponentially weighted one.

        A sample is weighted by the time that it covers, so the rate does not depend on how often it is taken.
        """
        elapsed = at - self.at
        if elapsed <= 0:
            return self
        latest = (current - self.current) / elapsed
        if latest < 0 or not math.isfinite(latest):  # the count started over, or the rate is too large for a float
            return Pace(since=at, at=at, current=current)
        weight = min(1.0, max(1 - math.exp(-elapsed / SMOOTHING_SECONDS), elapsed / (at - self.since)))
        before = self.rate or 0.0
        return Pace(since=self.since, at=at, current=current, rate=(before + weight * (latest - before)) or None)


def number(value: object) -> float | None:
    """`value` as a finite number; None if it is not one. A Decimal, a Fraction or a scalar of an array library is."""
    if isinstance(value, str | bytes | bytearray):
        return None
    # Plain numbers first: it takes microseconds to find out whether anything else can be converted.
    if not isinstance(value, int | float | SupportsFloat):
        return None
    try:
        found = float(value)
    except Exception as error:  # noqa: BLE001  # the conversion is code of the task
        reraise_time_limit(error)
        return None
    return found if math.isfinite(found) else None


def count(value: object) -> float:
    """`value` as a count that can be shown: a finite number that is not negative, else 0."""
    found = number(value)
    if found is None or found <= 0:
        return 0
    return int(found) if found <= EXACT_LIMIT and found.is_integer() else found


def goal(value: object) -> float | None:
    """`value` as a total: a finite number above zero; None, which is not known, for anything else."""
    return count(value) or None


def percent(current: float, total: float | None) -> float | None:
    """0 to 100, or None without a total."""
    return None if total is None else min(100.0, 100 * (current / total))


def seconds_left(current: float, total: float | None, rate: float | None) -> float | None:
    """Seconds until `current` reaches `total` at `rate` units per second; None if any of these is not known."""
    if total is None or not rate:
        return None
    left = max(0.0, (total - current) / rate)
    return left if math.isfinite(left) else None
