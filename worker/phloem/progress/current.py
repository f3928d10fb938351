"""The run that a piece of code belongs to."""

from __future__ import annotations

import os
import threading
from contextvars import ContextVar
from typing import NamedTuple

from phloem.progress import steps
from phloem.progress.run import Run
from phloem.progress.steps import OpenStep


class _Frame(NamedTuple):
    """A run that was entered, and where that happened: within another run, perhaps, and a step of it."""

    run: Run
    outer: _Frame | None
    outer_step: OpenStep | None


_frame: ContextVar[_Frame | None] = ContextVar("phloem_run", default=None)


class _Active:
    """The runs in progress in this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.runs: list[Run] = []
        self.side_by_side = False
        """Whether several runs have been in progress at once."""

    def remove(self, run: Run) -> None:
        if run in self.runs:
            self.runs.remove(run)


_active = _Active()


def current() -> Run | None:
    """The run that this code belongs to; None outside a task.

    The context knows, in coroutines as well. A thread that a task started has no context: it belongs to the one run
    of this process, as in a pool of processes. Once runs have been side by side it cannot be told, and it belongs to
    none.
    """
    frame = _frame.get()
    if frame is not None or not _active.runs:
        return None if frame is None else frame.run
    runs = tuple(_active.runs)
    thread = threading.current_thread()
    if len(runs) != 1 or _active.side_by_side or thread is threading.main_thread() or _is_ours(thread):
        return None
    return runs[0]


def active() -> bool:
    """Whether any run is in progress in this process."""
    return bool(_active.runs)


def enter(run: Run) -> None:
    """Makes `run` the current one of this context. A run that was current is again when `run` is left."""
    outer = _frame.get()
    frame = _Frame(run, outer, steps.innermost())
    with _active.lock:
        if outer is not None:
            _active.remove(outer.run)
        _active.runs.append(run)
        _active.side_by_side |= len(_active.runs) > 1
    _frame.set(frame)
    steps.within(None)


def leave() -> None:
    """Leaves the current run, and ends it unless that was done: Celery has no signal for some ends."""
    frame = _frame.get()
    if frame is None:
        steps.within(None)
        return
    outer = frame.outer if frame.outer is not None and not frame.outer.run.ended else None
    with _active.lock:
        _active.remove(frame.run)
        if outer is not None:
            _active.runs.append(outer.run)
    _frame.set(outer)
    steps.within(frame.outer_step if outer is not None else None)
    frame.run.end()


def forget() -> None:
    """Forgets every run, without ending any: in a forked child, and between tests.

    A child that a task forks is not the task: two processes that report one run would contradict each other.
    """
    global _active
    _active = _Active()
    _frame.set(None)
    steps.within(None)


def _is_ours(thread: threading.Thread) -> bool:
    return thread.name.startswith("phloem-")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)
