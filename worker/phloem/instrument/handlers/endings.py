"""The ends of runs that Celery has no signal for."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from celery.exceptions import WorkerShutdown, WorkerTerminate

from phloem.instrument.failures import errors, failure, stored_failure, text_of
from phloem.instrument.handlers import unsent
from phloem.instrument.handlers.execution import Execution
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.messages import message
from phloem.instrument.messages.headers import RUN
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error
from phloem.redaction import ROW_LIMIT, clip, short_and_long

_STOPPED = ("GreenletExit", "TaskletExit")
"""Exceptions by which a pool of greenlets ends what it was told to end. Known by name: their packages may be absent."""


class Endings:
    """Tells the ends that no signal tells: what the task says by raising, and what breaks in or around it."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def unsignalled(self, run: Execution, task: Any, state: Any, value: Any) -> None:
        """The code of a run is through, and no signal has told how it ends. `state` and `value` are Celery's."""
        if state == "REJECTED":
            self._rejected(run, task, value)
        elif state == "IGNORED":
            self._ignored(run, task, value)
        elif state == State.SUCCESS and has_succeeded(run):
            result, long_result = short_and_long(value, known=run.veil.known)
            self._observer.report_end(run.task_id, State.SUCCESS, result=result, long_result=long_result)
        elif state == "FAILURE":
            self._failed(run, value)
        elif (raised := sys.exc_info()[1]) is not None:
            self._raised(run, task, raised)

    def broke(
        self, task_id: str, run: Execution | None, request: Any, error: Any, task: Any, traceback: str | None
    ) -> None:
        """What surrounds the task's code failed. `run` is None where that happened before a run began."""
        known = request if isinstance(request, Mapping) else {}
        veiled = () if run is None else run.veil.known
        short, long = failure(getattr(error, "exc", None) or error, task, traceback, veiled)
        now = time.time()
        self._observer.report(
            Event(
                id=task_id,
                at=now,
                run=run.token if run is not None else known.get(RUN),
                attempt=run.attempt if run is not None else message.attempt(known),
                state=State.FAILURE,
                finished_at=now,
                error=short,
                long_error=long,
            )
        )
        if run is not None:
            run.reported = True
            self._observer.wait_for_record(run)

    def in_batch(self, member: Mapping[str, Any], state: Any) -> None:
        """The call that worked off several messages is through; each ends like it, unless it was given an end."""
        failed = state != "SUCCESS"
        error = (
            errors(RuntimeError("The call that worked it off, with others, failed."), "") if failed else (None, None)
        )
        now = time.time()
        self._observer.report(
            Event(
                id=str(member["id"]),
                at=now,
                run=member.get(RUN),
                attempt=message.attempt(member),
                state=State.FAILURE if failed else State.SUCCESS,
                finished_at=now,
                error=error[0],
            )
        )

    def given_up(self, request: Any, task: Any) -> None:
        """A worker gives up a task, which Celery calls a retry.

        One that lost its broker gives up those whose message the broker will deliver again. One that stops cold gives
        up others, whose message was acknowledged before they started, and leaves them to its lease.
        """
        if getattr(task, "acks_late", False) and not _stops():
            why = "Its worker lost the broker, which will deliver its message again."
            self._observer.report_end(request.id, State.RETRY, message=why)

    def _rejected(self, run: Execution, task: Any, rejection: Any) -> None:
        reason = getattr(rejection, "reason", None)
        reason = text_of(rejection if reason is None else reason, run.veil.known)
        if getattr(rejection, "requeue", False):
            if getattr(task, "acks_late", False) and not run.eager:
                self._observer.report_return(run, f"It gave its message back: {reason}")
            else:
                why = f"It cannot give its message back, which was acknowledged before it started: {reason}"
                self._end(run, task, State.REVOKED, message=why)
        else:
            self._end(run, task, State.FAILURE, error=Error(type="Reject", message=clip(reason, ROW_LIMIT)))

    def _ignored(self, run: Execution, task: Any, reason: Any) -> None:
        if run.replaced_by is not None:
            self._observer.report_return(
                run,
                f"It goes on as {run.replaced_by}." if run.replaced_by else "It was sent again under its id.",
                replaced_by=run.replaced_by or None,
                queue=run.queue,
            )
            return
        if run.tries_again:
            self._observer.report_end(run.task_id, State.RETRY)
            return
        if run.stored is not None and run.stored.state == State.FAILURE:
            short, long = stored_failure(run.stored.value, run.veil.known)
            self._end(run, task, State.FAILURE, error=short, long_error=long)
        elif run.stored is not None and run.stored.state == State.SUCCESS:
            result, long_result = short_and_long(run.stored.value, known=run.veil.known)
            self._end(run, task, State.SUCCESS, result=result, long_result=long_result)
        else:
            said = text_of(reason, run.veil.known) if reason is not None else ""
            why = f"It ended itself and asked for no result{said and ': '}{said or '.'}"
            self._end(run, task, State.REVOKED, message=why)

    def _end(self, run: Execution, task: Any, state: State, **fields: Any) -> None:
        """Reports the end of a task of which Celery sends nothing on. So what follows it ends as well."""
        self._observer.report_end(run.task_id, state, **fields)
        steps = unsent.after(getattr(task, "request", None), with_chord=True)
        if state is State.FAILURE:
            error = (fields["error"], fields.get("long_error") or fields["error"])
            ends = unsent.ends(steps, State.FAILURE, unsent.FAILED, error)
        else:
            ends = unsent.ends(
                steps, State.REVOKED, "It was not sent: the task before it ended without a result for it."
            )
        for event in ends:
            self._observer.report(event)

    def _failed(self, run: Execution, error: Any) -> None:
        if not isinstance(error, BaseException):
            error = RuntimeError("It failed; the log of its worker says why.")
        short, long = errors(error, known=run.veil.known)
        self._observer.report_end(run.task_id, State.FAILURE, error=short, long_error=long)

    def _raised(self, run: Execution, task: Any, error: BaseException) -> None:
        """Something left the task's code that Celery does not handle, or has not handled yet."""
        if isinstance(error, Exception) and not isinstance(error, MemoryError):
            return  # Celery tells of it as soon as the run is left, or gives the message back
        if isinstance(error, WorkerShutdown | WorkerTerminate):
            return  # the worker stops, and with it its lease
        if self._observer.in_child() and not run.eager:
            return  # it ends the process: the main process tells what that means
        if type(error).__name__ in _STOPPED:
            self._end(run, task, State.REVOKED, message="It was stopped while it ran.")
        elif not _is_time_limit(error, task):
            short, long = errors(error, known=run.veil.known)
            self._end(run, task, State.FAILURE, error=short, long_error=long)


def has_succeeded(run: Execution | None) -> bool:
    """Whether a run that is left as a success is one: Celery has handed that to the result backend. A backend with ways
    of its own, or a run whose start could not be told, has succeeded where nothing was raised.
    """
    if run is None or run.stored is None:
        return sys.exc_info()[1] is None
    return run.stored.state == State.SUCCESS


def _stops() -> bool:
    """Whether the worker of this process is about to stop."""
    state = sys.modules.get("celery.worker.state")
    return getattr(state, "should_stop", None) is not None or getattr(state, "should_terminate", None) is not None


def _is_time_limit(error: BaseException, task: Any) -> bool:
    """Whether a pool of greenlets ends the task at its hard time limit, of which the main process tells."""
    seconds = getattr(error, "seconds", None)
    if type(error).__name__ != "Timeout" or seconds is None:
        return False
    limit, _ = getattr(getattr(task, "request", None), "timelimit", None) or (None, None)
    return bool(seconds == (limit or getattr(task, "time_limit", None)))
