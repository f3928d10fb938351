"""Token buckets: each allows so many within a time, and as many at once after a quiet time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

from phloem_server.settings.limits import Rate

BUCKETS_LIMIT = 20_000
"""Buckets that are remembered; beyond that, those which have been quiet for longest are forgotten, and full again."""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What is left in a bucket after something was taken, or was not."""

    allowed: bool
    rate: Rate
    remaining: int
    """What may be taken at once."""
    again: float
    """Seconds until it may be tried again; 0 where it was allowed."""
    full: float
    """Seconds until the bucket is full."""


class Buckets:
    """The buckets of one kind, by their keys. `clock` gives monotonic seconds. Safe to use from several threads."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # level and time; the one that was used last comes last

    def take(self, key: str, count: int = 1) -> Left:
        """Takes so many, if there is anything left.

        Something larger than what is left is allowed, and the next waits until that is made up for: an upload may be
        larger than the whole bucket.
        """
        now, rate = self._clock(), self._rate
        with self._lock:
            level, at = self._buckets.pop(key, (float(rate.count), now))
            level = min(float(rate.count), level + (now - at) * rate.count / rate.seconds)
            allowed = level >= min(1, count)
            if allowed:
                level -= count
            self._buckets[key] = (level, now)
            if len(self._buckets) > BUCKETS_LIMIT:
                del self._buckets[next(iter(self._buckets))]
        pace = rate.seconds / rate.count
        return Left(
            allowed=allowed,
            rate=rate,
            remaining=max(0, int(level)),
            again=0.0 if allowed else (1 - level) * pace,
            full=(rate.count - level) * pace,
        )
