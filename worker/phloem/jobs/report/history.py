"""What ran in a stretch of days, in figures, from the record that Redis keeps of all tasks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

import msgspec

from phloem.model.changes import Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.record import Channel

FAILED = frozenset({State.FAILURE, State.LOST})

DAY = 86400.0

READINGS = 10
"""Times that the record is read on, at most: each takes in what changed while the last was under way."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How some durations lie, in seconds; None where there are none."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    longest: float | None = None

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        """The percentiles, between two durations in proportion (method 7 of Hyndman and Fan, as NumPy's)."""
        ordered = sorted(seconds)
        if not ordered:
            return cls()
        return cls(
            p50=percentile(ordered, 50), p95=percentile(ordered, 95), p99=percentile(ordered, 99), longest=ordered[-1]
        )


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of job: how many ended, and how. `waits` is from when they might start until they did."""

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
    """All tasks that ended from the beginning of `first` to the end of `last`, in UTC."""

    first: date
    last: date
    tasks: tuple[Task, ...]

    @classmethod
    def read(cls, channel: Channel, first: date, last: date) -> History:
        """Reads it from the record, in the order in which the tasks ended. ChannelError where that cannot be read."""
        start, end = beginning(first), beginning(last) + DAY
        found: dict[str, Task] = {}
        position, pages = Position(), 0
        # One that changes meanwhile is met again, and may have begun anew. A single page is all that was left to read.
        for _ in range(READINGS):
            before = pages
            for changes in channel.changed(position):
                pages, position = pages + 1, Position(epoch=changes.epoch, offset=changes.to)
                if changes.reset:
                    found.clear()
                for gone in changes.drop:
                    found.pop(gone, None)
                for task in changes.tasks:
                    found.pop(task.id, None)
                found.update({task.id: task for task in changes.tasks if start <= (task.finished_at or 0) < end})
            if pages == before + 1:
                break
        return cls(first=first, last=last, tasks=tuple(sorted(found.values(), key=lambda task: task.finished_at or 0)))

    @property
    def title(self) -> str:
        """The day or the stretch of days, in words."""
        if self.first == self.last:
            return f"{self.first:%-d %B %Y}"
        return f"{self.first:%-d %B %Y} to {self.last:%-d %B %Y}"

    @property
    def failures(self) -> tuple[Task, ...]:
        """Those that failed or were lost, the last first."""
        return tuple(task for task in reversed(self.tasks) if task.state in FAILED)

    def jobs(self) -> list[Job]:
        """A line for each kind of job, those that ran most first."""
        by_name: defaultdict[str, list[Task]] = defaultdict(list)
        for task in self.tasks:
            by_name[task.name or "unknown"].append(task)
        lines = [_job(name, tasks) for name, tasks in by_name.items()]
        return sorted(lines, key=lambda job: (-job.ended, job.name))

    def bars(self) -> list[Bar]:
        """What ended in each hour of the one day, or on each of several days."""
        width = DAY / 24 if self.first == self.last else DAY
        start = beginning(self.first)
        count = round((beginning(self.last) + DAY - start) / width)
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
    """From when each might start to its start. Of one that was tried again, the first start is not known."""
    for task in tasks:
        if task.started_at is not None and task.created_at is not None and not task.retries:
            yield max(0.0, task.started_at - max(task.created_at, task.eta or 0))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the ordered values lie, in proportion between two of them."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def beginning(day: date) -> float:
    """Midnight at which a day begins, UTC, in Unix seconds."""
    return datetime.combine(day, time(), UTC).timestamp()
