"""Celery's own events as events of ours. Times are those that the events carry."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import Any

from phloem.instrument.messages.message import id_text, plain_text, unix_time
from phloem.model.event import Event
from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Error
from phloem_server.sources.runs import Run, Runs
from phloem_server.sources.texts import TaskOf, arguments, failure, shown, traceback_lines

Told = Mapping[str, Any]
"""An event as Celery sends it."""

_NOT_STARTED = "It was revoked before it started."
_LEAVE_IT_RUNNING = frozenset({"SIGUSR1", "SIGINT", "SIGCONT", "SIGWINCH", "SIGCHLD"})
"""Signals that end no child of a worker."""


class TaskEvents:
    """Makes an event of ours of one about a task; None where it says nothing, or `attach` tells of the same run."""

    def __init__(
        self, runs: Runs, lease: Callable[[str], str | None] = lambda _: None, task_of: TaskOf = lambda _: None
    ) -> None:
        """`lease` is the lease of a worker, by its name; `task_of` finds a task that this process has."""
        self._runs = runs
        self._lease = lease
        self._task_of = task_of
        self._kinds: Mapping[str, Callable[[str, float, Told], Event | None]] = {
            "task-sent": self._sent,
            "task-received": self._received,
            "task-started": self._started,
            "task-succeeded": self._succeeded,
            "task-failed": self._failed,
            "task-retried": self._retried,
            "task-revoked": self._revoked,
            "task-rejected": self._rejected,
        }

    def event(self, told: Told) -> Event | None:
        """The event of ours. Raises KeyError, TypeError or ValueError for what is no event of Celery's."""
        kind = self._kinds.get(told["type"])
        if kind is None:
            return None
        task_id, at = str(told["uuid"]), float(told["timestamp"])
        with self._runs.lock:
            return None if self._runs.is_attached(task_id) else kind(task_id, at, told)

    def _sent(self, task_id: str, at: float, told: Told) -> Event | None:
        if told.get("retries"):
            return None  # the next try of a task, of which its worker tells
        return Event(
            id=task_id,
            at=at,
            known_by=KnownBy.EVENTS,
            state=State.PENDING,
            created_at=at,
            queue=plain_text(told.get("queue")),
            exchange=plain_text(told.get("exchange")),
            routing_key=plain_text(told.get("routing_key")),
            origin=plain_text(told.get("hostname")),
            eta=unix_time(told.get("eta")),
            expires=unix_time(told.get("expires")),
            **self._description(told),
        )

    def _received(self, task_id: str, at: float, told: Told) -> Event:
        worker, retries = str(told["hostname"]), int(told.get("retries") or 0)
        run = self._runs.accept(task_id, worker, at, retries)
        eta = unix_time(told.get("eta"))
        waits = retries > 0 and eta is not None and eta > at
        return Event(
            id=task_id,
            at=at,
            known_by=KnownBy.EVENTS,
            run=run.token,
            attempt=run.attempt,
            state=State.RETRY if waits else State.RECEIVED,
            begins=True,
            lease=self._lease(worker),
            worker=plain_text(worker),
            retries=retries,
            received_at=at,
            eta=eta,
            expires=unix_time(told.get("expires")),
            **self._description(told),
        )

    def _started(self, task_id: str, at: float, told: Told) -> Event:
        worker = str(told["hostname"])
        run = self._runs.present(task_id, worker, at, KnownBy.EVENTS, starts=True)
        started_at = run.start(at)
        return self._of(
            run, task_id, at, State.STARTED, started_at=started_at, worker=plain_text(worker), lease=self._lease(worker)
        )

    def _succeeded(self, task_id: str, at: float, told: Told) -> Event:
        return self._ended(task_id, at, told, State.SUCCESS, result=shown(told.get("result")))

    def _failed(self, task_id: str, at: float, told: Told) -> Event:
        traceback = told.get("traceback")
        short, long = failure(told.get("exception"), traceback)
        run = self._runs.present(task_id, told.get("hostname"), at, KnownBy.EVENTS)
        # The backend stores none of a message that was rejected, and knows better why.
        log = traceback_lines(at, traceback) if run.is_traced is False else ()
        run.is_traced = bool(run.is_traced or traceback)
        return self._ended(task_id, at, told, State.FAILURE, error=short, long_error=long, log=log)

    def _retried(self, task_id: str, at: float, told: Told) -> Event:
        run = self._runs.tried(task_id, told.get("hostname"), at, KnownBy.EVENTS)
        at, log = run.ended_at, traceback_lines(at, told.get("traceback"))
        if KnownBy.BACKEND in run.retry_told_by:  # all but when that was, which only the event knows
            return Event(
                id=task_id,
                at=at,
                known_by=KnownBy.BACKEND,
                run=run.token,
                attempt=run.attempt,
                state=State.RETRY,
                log=log,
            )
        short, long = failure(told.get("exception"), told.get("traceback"))
        return self._of(run, task_id, at, State.RETRY, error=short, long_error=long, log=log)

    def _revoked(self, task_id: str, at: float, told: Told) -> Event | None:
        if told.get("expired"):
            why = "It expired before it could start."
        elif told.get("terminated"):
            name = _signal(told.get("signum"))
            if name in _LEAVE_IT_RUNNING:
                return None
            why = f"It was stopped while it ran ({name or 'terminated'})."
        else:
            why = _NOT_STARTED
        return self._ended(task_id, at, told, State.REVOKED, message=why)

    def _rejected(self, task_id: str, at: float, told: Told) -> Event:
        if told.get("requeue"):
            run = self._runs.present(task_id, told.get("hostname"), at, KnownBy.EVENTS)
            run.end(at)
            return self._of(run, task_id, at, State.PENDING, message="Its message was given back.")
        return self._ended(
            task_id, at, told, State.FAILURE, error=Error(type="Reject", message="Its message was rejected.")
        )

    def _ended(self, task_id: str, at: float, told: Told, state: State, **fields: Any) -> Event:
        run = self._runs.present(task_id, told.get("hostname"), at, KnownBy.EVENTS)
        runtime = told.get("runtime")
        if isinstance(runtime, int | float):
            fields["runtime"] = max(0.0, float(runtime))
            if not run.is_started:
                fields["started_at"] = at - runtime
        ended_at = run.end(at)
        return self._of(
            run, task_id, at, state, finished_at=ended_at, worker=plain_text(told.get("hostname")), **fields
        )

    def _of(self, run: Run, task_id: str, at: float, state: State, **fields: Any) -> Event:
        return Event(
            id=task_id, at=at, known_by=KnownBy.EVENTS, run=run.token, attempt=run.attempt, state=state, **fields
        )

    def _description(self, told: Told) -> dict[str, Any]:
        name, parent_id = told.get("name"), told.get("parent_id")
        return {
            "name": plain_text(name or None),
            "root_id": id_text(told.get("root_id")),
            "parent_id": None if parent_id == told["uuid"] else id_text(parent_id),
            **arguments(told.get("args"), told.get("kwargs"), self._task_of(name)),
        }


def _signal(told: object) -> str | None:
    """The name of a signal, which Celery tells by name or number."""
    if isinstance(told, int):
        try:
            return signal.Signals(told).name
        except ValueError:
            return None
    return str(told) if told else None
