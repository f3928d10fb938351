"""The last hour: how many tasks ended, waited and ran in each ten seconds, and how each job went.

All figures come from the times that tasks carry, so they are complete as soon as the record was read, and processes
that read the same record agree. The record keeps only the last try of a task: a process that saw earlier tries has
counted them, one that started later has not.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Mapping

import msgspec

from phloem.model.state import State
from phloem.model.task import Task
from phloem.model.times import ran
from phloem_server.mirror.statistics import run_times
from phloem_server.mirror.statistics.queue_levels import QueueLevels, WaitingByQueue
from phloem_server.mirror.statistics.run_times import Tally

SECONDS = 10
"""Seconds of one interval: an hour has 360, about as many as a plot can show on a narrow screen."""

MINUTES = 60
"""Minutes that are kept, the current one included. They expire whole, so all figures cover the same time."""

AHEAD_MINUTES = 1
"""Minutes by which a worker's clock may be ahead of ours; times beyond are ignored."""

JOBS_LIMIT = 100
"""Jobs that are counted by name, which bounds an hour to 6 MB; others are counted together, under None."""

_INTERVALS = 60 // SECONDS
_OK, _FAILED, _RETRIED, _WAITING, _RUNNING, _RETRYING, _WIDTH = range(7)

_ENDS: Mapping[State, int] = {State.SUCCESS: _OK, State.FAILURE: _FAILED, State.LOST: _FAILED}
_LEVELS: Mapping[State, int] = {
    State.PENDING: _WAITING,
    State.RECEIVED: _WAITING,
    State.STARTED: _RUNNING,
    State.PROGRESS: _RUNNING,
    State.RETRY: _RETRYING,
}


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """Ten seconds: what ended in them, and what there was at their end."""

    at: int
    """When it begins, in Unix seconds."""

    ok: int
    """Count of tasks that succeeded."""

    failed: int
    """Count of tasks that failed or were lost."""

    retried: int
    """Count of tasks that were tried again."""

    waiting: int
    """Count of tasks that waited at its end (PENDING, RECEIVED)."""

    running: int
    """Count of tasks that ran at its end."""

    retrying: int
    """Count of tasks that waited for another try at its end."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """How the tasks of one name went in the last hour."""

    name: str | None
    """Name of the tasks. Without one: tasks whose name is unknown, and those of names beyond the first {JOBS_LIMIT}."""

    count: int
    """Count of tasks that ended."""

    failed: int
    """Count of those that failed or were lost."""

    p50: float | None
    """Seconds that half of those that succeeded ran at most, within 5 %."""

    p95: float | None
    """Seconds that 95 % of those that succeeded ran at most, within 5 %."""

    p99: float | None
    """Seconds that 99 % of those that succeeded ran at most, within 5 %."""


class _Minute:
    """For each interval, how many tasks ended, and the change of how many waited and ran."""

    __slots__ = ("changes", "jobs")

    def __init__(self) -> None:
        self.changes = array("i", bytes(4 * _INTERVALS * _WIDTH))
        self.jobs: dict[str | None, Tally] = {}


class LastHour:
    """Counts per interval and job. `clock` gives Unix seconds. The caller holds the mirror's lock."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._minutes: dict[int, _Minute] = {}
        self._jobs: dict[str | None, Tally] = {}
        self._over: set[str | None] = set()
        self._told: dict[str | None, Job] = {}
        self._queues = QueueLevels(MINUTES * _INTERVALS)

    def note(self, old: Task | None, new: Task | None) -> None:
        """Takes in a task that changed, was added (no `old`) or was removed (no `new`)."""
        if new is None:
            if old is not None and old.state in _LEVELS:
                self._step(_LEVELS[old.state], None, self._clock(), old.queue)
            return  # its end stays counted
        if old is not None:
            if old.queue != new.queue:
                self._requeue(old, new.queue)
            same = old.state is new.state and old.retries == new.retries
            if same and (new.state not in _ENDS or _end(old) == _end(new)):
                return
            if old.state in _ENDS:
                self._end(old, -1)
        if new.state in _ENDS:
            self._end(new, 1)
        if new.retries > (0 if old is None else old.retries):
            self._change(new.received_at, _RETRIED, 1)
        for here, there, at in _steps(old, new):
            self._step(here, there, at, new.queue)

    def moments(self, totals: Mapping[State, int], now: float) -> list[Moment]:
        """The hour up to `now`, newest moment last; `totals` are the tasks in each state at `now`.

        Levels are counted back from `totals`, so an incomplete past never makes the present wrong.
        """
        self._expire(now)
        levels = [0, 0, 0]
        for state, level in _LEVELS.items():
            levels[level - _WAITING] += totals[state]
        waiting, running, retrying = levels
        found: list[Moment] = []
        for number in _intervals(now):
            minute = self._minutes.get(number // _INTERVALS)
            at = number % _INTERVALS * _WIDTH
            ok, failed, retried, more, run, retry = minute.changes[at : at + _WIDTH] if minute else (0,) * _WIDTH
            found.append(
                Moment(
                    number * SECONDS,
                    max(0, ok),
                    max(0, failed),
                    max(0, retried),
                    max(0, waiting),
                    max(0, running),
                    max(0, retrying),
                )
            )
            waiting, running, retrying = waiting - more, running - run, retrying - retry
        return found[::-1]

    def waiting_by_queue(self, now: float) -> WaitingByQueue:
        """How many tasks waited in each queue, in the same moments."""
        self._expire(now)
        intervals = _intervals(now)
        return self._queues.levels(intervals[0], len(intervals), SECONDS)

    def jobs(self, now: float) -> list[Job]:
        """How each job went. A job whose last task has expired is listed with a count of 0 for one more minute."""
        self._expire(now)
        for name, tally in self._jobs.items():
            if name not in self._told:
                p50, p95, p99 = tally.percentiles((50, 95, 99))
                count, failed = max(0, tally.count), max(0, tally.failed)
                self._told[name] = Job(name=name, count=count, failed=failed, p50=p50, p95=p95, p99=p99)
        return list(self._told.values())

    def _step(self, here: int | None, there: int | None, at: float | None, queue: str | None) -> None:
        # A change that is known has happened, whatever the worker's clock says: levels are counted back from now.
        now = self._clock()
        at = now if at is None or at > now else at
        minute = self._minute(at)
        if minute is not None:
            place = int(at % 60 // SECONDS) * _WIDTH
            if here is not None:
                minute.changes[place + here] -= 1
            if there is not None:
                minute.changes[place + there] += 1
        if queue is not None and _WAITING in (here, there):
            interval = None if minute is None else int(at // SECONDS)
            self._queues.change(queue, interval, 1 if there == _WAITING else -1)

    def _requeue(self, task: Task, queue: str | None) -> None:
        """Counts all that a task has waited in another queue: the one that it is in is known late, or was mistaken."""
        now = self._clock()
        for here, there, at in _steps(None, task):
            if _WAITING in (here, there):
                at = now if at is None or at > now else at
                interval = None if self._minute(at) is None else int(at // SECONDS)
                by = 1 if there == _WAITING else -1
                if task.queue is not None:
                    self._queues.change(task.queue, interval, -by)
                if queue is not None:
                    self._queues.change(queue, interval, by)

    def _change(self, at: float | None, what: int, by: int) -> None:
        minute = None if at is None else self._minute(at)
        if minute is not None and at is not None:
            minute.changes[int(at % 60 // SECONDS) * _WIDTH + what] += by

    def _end(self, task: Task, by: int) -> None:
        at = task.finished_at
        minute = None if at is None else self._minute(at)
        if minute is None or at is None:
            return
        failed = task.state is not State.SUCCESS
        minute.changes[int(at % 60 // SECONDS) * _WIDTH + _ENDS[task.state]] += by
        cell = run_times.cell(failed, ran(task))
        name = task.name
        if name not in self._jobs:
            name = name if len(self._jobs) < JOBS_LIMIT else None
            self._jobs.setdefault(name, Tally())
        tally = minute.jobs.get(name)
        if tally is None:
            tally = minute.jobs[name] = Tally()
        tally.add(cell, by)
        self._jobs[name].add(cell, by)
        self._told.pop(name, None)

    def _minute(self, at: float) -> _Minute | None:
        number = int(at // 60)
        minute = self._minutes.get(number)
        if minute is None:
            now = self._clock()
            if 0 <= int(now // 60) + AHEAD_MINUTES - number < MINUTES + AHEAD_MINUTES:
                self._expire(now)
                minute = self._minutes[number] = _Minute()
        return minute

    def _expire(self, now: float) -> None:
        """Drops minutes that are over, and one minute later the jobs that are left without tasks."""
        over = [number for number in self._minutes if number <= now // 60 - MINUTES]
        if not over:
            return
        for number in over:
            for name, tally in self._minutes.pop(number).jobs.items():
                self._jobs[name].subtract(tally)
                self._told.pop(name, None)
            self._queues.forget(number * _INTERVALS, _INTERVALS)
        gone = self._jobs.keys() - {name for minute in self._minutes.values() for name in minute.jobs}
        for name in gone & self._over:
            del self._jobs[name]
            self._told.pop(name, None)
        self._over = gone - self._over


def _end(task: Task) -> tuple[str | None, float | None, float | None, float | None]:
    return task.name, task.started_at, task.finished_at, task.runtime


def _intervals(now: float) -> range:
    """The numbers of the intervals of the hour up to `now`, the newest first."""
    return range(int(now // SECONDS), (int(now // 60) - MINUTES + 1) * _INTERVALS - 1, -1)


def _steps(old: Task | None, new: Task) -> Iterator[tuple[int | None, int | None, float | None]]:
    """How a task came from its old level to its new one, through the levels between as far as its times tell: from
    where to where, and when (None: unknown).
    """
    there = _LEVELS.get(new.state)
    here = None if old is None else _LEVELS.get(old.state)
    if old is None:
        here = _RETRYING if new.retries else _WAITING
        born = new.received_at if new.retries else new.created_at
        yield None, here, born or new.received_at or new.started_at or new.finished_at
    begun = new.started_at is not None and (old is None or old.started_at != new.started_at)
    if begun and here != _RUNNING and there != _WAITING and (here is not None or there == _RUNNING):
        yield here, _RUNNING, new.started_at
        here = _RUNNING
    if here == there:
        return
    if there is None:
        yield here, there, new.finished_at
    elif there == _RUNNING:
        yield here, there, new.started_at
    else:  # when a try failed is unknown, but the next was received soon after
        yield here, there, new.received_at if new.started_at is None else None
