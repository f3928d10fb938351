"""One execution of a task, and what it reports."""

from __future__ import annotations

import time
from typing import Protocol

import msgspec

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line, Step
from phloem.progress.log_lines import Lines
from phloem.progress.outline import Outline
from phloem.progress.steps import DESCRIPTION_LIMIT_BYTES, OpenStep, innermost
from phloem.redaction import Veil, clip, text


class Watcher(Protocol):
    """Samples runs from time to time: the recorder, or a test."""

    def watch(self, watched: Run) -> None:
        """Samples `watched` from now on."""

    def unwatch(self, watched: Run) -> None:
        """Samples it one last time."""


class Run:
    """One execution of a task, and all that it reports.

    The watcher samples it; the task only writes into it, and never waits. Safe to use from several threads.
    """

    # What most runs leave as it is, is none of the instance: one is made for each task, however short that is.
    owner: str | None = None
    """Whose its task is."""
    label: str | None = None
    """What the task called itself in this run."""
    message: str | None = None
    working = False
    """Whether it has reported progress: then its state is PROGRESS."""
    updated: OpenStep | None = None
    """The step that the calls of `update_state` move."""
    ended = False
    waited_seconds = 0.0
    """How long its end has waited to be recorded."""
    _outline: Outline | None = None
    _lines: Lines | None = None
    _veil: Veil | None = None
    _succeeded = False
    _watched = False
    _reported: tuple[object, ...] = ()

    def __init__(self, task_id: str, token: str, watcher: Watcher, attempt: int = 0) -> None:
        self.task_id = task_id
        self.token = token
        """Names this run among all runs of the task."""
        self.attempt = attempt
        self._watcher = watcher

    # Set by whichever of several threads is first.

    @property
    def outline(self) -> Outline:
        """Its steps."""
        found = self._outline
        return vars(self).setdefault("_outline", Outline()) if found is None else found

    @property
    def lines(self) -> Lines:
        """Its log, as far as it was not sampled yet."""
        found = self._lines
        return vars(self).setdefault("_lines", Lines()) if found is None else found

    @property
    def veil(self) -> Veil:
        """Hides what is secret in its texts."""
        found = self._veil
        return vars(self).setdefault("_veil", Veil()) if found is None else found

    def open(self, step: OpenStep) -> None:
        """Adds a step. Its description becomes the message."""
        self.outline.open(step)
        self.working = True
        if step.description:
            self.tell(step.description)
        self.mark_changed()

    def close(self, step: OpenStep) -> None:
        """Takes note that a step has ended."""
        self.outline.close(step)

    def discard(self, step: OpenStep) -> None:
        """Removes a step and all steps below it from what is reported."""
        self.outline.discard(step)

    def tell(self, message: str) -> None:
        """Makes `message` what the task shows beside its bar."""
        self.message = message
        self.mark_changed()

    def call(self, label: str) -> None:
        """Makes `label` what people call the task."""
        self.label = label
        self.mark_changed()

    def say(self, line: Line) -> None:
        """Adds a line to the task's log."""
        if not self.ended:
            if (step := self._step()) is not None:
                line = msgspec.structs.replace(line, step=step)
            self.lines.add(line)
            self.mark_changed()

    def write(self, printed: str, level: str) -> None:
        """Adds printed text to the task's log, line by line."""
        if not self.ended:
            self.lines.write(printed, level, time.time(), self._step())
            self.mark_changed()

    def _step(self) -> str | None:
        """The key of its step that this code is within."""
        step = innermost()
        return step.key if step is not None and step.owner is self else None

    def sample(self, now: float) -> Event | None:
        """What changed since the last sample, as an event at `now` (Unix seconds); None if nothing did.

        A step whose rate alone is another has not changed.
        """
        lines = self.veil.lines(self.lines.take(now, last=self.ended))
        steps = tuple(self._veiled(step.snapshot(now, last=self.ended)) for step in self.outline.look())
        percent = 100.0 if self._succeeded and self.outline.done() else self.outline.percent()
        message = None
        if self.message is not None:
            message = clip(self.veil.text(text(self.message, 2 * DESCRIPTION_LIMIT_BYTES)), DESCRIPTION_LIMIT_BYTES)
        label = None
        if self.label is not None:
            from phloem.model.label import label_of  # not by each process that attaches, as it starts

            label = label_of(self.veil.text(self.label))
        reported = (
            percent,
            message,
            label,
            self.working,
            *((s.key, s.description, s.current, s.total, s.unit, s.done, s.finished_at) for s in steps),
        )
        if reported == self._reported and not lines:
            return None
        self._reported = reported
        return Event(
            id=self.task_id,
            at=now,
            run=self.token,
            attempt=self.attempt,
            state=State.PROGRESS if self.working else State.STARTED,
            percent=percent,
            steps=steps if self.working else None,
            message=message,
            own_label=label,
            log=lines,
        )

    def _veiled(self, step: Step) -> Step:
        name, description, unit = step.name, self.veil.text(step.description), self.veil.text(step.unit)
        if name:
            name = self.veil.text(name)
        if (name, description, unit) == (step.name, step.description, step.unit):
            return step
        return msgspec.structs.replace(step, name=name, description=description, unit=unit)

    def repeat(self) -> None:
        """Makes the next sample report everything again, except for log lines."""
        self._reported = ()

    def settle(self) -> None:
        """Tells all that is new at once, before something is reported that has to come after it."""
        if self._watched:
            self._watched = False
            self._watcher.unwatch(self)

    def end(self, *, succeeded: bool = False) -> None:
        """Ends the run with a last sample, to be called before its end is reported. Later log lines are dropped."""
        if not self.ended:
            self.ended, self._succeeded = True, succeeded
            if self._watched:
                self._watcher.unwatch(self)

    def mark_changed(self) -> None:
        """Has the watcher sample this run from now on."""
        if not self._watched and not self.ended:
            self._watch()

    def _watch(self) -> None:
        self._watched = True
        self._watcher.watch(self)
        if self.ended:  # meanwhile, by another thread
            self._watcher.unwatch(self)
