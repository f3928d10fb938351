"""Celery's `Task.update_state`, its own way to report progress, as a step of the task."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from celery import states
from celery.app.task import Task

from phloem.instrument.hooks import result_stored
from phloem.isolation import observing
from phloem.progress.current import current
from phloem.progress.rate import goal, number
from phloem.progress.run import Run
from phloem.progress.steps import DESCRIPTION_LIMIT_BYTES, OpenStep
from phloem.redaction import text

_COUNTS = ("current", "done")
_WORDS = ("description", "message", "status")
_PLAIN_STATES = (None, "PROGRESS")
"""States whose name says nothing that is worth showing."""


def understand() -> None:
    """Hears every task's update_state in this process from now on; Celery does with it what it always does.

    It is the base class of all tasks that hears: an app's tasks may have bases of their own, and a task that keeps no
    result may have no backend that would be called. A second call does nothing.
    """
    if not hasattr(Task.update_state, "phloem"):
        Task.update_state = _heard(Task.update_state)


def _heard(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def update_state(self: Task, *args: Any, **kwargs: Any) -> Any:
        _hear(*args, **kwargs)
        stored = original(self, *args, **kwargs)
        _hear_end(self, *args, **kwargs)
        return stored

    update_state.phloem = True  # type: ignore[attr-defined]  # marks it as heard
    return update_state


@observing
def _hear(task_id: str | None = None, state: str | None = None, meta: Any = None, **_: Any) -> None:
    run = current()
    if run is None or task_id not in (None, run.task_id) or state in states.ALL_STATES:
        return
    run.working = True
    words = told(state, meta)
    counted = figures(meta)
    if counted is not None:
        _move(run, words, *counted)
    if words:
        run.tell(words)
    run.mark_changed()


@observing
def _hear_end(task: Task, task_id: str | None = None, state: str | None = None, meta: Any = None, **_: Any) -> None:
    """Tells of an end that a task stores itself. One that raises Ignore after that has ended so."""
    if state in states.READY_STATES:
        result_stored.send(task.backend, task_id=task_id or task.request.id, state=state, value=meta, request=None)


def _move(run: Run, words: str, count: float, total: float | None, unit: str) -> None:
    """Moves the one step that all calls of update_state in a run share."""
    step = run.updated
    if step is None:
        step = run.updated = OpenStep(run, None, words, total, unit)
    step.current, step.total, step.unit = count, total, unit
    step.description = words or step.description
    step.done = total is not None and count >= total


def figures(meta: Any) -> tuple[float, float | None, str] | None:
    """Count, total and unit, by any of the names in use: {current, total}, {done, total}, {percent}.

    A count without a total is a count: the percentage beside it is 0 because there is no total to compute it from.
    """
    if not isinstance(meta, Mapping):
        return None
    count = next((found for name in _COUNTS if (found := _number(meta.get(name))) is not None), None)
    total, percent = goal(_number(meta.get("total"))), _number(meta.get("percent"))
    if count is not None and (total or not percent):
        return count, total, ""
    return None if percent is None else (min(percent, 100), 100, "%")


def _number(value: Any) -> float | None:
    return None if isinstance(value, bool) else number(value)


def told(state: str | None, meta: Any) -> str:
    """What a call says in words: its text, behind the name of a state of its own."""
    words = _words(meta)
    if state in _PLAIN_STATES:
        return words
    return ": ".join(filter(None, (text(state, DESCRIPTION_LIMIT_BYTES), words)))


def _words(meta: Any) -> str:
    found = meta
    if isinstance(meta, Mapping):
        found = next((meta[name] for name in _WORDS if meta.get(name)), None)
    return text(found, DESCRIPTION_LIMIT_BYTES) if isinstance(found, str) else ""
