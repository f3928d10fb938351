"""What Celery has no signal for, as hooks of our own: results that are stored, chords given up, tasks replaced.

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

from phloem.instrument.messages import headers, owners
from phloem.instrument.messages.headers import OWNER


class Hook:
    """Tells its handlers what happens, as a signal of Celery does at three times the cost. They raise nothing."""

    def __init__(self) -> None:
        self._handlers: dict[object, Callable[..., None]] = {}

    def connect(self, handler: Callable[..., None], weak: bool = False, dispatch_uid: object = None) -> None:  # noqa: ARG002  # Celery's
        """Tells `handler` from now on. It is known by its `dispatch_uid`, if it has one."""
        self._handlers = {**self._handlers, dispatch_uid or handler: handler}

    def disconnect(self, handler: Callable[..., None] | None = None, dispatch_uid: object = None) -> None:
        """Tells it no more."""
        known = dispatch_uid or handler
        self._handlers = {uid: each for uid, each in self._handlers.items() if uid != known}

    def send(self, sender: object, **told: object) -> None:
        """Tells all handlers, with `sender` as that of a signal."""
        for handler in self._handlers.values():
            handler(sender=sender, **told)


result_stored = Hook()
"""An end was handed to the result backend: `task_id`, `state`, `value`, which is a result or an exception, and
`request`, the task's, if it is known. A failure is told also where the backend raised: what follows the task is not
sent in either case, and there may be its `traceback`."""

chord_given_up = Hook()
"""The body of a chord will not be sent. `callback` is its signature, which is about to be changed, `error` why."""

task_replaced = Hook()
"""A task has sent what goes on in its place, whose name is `name`, and ends. An eager task has run it instead."""

revoke_heard = Hook()
"""A worker was told to revoke `task_ids`: it starts none of them. Sent once `revocation.follow` was called."""


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


def _wrap(owner: type, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = getattr(owner, name)
    if hasattr(original, "phloem"):
        return
    method = functools.wraps(original)(around(original))
    method.phloem = True  # type: ignore[attr-defined]  # marks it as heard
    setattr(owner, name, method)


def _stored(original: Callable[..., Any]) -> Callable[..., Any]:
    def store_result(backend: Any, task_id: Any, result: Any, state: Any, *args: Any, **kw: Any) -> Any:
        stored = original(backend, task_id, result, state, *args, **kw)
        if state in _ENDS:
            if (marked := _marked.get()) is not None and marked[0] == task_id:
                marked[1].append(state)
            else:
                result_stored.send(backend, task_id=task_id, state=state, value=result, request=None)
        return stored

    return store_result


def _done(original: Callable[..., Any]) -> Callable[..., Any]:
    def mark_as_done(backend: Any, task_id: Any, result: Any, request: Any = None, *args: Any, **kw: Any) -> Any:
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

    return mark_as_done


def _failed(original: Callable[..., Any]) -> Callable[..., Any]:
    def mark_as_failure(
        backend: Any, task_id: Any, exc: Any, traceback: Any = None, request: Any = None, *args: Any, **kw: Any
    ) -> Any:
        owner = _owner(request)
        if isinstance(request, Context):
            headers.hide(request)  # callbacks get it
        with owners.on_behalf_of(owner):  # in the main process of a worker no run sends them
            try:
                return original(backend, task_id, exc, traceback, request, *args, **kw)
            finally:
                state = kw.get("state", "FAILURE")
                result_stored.send(
                    backend, task_id=task_id, state=state, value=exc, request=request, traceback=traceback
                )

    return mark_as_failure


def _revoked(original: Callable[..., Any]) -> Callable[..., Any]:
    def mark_as_revoked(
        backend: Any, task_id: Any, reason: Any = "", request: Any = None, *args: Any, **kw: Any
    ) -> Any:
        with owners.on_behalf_of(_owner(request)):
            try:
                return original(backend, task_id, reason, request, *args, **kw)
            finally:
                result_stored.send(backend, task_id=task_id, state="REVOKED", value=reason, request=request)

    return mark_as_revoked


def _given_up(original: Callable[..., Any]) -> Callable[..., Any]:
    def chord_error_from_stack(backend: Any, callback: Any, exc: Any = None, *args: Any, **kw: Any) -> Any:
        # Before Celery does it, which gives parts of the body other ids than they were promised.
        chord_given_up.send(backend, callback=callback, error=exc)
        return original(backend, callback, exc, *args, **kw)

    return chord_error_from_stack


def _owner(request: Any) -> str | None:
    """The owner that the message of a request names."""
    return owners.told(getattr(request, OWNER, None))


def _replaced(original: Callable[..., Any]) -> Callable[..., Any]:
    def replace(task: Any, sig: Any, *args: Any, **kw: Any) -> Any:
        try:
            return original(task, sig, *args, **kw)
        except Ignore:
            task_replaced.send(task, name=getattr(sig, "task", None))
            raise

    return replace
