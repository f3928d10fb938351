"""The present run of each task, as the sources tell of it: they share one name for it.

Nobody tells a source what a run is called, so it gets a name here: from its worker and the moment at which it was
accepted, so that another observer would name it the same. What this process has not heard of itself, because another
one observed before, is taken from the record's own rows.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Callable

from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Task

RUNS_REMEMBERED = 20_000
"""Tasks whose run is remembered; what is older is taken from the record."""

_MARK = "heard-"
"""How names of runs begin that were made here, and not by a process that called `attach`."""


class Run:
    """A run of a task, and how far the sources have heard of it."""

    __slots__ = (
        "attempt",
        "before",
        "began_at",
        "ended_at",
        "is_over",
        "is_received",
        "is_traced",
        "previous",
        "retry_told_by",
        "started_at",
        "token",
        "worker",
    )

    def __init__(self, token: str, attempt: int = 0, worker: str | None = None) -> None:
        self.token = token
        self.attempt = attempt
        """Twice the count of tries before it, as in an event."""
        self.worker = worker
        self.began_at = math.inf
        """When the first happened that was heard of it, in Unix seconds; infinite where the record alone knows."""
        self.is_received = False
        """Whether it was heard that its message was accepted."""
        self.started_at: float | None = None
        """When it started, in Unix seconds; None while that was not heard."""
        self.is_over = False
        self.ended_at = 0.0
        """When it was over, in Unix seconds."""
        self.previous: Run | None = None
        """The run before it."""
        self.retry_told_by: set[KnownBy] = set()
        """Who told that it asked for another try."""
        self.before: str | None = None
        """What the record called the run before it."""
        self.is_traced: bool | None = None
        """Whether who told first why it failed told a traceback; None where nobody did."""

    @property
    def is_started(self) -> bool:
        """Whether it was heard that it started."""
        return self.started_at is not None

    def start(self, at: float) -> float:
        """Takes note of its start. Returns when that was: not after its end, which others tell by another clock."""
        self.started_at = min(at, self.ended_at) if self.is_over else at
        return self.started_at

    def end(self, at: float) -> float:
        """Takes note of its end. Returns when that was: not before its start."""
        self.is_over, self.ended_at = True, max(at, self.started_at or 0.0)
        return self.ended_at


class Runs:
    """Finds and begins runs, for any thread. `row` is the record's row of a task, as far as this process has it."""

    def __init__(self, row: Callable[[str], Task | None]) -> None:
        self.lock = threading.RLock()
        """Held by a caller that finds a run and changes it."""
        self._row = row
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def is_attached(self, task_id: str) -> bool:
        """Whether a process that called `attach` tells of the present run of the task, which has not ended."""
        row = self._row(task_id)
        if row is None or not _is_named_by_attach(row) or row.state.ended or row.state is State.RETRY:
            return False
        mine = self._runs.get(task_id)
        return mine is None or row.run != mine.before

    def knows(self, task_id: str) -> bool:
        """Whether anybody told of the task."""
        return task_id in self._runs or self._row(task_id) is not None

    def find(self, task_id: str) -> Run | None:
        """The present run, if any was heard of."""
        run = self._runs.get(task_id)
        if run is None:
            row = self._row(task_id)
            if row is None or row.run is None or _is_named_by_attach(row):
                return None
            run = self._keep(task_id, _from_row(row))
        return run

    def is_taken_for_lost(self, task_id: str) -> bool:
        """Whether the task is shown as lost, and no attached process tells of it, which would know better."""
        row = self._row(task_id)
        return row is not None and row.state is State.LOST and not _is_named_by_attach(row)

    def was_let_go(self, task_id: str, before: float) -> bool:
        """Whether the task waits again, since its worker was taken for gone before it had started it. What was told of
        the run from `before` on may not be recorded yet.
        """
        run, row = self._runs.get(task_id), self._row(task_id)
        if run is None or run.is_over or run.is_started or before <= run.began_at < math.inf:
            return False
        return row is not None and row.run is None and not row.state.ended

    def resume(self, task_id: str, worker: str, at: float) -> Run:
        """The run of a task whose worker was taken for gone, and is not: another, since what it had was given up."""
        last = self.find(task_id)
        run = self._begin(task_id, _token(task_id, worker, at), last)
        run.worker, run.attempt, run.began_at = worker, 0 if last is None else last.attempt, at
        return run

    def accept(self, task_id: str, worker: str, at: float, retries: int) -> Run:
        """A worker accepted a message: another run, unless that is the one of which its start or end was heard."""
        run = self.find(task_id)
        token = _token(task_id, worker, at)
        if run is not None and run.previous is not None and 2 * retries == run.previous.attempt < run.attempt:
            run = run.previous  # the backend told of the next one first
        elif run is None or (run.token != token and (run.is_received or _is_behind(run, at, retries))):
            run = self._begin(task_id, token, run)
        run.began_at = min(at, run.began_at)
        run.is_received, run.worker, run.attempt = True, worker, 2 * retries
        return run

    def present(self, task_id: str, worker: str | None, at: float, known_by: KnownBy, *, starts: bool = False) -> Run:
        """The run of which something is told that happened at a time. `starts`: its start, which may be told late.

        Who told that a run asked for another try tells next of the one after it, unless that is how the first began.
        """
        run = self.find(task_id)
        for each in () if run is None else filter(None, (run.previous, run)):
            if starts and known_by in each.retry_told_by and not each.is_started and at <= each.ended_at:
                return each
        if run is not None and run.previous is not None and _is_ahead(run, run.previous, known_by):
            return run.previous
        if (
            run is None
            or known_by in run.retry_told_by
            or (starts and run.is_started and run.is_over and at > run.ended_at)
        ):
            attempt = 0 if run is None else run.attempt + 2
            run = self._begin(task_id, _token(task_id, worker or "", at), run)
            run.attempt, run.worker, run.began_at = attempt, worker, at
        return run

    def tried(self, task_id: str, worker: str | None, at: float, known_by: KnownBy) -> Run:
        """The run that asked for another try, and is over. The next may have been accepted before that is told, as
        where a worker's main process hears late from its child.
        """
        run = self.present(task_id, worker, at, known_by)
        before = run.previous
        if before is not None and before.attempt < run.attempt and known_by not in before.retry_told_by:
            run, at = before, min(at, run.began_at)
        run.retry_told_by.add(known_by)
        if not run.is_over or known_by is not KnownBy.BACKEND:  # which does not store when that was
            run.end(at)
        return run

    def _begin(self, task_id: str, token: str, last: Run | None) -> Run:
        run = Run(token)
        if last is not None:
            last.previous = None
            run.previous = last
        row = self._row(task_id)
        run.before = None if row is None else row.run
        return self._keep(task_id, run)

    def _keep(self, task_id: str, run: Run) -> Run:
        self._runs[task_id] = run
        self._runs.move_to_end(task_id)
        if len(self._runs) > RUNS_REMEMBERED:
            self._runs.popitem(last=False)
        return run


def _is_ahead(run: Run, before: Run, known_by: KnownBy) -> bool:
    """Whether the backend alone told of a run so far, and this teller is still at the one before it."""
    is_new = known_by is not KnownBy.BACKEND and known_by not in before.retry_told_by
    return is_new and before.is_received and not run.is_received and before.attempt < run.attempt


def _is_behind(run: Run, at: float, retries: int) -> bool:
    """Whether a run is over, and a message that was accepted at a time, for a later try or the same, is not its own."""
    return run.is_over and (at > run.ended_at or (bool(run.retry_told_by) and 2 * retries > run.attempt))


def _is_named_by_attach(row: Task) -> bool:
    return row.run is not None and not row.run.startswith(_MARK)


def _from_row(row: Task) -> Run:
    run = Run(row.run or "", 2 * row.retries, row.worker)
    run.is_received = row.received_at is not None
    run.started_at = row.started_at
    if row.state.ended or row.state is State.RETRY:
        run.end(row.finished_at or row.started_at or 0.0)
    return run


def _token(task_id: str, worker: str, at: float) -> str:
    return _MARK + hashlib.blake2b(f"{task_id} {worker} {at}".encode(), digest_size=6).hexdigest()
