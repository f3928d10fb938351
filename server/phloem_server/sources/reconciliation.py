"""Compares what the record has of open tasks with what workers answer and what the result backend holds.

Events of Celery's are lossy. No answer means unknown, not down: only a worker that answers can say that it does not
have a task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from phloem.instrument.messages.message import plain_text, time_told
from phloem.model.event import Event
from phloem.model.known_by import KnownBy
from phloem.model.state import WAITING, State
from phloem.model.task import Error, Task
from phloem_server.sources.known_workers import Ask
from phloem_server.sources.runs import Runs
from phloem_server.sources.texts import TaskOf, arguments

_QUESTIONS = ("active", "reserved", "scheduled")
"""All that a worker has is in one of its answers to these."""

OPEN_LIMIT = 1000
"""Open tasks that are compared in one round, at most: the newest."""

_UNKNOWN_END = Error(
    type="EndUnknown",
    message="Nobody said how it ended: its worker does not have it any more, and no result of it is stored.",
)

Read = Callable[[Mapping[str, float], float], Iterator[tuple[str, Event]]]
"""What the result backend holds of tasks, of which is given since when their present run goes on."""

_CLOCKS_DIFFER_SECONDS = 2.0
"""By which the clock of a worker may be behind that of this process."""


_RECORDED_SECONDS = 5.0
"""Within which what is reported is in the record."""


class Reconciliation:
    """Makes rounds. `open_tasks` is what the record has of tasks that have not ended, the newest first."""

    def __init__(
        self,
        ask: Ask,
        read: Read | None,
        runs: Runs,
        report: Callable[[Event], object],
        open_tasks: Callable[[], Sequence[Task]],
        *,
        lease: Callable[[str], str | None] = lambda _: None,
        task_of: TaskOf = lambda _: None,
    ) -> None:
        """`read` is None where the result backend cannot be read."""
        self._ask = ask
        self._read = read
        self._runs = runs
        self._report = report
        self._open_tasks = open_tasks
        self._lease = lease
        self._task_of = task_of
        self._missing: dict[str, int] = {}
        """Tasks that their workers did not have in the last round, with the offset of their row."""
        self._unplaced: frozenset[str] = frozenset()
        """Open tasks of which no queue is known: Celery's events of workers name none."""

    def is_needed(self) -> bool:
        """Whether the record has open tasks that nobody attached tells of."""
        return any(not self._runs.is_attached(task.id) for task in self._open_tasks())

    def round(self, now: float) -> None:
        """Makes one round. `now` is in Unix seconds. Raises what `ask` and `read` raise."""
        self._unplaced = frozenset(task.id for task in self._open_tasks() if task.queue is None)
        had = self._had(now)
        rows = [task for task in self._open_tasks() if not self._runs.is_attached(task.id)][:OPEN_LIMIT]
        ended = self._ended({task.id: task for task in rows}, now)
        missing = {}
        for task in rows:
            holder = had.get(task.worker or "")
            if task.state is State.RETRY or task.run is None or holder is None:
                continue
            if task.id in holder or task.id in ended:
                continue
            missing[task.id] = task.offset
            if self._missing.get(task.id) == task.offset:  # and not only on its way
                self._give_up(task, now)
        self._missing = missing

    def _had(self, now: float) -> Mapping[str, set[str]]:
        """Takes in what workers have; the ids of all that each has, of those that answered every question."""
        answers: list[dict[str, set[str]]] = []
        for command in _QUESTIONS:
            # How many workers will answer is not known, as some send no heartbeats. So the first question is open for
            # as long as answers come, and the others until those have come that answered the first.
            said = self._ask(command, awaited=tuple(answers[0]) if answers else ())
            answers.append(
                {
                    worker: set(self._hear(command, worker, told, now))
                    for worker, told in said.items()
                    if isinstance(told, Sequence)
                }
            )
        # One whose answer to a question came too late may have the task that it would have named there.
        whole = set(answers[0]).intersection(*answers[1:])
        return {worker: set().union(*(each[worker] for each in answers)) for worker in whole}

    def _hear(self, command: str, worker: str, said: Sequence[Any], now: float) -> Iterator[str]:
        """Takes in the tasks that a worker has; their ids."""
        for entry in said:
            if not isinstance(entry, Mapping):
                continue
            told = entry.get("request") if command == "scheduled" else entry
            if not isinstance(told, Mapping) or "id" not in told:
                continue
            task_id = str(told["id"])
            yield task_id
            with self._runs.lock:
                if not self._runs.is_attached(task_id):
                    event = self._event(command, task_id, worker, told, entry, now)
                    if event is not None:
                        self._report(event)

    def _event(
        self, command: str, task_id: str, worker: str, told: Mapping[str, Any], entry: Mapping[str, Any], now: float
    ) -> Event | None:
        started = told.get("time_start") if command == "active" else None
        at = float(started) if isinstance(started, int | float) else now
        # Its worker was silent for too long, as when the broker was away, and has it all the same.
        is_back = self._runs.is_taken_for_lost(task_id) or self._runs.was_let_go(task_id, now - _RECORDED_SECONDS)
        if is_back:
            run = self._runs.resume(task_id, worker, now)
        else:
            # A run that ended a moment ago may still be in the answer.
            run = self._runs.present(
                task_id, worker, at if started else now - _CLOCKS_DIFFER_SECONDS, KnownBy.INSPECT, starts=True
            )
            if run.is_started or (run.is_received and command != "active") or run.is_over:
                queue = _queue(told) if task_id in self._unplaced else None
                if queue is None:
                    return None  # that is known
                return Event(
                    id=task_id, at=now, known_by=KnownBy.INSPECT, run=run.token, attempt=run.attempt, queue=queue
                )
            run.worker = worker
        fields: dict[str, Any] = {}
        if command == "active":
            run.start(at)
            fields = {"state": State.STARTED, "started_at": at, "begins": is_back}
        else:
            run.is_received = True
            fields = {"state": State.RECEIVED, "begins": True, "eta": time_told(entry.get("eta"))}
        return Event(
            id=task_id,
            at=now if is_back else at,
            retries=run.attempt // 2 if is_back else None,
            known_by=KnownBy.INSPECT,
            run=run.token,
            attempt=run.attempt,
            worker=plain_text(worker),
            lease=self._lease(worker),
            **fields,
            **self._description(told),
        )

    def _description(self, told: Mapping[str, Any]) -> dict[str, Any]:
        name, info = told.get("name"), told.get("delivery_info")
        args, kwargs = (None if told.get(key) is None else str(told[key]) for key in ("args", "kwargs"))
        routing = info if isinstance(info, Mapping) else {}
        return {
            "name": plain_text(name),
            "queue": _queue(told),
            "exchange": plain_text(routing.get("exchange")),
            **arguments(args, kwargs, self._task_of(name)),
        }

    def _ended(self, rows: Mapping[str, Task], now: float) -> set[str]:
        """The open tasks of which the result backend holds an end; that is reported."""
        ended: set[str] = set()
        if self._read is None or not rows:
            return ended
        for task_id, event in self._read({task_id: _began(row) for task_id, row in rows.items()}, now):
            if event.state is not None and event.state.ended:
                ended.add(task_id)
                self._report(event)
            elif rows[task_id].state in WAITING:
                self._report(event)
        return ended

    def _give_up(self, task: Task, now: float) -> None:
        with self._runs.lock:
            run = self._runs.find(task.id)
            if run is None or run.token != task.run or run.is_over:
                return
            run.end(now)
        self._report(
            Event(
                id=task.id,
                at=now,
                known_by=KnownBy.INSPECT,
                run=run.token,
                attempt=run.attempt,
                state=State.LOST,
                finished_at=now,
                error=_UNKNOWN_END,
            )
        )


def _queue(told: Mapping[str, Any]) -> str | None:
    """The queue from which a worker has a task: the exchange without a name leads to the one that the key names."""
    info = told.get("delivery_info")
    if not isinstance(info, Mapping) or info.get("exchange"):
        return None
    return plain_text(info.get("routing_key") or None)


def _began(row: Task) -> float:
    """When its present run began, as far as that is known, by the clock of its worker."""
    return max(filter(None, (row.received_at, row.started_at, row.retried_at)), default=0.0) - _CLOCKS_DIFFER_SECONDS
