"""The tasks that a process has, without finalizing its app.

A process that only sends tasks never finalizes its app, which would make all tasks that are still promised. Nor may
observing it do so: it is the application that decides when. Celery has no public way to look at them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import celery
from celery import _state


def find(app: celery.Celery, name: Any) -> Any:
    """The task of this name, or something with its function as `run`; None if no app of this process has it."""
    task = _of(app, name)
    if task is None:
        others = (_of(each, name) for each in tuple(_state._get_active_apps()) if each is not app)
        task = next((each for each in others if each is not None), None)
    return task


def _of(app: celery.Celery, name: Any) -> Any:
    task = app._tasks.get(name)
    return _promised(app, name) if task is None and app._pending else task


def _promised(app: celery.Celery, name: Any) -> Any:
    """A task that `@app.task` has promised, and not made yet."""
    for promise in tuple(app._pending):
        try:
            function = object.__getattribute__(promise, "_Proxy__args")[0]
            options = object.__getattribute__(promise, "_Proxy__kwargs")
        except (AttributeError, IndexError):  # it was made meanwhile
            continue
        named = options.get("name") or app.gen_task_name(function.__name__, function.__module__)
        if named == name:
            return _stand_in(function, bool(options.get("bind")))
    return None


@functools.lru_cache(1000)
def _stand_in(function: Callable[..., object], bound: bool) -> SimpleNamespace:
    return SimpleNamespace(run=functools.partial(function, None) if bound else function)
