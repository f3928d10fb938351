"""The pytest plugin of Phloem: a fixture with what a task's code reports when a test calls it directly.

    import phloem

    def import_rows(rows):
        for row in phloem.track(rows, "Importing", unit="row"):
            if not row:
                phloem.log("an empty row was skipped", level="warning")

    def test_empty_rows_are_skipped_and_said(phloem_run):
        import_rows(["a", "", "c"])
        assert [(step.description, step.current, step.done) for step in phloem_run.steps] == [("Importing", 3, True)]
        assert phloem_run.percent == 100
        assert phloem_run.messages == ["Importing", "an empty row was skipped"]
        assert phloem_run.lines == [("warning", "an empty row was skipped")]

It needs no Redis, no worker and no `attach`. Tasks that a test runs eagerly report to it as well; where their app is
attached, nothing of them is recorded meanwhile. pytest loads it by its entry point.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType

import pytest

from phloem.instrument import output
from phloem.model.task import Step
from phloem.progress import current
from phloem.progress.run import Run


class Reported:
    """What the code of a test has reported so far, as a task would. Every property shows the present."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self._run = _Caught(self.messages)
        self._lines: list[tuple[str, str]] = []

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order in which they were opened."""
        return tuple(step.snapshot(time.time()) for step in self._run.outline.look())

    @property
    def percent(self) -> float | None:
        """Percent of the whole, 0 to 100; None if that is not known."""
        self._run.outline.look()
        return self._run.outline.percent()

    @property
    def message(self) -> str | None:
        """The last message; `messages` are all of them."""
        return self.messages[-1] if self.messages else None

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Level and text of each line of the log: from `phloem.log`, from loggers, and from what was printed."""
        self._lines += [(line.level, line.message) for line in self._run.lines.take(time.time())]
        return self._lines


@pytest.fixture
def phloem_run() -> Iterator[Reported]:
    """What the test reports, in a run of its own. See the beginning of this module."""
    reported = Reported()
    with _unrecorded():
        current.enter(reported._run)
        output.capture()
        yield reported
        current.leave()
        output.release()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Hears what is printed: pytest has replaced the streams since the fixture was made.

    No thread of an attached app outlives the test: fixtures that look for threads left behind run after this.
    """
    if "phloem_run" in getattr(item, "fixturenames", ()):
        output.capture()
    try:
        return (yield)
    finally:
        if (attachment := _attachment()) is not None:
            attachment.rest()


def _attachment() -> ModuleType | None:
    """The module, if an app may be attached: to import it costs time, and this plugin is loaded in every session."""
    return sys.modules.get("phloem.instrument.attachment")


def _unrecorded() -> AbstractContextManager[None]:
    attachment = _attachment()
    return nullcontext() if attachment is None else attachment.suspended()


class _NoWatcher:
    """Samples nothing: the test does."""

    def watch(self, watched: Run) -> None:
        """Does nothing."""

    def unwatch(self, watched: Run) -> None:
        """Does nothing."""


class _Caught(Run):
    def __init__(self, messages: list[str]) -> None:
        super().__init__("test", "test", _NoWatcher())
        self._messages = messages

    def tell(self, message: str) -> None:
        """Keeps every message; a task shows the last."""
        self._messages.append(message)
        super().tell(message)
