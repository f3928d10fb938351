"""What happens now, beside the hour before: a board that tells its history once, and then only what is new."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

import msgspec

from phloem_server.live.board_hub import OVERLAP
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.statistics.last_hour import SECONDS, Job, LastHour, Moment

EVERY = 1.0
"""Seconds between two parts, at least."""

KEPT = 2 * OVERLAP
"""Seconds for which a change is told again."""

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The last hour."""

    seconds: int = SECONDS
    """Seconds that a moment lasts."""

    moments: tuple[Moment, ...]
    """The hour in moments, the oldest first; the last one has just begun."""

    jobs: tuple[Job, ...]
    """How the tasks of each name went."""

    known: bool
    """False until the record was read."""

    stale_since: float | None
    """Since when Redis does not answer, in Unix seconds: what is shown is from before."""

    trouble: str | None
    """Says that Redis does not answer."""


class News(Generic[K, R]):
    """Which rows are not what they were when they were told last, and since when."""

    def __init__(self, key: Callable[[R], K]) -> None:
        self._key = key
        self._rows: dict[K, tuple[R, float]] = {}

    def take(self, rows: Iterable[R], now: float, *, known: bool = False) -> tuple[R, ...]:
        """Those of `rows` that changed in the last KEPT seconds; none of them if all are `known` to who looks."""
        before, self._rows = self._rows, {}
        for row in rows:
            key = self._key(row)
            same = key in before and before[key][0] == row
            self._rows[key] = row, -math.inf if known else before[key][1] if same else now
        return tuple(row for row, since in self._rows.values() if now - since <= KEPT)


class Now:
    """Paints the hour. Its methods may be called from any thread."""

    def __init__(
        self,
        relay: Follower,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._relay = relay
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._moments = News[int, Moment](lambda moment: moment.at)
        self._jobs = News[str | None, Job](lambda job: job.name)
        self._part: Picture | None = None
        self._parted_at = -math.inf
        self._replaced = 0

    def picture(self) -> Picture:
        """The whole hour."""
        painted, _ = self._paint()
        return msgspec.structs.replace(painted, jobs=tuple(job for job in painted.jobs if job.count))

    def part(self, known: bool) -> Picture | None:
        """What changed of late, made anew after EVERY seconds; with `known`, all that is so far counts as told.

        None when it is the hour of another record than before: jobs of that one may be gone.
        """
        with self._lock:
            now = self._monotonic()
            if self._part is not None and now - self._parted_at < EVERY and not known:
                return self._part
            painted, replaced = self._paint()
            another, self._replaced = replaced != self._replaced, replaced
            known = known or another
            moments = self._moments.take(painted.moments, now, known=known)
            jobs = self._jobs.take(painted.jobs, now, known=known)
            self._part, self._parted_at = msgspec.structs.replace(painted, moments=moments, jobs=jobs), now
            return None if another else self._part

    def _paint(self) -> tuple[Picture, int]:
        """The whole, and of which record it is."""
        relay = self._relay
        with relay.lock:
            # While Redis is away, time stands still: nothing is known of what goes on.
            now = self._clock() if relay.live else relay.status_since
            hour = relay.index.statistic(LastHour)
            picture = Picture(
                moments=tuple(hour.moments(relay.index.totals, now)),
                jobs=tuple(hour.jobs(now)),
                known=relay.known,
                stale_since=None if relay.live or not relay.known else relay.status_since,
                trouble=None if relay.live or not relay.known else "Redis does not answer.",
            )
            return picture, relay.mirror.replaced
