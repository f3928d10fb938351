"""What Celery has no signal for, as signals of our own: results that are stored, chords given up, tasks replaced.

They are heard where Celery's base classes do it, so they are heard in every process and whatever class an app's tasks
and its result backend have. Celery does what it always does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from celery.app.task import Context, Task
from celery.backends.base import Backend
from celery.exceptions import Ignore
from celery.utils.dispatch import Signal

from phloem.instrument import headers, owners
from phloem.instrument.headers import OWNER

result_stored = Signal(name="phloem_result_stored", providing_args={"task_id", "state", "value", "request"})
"""An end was handed to the result backend. `value` is a result or an exception, `request` the task's, if it is known.
A failure is told also where the backend raised: what follows the task is not sent in either case."""

chord_given_up = Signal(name="phloem_chord_given_up", providing_args={"callback", "error"})
"""The body of a chord will not be sent. `callback` is its signature, which is about to be changed."""

task_replaced = Signal(name="phloem_task_replaced", providing_args={"sender", "name"})
"""A task has sent what goes on in its place, whose name is `name`, and ends. An eager task has run it instead."""

revoke_heard = Signal(name="phloem_revoke_heard", providing_args={"task_ids"})
"""A worker was told to revoke tasks: it will not start those that wait. Sent once `revocation.follow` was called."""


_ENDS = ("SUCCESS", "FAILURE")
"""Ends that a task may store itself, by whichever way."""

_marked: ContextVar[tuple[Any, list[str]] | None] = ContextVar("phloem_marked", default=None)
"""The task that is marked as done right now, and the states that were stored for it: told once that is through."""


def install() -> None:
    """Sends these signals from now on. A second call does nothing."""
    _wrap(Backend, "store_result", _stored)
    _wrap(Backend, "mark_as_done", _done)
    _wrap(Backend, "mark_as_failure", _failed)
    _wrap(Backend, "mark_as_revoked", _revoked)
    _wrap(Backend, "chord_error_from_stack", _given_up)
    _wrap(Task, "replace", _replaced)


def _wrap(owner: type, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)
    if hasattr(original, "phloem"):
        return

    @functools.wraps(original)
    def method(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    method.phloem = True  # type: ignore[attr-defined]  # marks it as heard
    setattr(owner, name, method)


def _stored(original: Any, backend: Any, task_id: Any, result: Any, state: Any, *args: Any, **kw: Any) -> Any:
    stored = original(backend, task_id, result, state, *args, **kw)
    if state in _ENDS:
        if (marked := _marked.get()) is not None and marked[0] == task_id:
            marked[1].append(state)
        else:
            result_stored.send(backend, task_id=task_id, state=state, value=result, request=None)
    return stored


def _done(original: Any, backend: Any, task_id: Any, result: Any, request: Any = None, *args: Any, **kw: Any) -> Any:
    marked: list[str] = []
    outer = _marked.set((task_id, marked))
    try:
        stored = original(backend, task_id, result, request, *args, **kw)
    except BaseException:
        if marked:
            result_stored.send(backend, task_id=task_id, state=marked[-1], value=result, request=None)
        raise
    finally:
        _marked.reset(outer)
    result_stored.send(backend, task_id=task_id, state=kw.get("state", "SUCCESS"), value=result, request=request)
    return stored


def _failed(
    original: Any,
    backend: Any,
    task_id: Any,
    exc: Any,
    traceback: Any = None,
    request: Any = None,
    *args: Any,
    **kw: Any,
) -> Any:
    owner = _owner(request)
    if isinstance(request, Context):
        headers.hide(request)  # callbacks get it
    with owners.on_behalf_of(owner):  # in the main process of a worker no run sends them
        try:
            return original(backend, task_id, exc, traceback, request, *args, **kw)
        finally:
            state = kw.get("state", "FAILURE")
            result_stored.send(backend, task_id=task_id, state=state, value=exc, request=request, traceback=traceback)


def _revoked(
    original: Any, backend: Any, task_id: Any, reason: Any = "", request: Any = None, *args: Any, **kw: Any
) -> Any:
    with owners.on_behalf_of(_owner(request)):
        try:
            return original(backend, task_id, reason, request, *args, **kw)
        finally:
            result_stored.send(backend, task_id=task_id, state="REVOKED", value=reason, request=request)


def _given_up(original: Any, backend: Any, callback: Any, exc: Any = None, *args: Any, **kw: Any) -> Any:
    # Before Celery does it, which gives parts of the body other ids than they were promised.
    chord_given_up.send(backend, callback=callback, error=exc)
    return original(backend, callback, exc, *args, **kw)


def _owner(request: Any) -> str | None:
    """The owner that the message of a request names."""
    return owners.told(getattr(request, OWNER, None))


def _replaced(original: Any, task: Any, sig: Any, *args: Any, **kw: Any) -> Any:
    try:
        return original(task, sig, *args, **kw)
    except Ignore:
        task_replaced.send(task, name=getattr(sig, "task", None))
        raise
