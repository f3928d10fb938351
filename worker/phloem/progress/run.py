"""The execution of a task: what it has said, and which one a piece of code belongs to."""

from __future__ import annotations

import os
import threading
import time
from contextvars import ContextVar
from typing import Protocol

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.progress import steps as outline
from phloem.progress.log_lines import Lines
from phloem.progress.steps import MESSAGE_LIMIT, OpenStep, Outline
from phloem.redaction import text

_run: ContextVar[Run | None] = ContextVar("phloem_run", default=None)


class Watcher(Protocol):
    """Who looks at runs now and then: the recorder."""

    def watch(self, watched: Run) -> None:
        """Looks at a run from now on."""

    def unwatch(self, watched: Run) -> None:
        """Looks at it one last time."""


class Run:
    """One execution of a task, and all it has said. The recorder looks at it; the task never waits for that."""

    def __init__(self, task_id: str, token: str, recorder: Watcher, attempt: int = 0) -> None:
        self.task_id = task_id
        self.token = token
        self.attempt = attempt
        self.message: str | None = None
        self.outline = Outline()
        self.lines = Lines()
        self.working = False
        self.updated: OpenStep | None = None
        self.outer: Run | None = None
        self.outer_step: OpenStep | None = None
        self.ended = False
        self.waited = 0.0
        self._recorder = recorder
        self._heard = False
        self._told: tuple[object, ...] = ()

    def open(self, step: OpenStep) -> None:
        """Adds a step to the outline."""
        self.outline.open(step)
        self.working = True
        if step.description:
            self.tell(step.description)
        self.hear()

    def tell(self, message: str) -> None:
        """Makes `message` what the task says of itself now."""
        self.message = message
        self.hear()

    def say(self, line: Line) -> None:
        """Adds a line to the task's log."""
        if not self.ended:
            self.lines.add(line)
            self.hear()

    def write(self, printed: str, level: str) -> None:
        """Adds text that the task prints to its log, line by line."""
        if not self.ended:
            self.lines.write(printed, level, time.time())
            self.hear()

    def sample(self, now: float) -> Event | None:
        """What is new since the last look, as an event; None if nothing is. A rate alone is no news."""
        lines = self.lines.take(now, last=self.ended)
        steps = tuple(step.look(now) for step in self.outline.steps())
        message = None if self.message is None else text(self.message, MESSAGE_LIMIT)
        told = (
            message,
            self.working,
            *((s.key, s.description, s.current, s.total, s.unit, s.done) for s in steps),
        )
        if told == self._told and not lines:
            return None
        self._told = told
        return Event(
            id=self.task_id,
            at=now,
            run=self.token,
            attempt=self.attempt,
            state=State.PROGRESS if self.working else State.STARTED,
            percent=self.outline.percent(),
            steps=steps if self.working else None,
            message=message,
            log=lines,
        )

    def repeat(self) -> None:
        """Makes all that it has said, but for its lines, new to the next look."""
        self._told = ()

    def end(self) -> None:
        """The last look, before the event that ends the run. What is said after it goes nowhere."""
        if not self.ended:
            self.ended = True
            self._recorder.unwatch(self)

    def hear(self) -> None:
        """Has the recorder look from now on: there is something to see."""
        if not self._heard and not self.ended:
            self._heard = True
            self._recorder.watch(self)


class _Active:
    """The runs under way in this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.runs: list[Run] = []
        self.together = False


_active = _Active()


def current() -> Run | None:
    """The run that this code belongs to; None outside a task.

    The context knows, also in coroutines. A thread that a task started has none: it belongs to the run of this
    process, in a pool of processes. Where runs have been seen side by side, nobody can tell, and it belongs to none.
    """
    run = _run.get()
    if run is not None or not _active.runs:
        return run
    runs = tuple(_active.runs)
    thread = threading.current_thread()
    if len(runs) != 1 or _active.together or thread is threading.main_thread() or thread.name.startswith("phloem-"):
        return None
    return runs[0]


def active() -> bool:
    """Whether any run is under way in this process."""
    return bool(_active.runs)


def enter(run: Run | None) -> None:
    """Makes `run` the current one of this context. None leaves it, for the one it was started within, if any."""
    if run is None:
        _leave()
        return
    with _active.lock:
        run.outer, run.outer_step = _run.get(), outline.innermost()
        _remove(run.outer)
        _active.runs.append(run)
        _active.together |= len(_active.runs) > 1
    _run.set(run)
    outline.within(None)


def _leave() -> None:
    run = _run.get()
    outer = run.outer if run is not None and run.outer is not None and not run.outer.ended else None
    with _active.lock:
        _remove(run)
        if outer is not None:
            _active.runs.append(outer)
    _run.set(outer)
    outline.within(run.outer_step if run is not None and outer is not None else None)
    if run is not None:
        run.outer = run.outer_step = None
        run.end()  # where Celery said nothing of an end: the task was ignored or rejected


def _remove(run: Run | None) -> None:
    if run is not None and run in _active.runs:
        _active.runs.remove(run)


def _forget() -> None:
    """A child that a task forks is not the task: two processes that speak of one run would contradict each other."""
    global _active
    _active = _Active()
    _run.set(None)
    outline.within(None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
