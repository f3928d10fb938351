"""The board of the last hour, which is sent whole once, and then in parts that hold what changed."""

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
from phloem_server.mirror.statistics.queue_levels import WaitingByQueue
from phloem_server.mirror.statistics.releases import Release, Releases

PART_SECONDS = 1.0
"""Between two parts, at least."""

REPEAT_SECONDS = 2 * OVERLAP
"""For which a change is in every part, so that each part fits on any whole picture of late."""

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

    waiting_by_queue: WaitingByQueue
    """How many tasks waited in each queue."""

    releases: tuple[Release, ...]
    """Where a release of an application took the place of another one, the oldest first; at most 20."""

    known: bool
    """False until the record was read."""

    stale_since: float | None
    """Since when Redis does not answer, in Unix seconds: what is shown is from before."""

    trouble: str | None
    """Says that Redis does not answer."""


class News(Generic[K, R]):
    """The rows that differ from when they were taken last, and since when."""

    def __init__(self, key: Callable[[R], K]) -> None:
        self._key = key
        self._rows: dict[K, tuple[R, float]] = {}

    def take(self, rows: Iterable[R], now: float, *, known: bool = False) -> tuple[R, ...]:
        """Those of `rows` that changed in the last REPEAT_SECONDS. With `known`, clients have all of them: none."""
        before, self._rows = self._rows, {}
        for row in rows:
            key = self._key(row)
            same = key in before and before[key][0] == row
            self._rows[key] = row, -math.inf if known else before[key][1] if same else now
        return tuple(row for row, since in self._rows.values() if now - since <= REPEAT_SECONDS)


class ActivityBoard:
    """Makes the pictures. Its methods may be called from any thread."""

    def __init__(
        self,
        follower: Follower,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._follower = follower
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._moments = News[int, Moment](lambda moment: moment.at)
        self._jobs = News[str | None, Job](lambda job: job.name)
        self._levels = News[int, tuple[int, ...]](lambda row: row[0])
        self._queues: tuple[str, ...] = ()
        self._part: Picture | None = None
        self._parted_at = -math.inf
        self._replaced = 0

    def picture(self) -> Picture:
        """The whole hour."""
        made, _ = self._make()
        by_queue = made.waiting_by_queue
        some = tuple(row for row in by_queue.levels if any(row[1:]))
        return msgspec.structs.replace(
            made,
            jobs=tuple(job for job in made.jobs if job.count),
            waiting_by_queue=msgspec.structs.replace(by_queue, levels=some),
        )

    def part(self, known: bool) -> Picture | None:
        """What changed of late, made anew after PART_SECONDS; with `known`, clients have all that there is so far.

        None when it is the hour of another record than before: jobs of that one may be gone. So it is when other queues
        are shown than before.
        """
        with self._lock:
            now = self._monotonic()
            if self._part is not None and now - self._parted_at < PART_SECONDS and not known:
                return self._part
            made, replaced = self._make()
            by_queue = made.waiting_by_queue
            another = (replaced, by_queue.queues) != (self._replaced, self._queues) and not known
            self._replaced, self._queues = replaced, by_queue.queues
            known = known or another
            moments = self._moments.take(made.moments, now, known=known)
            jobs = self._jobs.take(made.jobs, now, known=known)
            levels = self._levels.take(by_queue.levels, now, known=known)
            by_queue = msgspec.structs.replace(by_queue, levels=levels)
            self._part, self._parted_at = (
                msgspec.structs.replace(made, moments=moments, jobs=jobs, waiting_by_queue=by_queue),
                now,
            )
            return None if another else self._part

    def _make(self) -> tuple[Picture, int]:
        """The whole hour, and how many times the record was replaced by then."""
        follower = self._follower
        with follower.lock:
            # While Redis is away the clock stands still, as it is not known what goes on.
            now = self._clock() if follower.live else follower.status.since
            hour = follower.index.statistic(LastHour)
            picture = Picture(
                moments=tuple(hour.moments(follower.index.totals, now)),
                jobs=tuple(hour.jobs(now)),
                waiting_by_queue=hour.waiting_by_queue(now),
                releases=tuple(follower.index.statistic(Releases).marks()),
                known=follower.known,
                stale_since=None if follower.live or not follower.known else follower.status.since,
                trouble=None if follower.live or not follower.known else "Redis does not answer.",
            )
            return picture, follower.mirror.replaced
