"""What ran in a range of days, in figures, from the record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

import msgspec

from phloem.model.changes import Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.model.times import waited
from phloem.record.record import Channel

FAILED = frozenset({State.FAILURE, State.LOST})

DAY_SECONDS = 86400.0

READS = 10
"""Most reads of the record: each takes in what changed during the one before."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The distribution of some durations, in seconds; None where there are none."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    longest: float | None = None

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        """The percentiles, interpolated linearly (method 7 of Hyndman and Fan, as NumPy's)."""
        ordered = sorted(seconds)
        if not ordered:
            return cls()
        return cls(
            p50=percentile(ordered, 50), p95=percentile(ordered, 95), p99=percentile(ordered, 99), longest=ordered[-1]
        )


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of job: how many ended, and how. `waits` are from when they could start until they did."""

    name: str
    ended: int
    succeeded: int
    failed: int
    revoked: int
    lost: int
    retries: int
    waits: Spread
    times: Spread


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """An hour or a day of the plot: when it begins (Unix seconds), how many ended well in it, and how many not."""

    start: float
    succeeded: int
    failed: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks, all or those of one owner, that ended on the days from `first` to `last`, both included, in UTC."""

    first: date
    last: date
    tasks: tuple[Task, ...]

    @classmethod
    def read(cls, channel: Channel, first: date, last: date, owner: str | None = None) -> History:
        """Reads the tasks from the record, in the order in which they ended; with an `owner`, only theirs.

        Raises ChannelError if that fails.
        """
        start, end = beginning(first), beginning(last) + DAY_SECONDS
        found: dict[str, Task] = {}
        position, pages = Position(), 0
        # A task that changes meanwhile comes again, and may have begun anew. A read of a single page was the last one.
        for _ in range(READS):
            before = pages
            for changes in channel.changed(position):
                pages, position = pages + 1, Position(epoch=changes.epoch, offset=changes.to)
                if changes.reset:
                    found.clear()
                for gone in changes.drop:
                    found.pop(gone, None)
                for task in changes.tasks:
                    found.pop(task.id, None)
                found.update(
                    {
                        task.id: task
                        for task in changes.tasks
                        if start <= (task.finished_at or 0) < end and owner in (None, task.owner)
                    }
                )
            if pages == before + 1:
                break
        return cls(first=first, last=last, tasks=tuple(sorted(found.values(), key=lambda task: task.finished_at or 0)))

    @property
    def title(self) -> str:
        """The day, or the range of days, as text."""
        if self.first == self.last:
            return f"{self.first:%-d %B %Y}"
        return f"{self.first:%-d %B %Y} to {self.last:%-d %B %Y}"

    @property
    def failures(self) -> tuple[Task, ...]:
        """The tasks that failed or were lost, the last first."""
        return tuple(task for task in reversed(self.tasks) if task.state in FAILED)

    def jobs(self) -> list[Job]:
        """Each kind of job, the one that ran most first."""
        by_name: defaultdict[str, list[Task]] = defaultdict(list)
        for task in self.tasks:
            by_name[task.name or "unknown"].append(task)
        lines = [_job(name, tasks) for name, tasks in by_name.items()]
        return sorted(lines, key=lambda job: (-job.ended, job.name))

    def bars(self) -> list[Bar]:
        """What ended in each hour of one day, or on each of several days."""
        width = DAY_SECONDS / 24 if self.first == self.last else DAY_SECONDS
        start = beginning(self.first)
        count = round((beginning(self.last) + DAY_SECONDS - start) / width)
        good, bad = Counter[int](), Counter[int]()
        for task in self.tasks:
            place = int(((task.finished_at or 0) - start) // width)
            good[place] += task.state is State.SUCCESS
            bad[place] += task.state in FAILED
        return [Bar(start=start + i * width, succeeded=good[i], failed=bad[i]) for i in range(count)]


def _job(name: str, tasks: Sequence[Task]) -> Job:
    states = Counter(task.state for task in tasks)
    return Job(
        name=name,
        ended=len(tasks),
        succeeded=states[State.SUCCESS],
        failed=states[State.FAILURE],
        revoked=states[State.REVOKED],
        lost=states[State.LOST],
        retries=sum(task.retries for task in tasks),
        waits=Spread.of(_waits(tasks)),
        times=Spread.of(
            max(0.0, task.finished_at - task.started_at)
            for task in tasks
            if task.started_at is not None and task.finished_at is not None
        ),
    )


def _waits(tasks: Iterable[Task]) -> Iterator[float]:
    """The time each task waited for its last try, in seconds."""
    return (seconds for task in tasks if (seconds := waited(task)) is not None)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the ordered values are, interpolated linearly."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def beginning(day: date) -> float:
    """The midnight at which a day begins in UTC, in Unix seconds."""
    return datetime.combine(day, time(), UTC).timestamp()
