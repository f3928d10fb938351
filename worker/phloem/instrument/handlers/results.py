"""Handlers of what reaches the result backend: ends of tasks that no signal of Celery tells."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from phloem.instrument.failures import failure
from phloem.instrument.handlers import unsent
from phloem.instrument.handlers.execution import Stored, execution
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.messages.headers import RUN
from phloem.isolation import observing
from phloem.model.state import State
from phloem.redaction import short_and_long


class Results:
    """Sees ends that are stored, in whichever process that happens."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    @observing
    def stored(
        self,
        task_id: Any,
        state: str,
        value: Any,
        request: Any = None,
        traceback: Any = None,
        **_: object,
    ) -> None:
        """An end was stored: of the run in this process, or of another task, whose end no signal may tell."""
        run = execution(task_id)
        if run is not None:
            run.stored = Stored(state, value, time.time())
        elif request is not None and str(getattr(request, "id", None)) == str(task_id):
            self._of_another(str(task_id), state, value, request, traceback)
        if state == State.FAILURE:
            self._end_unsent(unsent.after(request), State.FAILURE, value, unsent.FAILED)
        elif state == State.REVOKED:
            self._end_unsent(unsent.after(request), State.REVOKED, None, unsent.REVOKED)

    @observing
    def chord_given_up(self, callback: Any, error: Any = None, **_: object) -> None:
        """A task of a chord failed: its body is not sent."""
        why = "It was not sent: a task of its chord failed."
        self._end_unsent(unsent.body(callback), State.FAILURE, error, why)

    def _of_another(self, task_id: str, state: str, value: Any, request: Any, traceback: Any) -> None:
        if state == State.SUCCESS:
            short, long = short_and_long(value, known=_known())
            fields: dict[str, Any] = {"result": short, "long_result": long}
        elif state == State.FAILURE:
            task = self._observer.task(getattr(request, "task", None) or getattr(request, "name", None))
            short_error, long_error = failure(value, task, None if traceback is None else str(traceback), _known())
            fields = {"error": short_error, "long_error": long_error}
        else:
            return  # a signal tells of what was revoked
        said = getattr(request, "request_dict", None)
        token = said.get(RUN) if isinstance(said, Mapping) else None
        self._observer.report_end(task_id, State(state), token=token, **fields)

    def _end_unsent(self, steps: Any, state: State, error: Any, why: str) -> None:
        found = list(steps)
        if found:
            errors = failure(error, None, None, _known()) if isinstance(error, BaseException) else None
            for event in unsent.ends(found, state, why, errors):
                self._observer.report(event)


def _known() -> tuple[str, ...]:
    """What the run in this process was given as secrets."""
    run = execution()
    return () if run is None else run.veil.known
