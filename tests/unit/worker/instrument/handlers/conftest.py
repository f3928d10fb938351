"""A process in which an app is observed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from phloem.instrument.handlers import child_process, main_process
from phloem.progress import current
from phloem.reporting import recorder
from tests.unit.worker.instrument.handlers.process import Process
from tests.unit.worker.instrument.handlers.traced import Traced


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    yield process
    current.leave()
    process.recorder.close(10)


@pytest.fixture
def traced() -> Iterator[Traced]:
    current.forget()
    traced = Traced()
    yield traced
    traced.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that follows closely does so within a minute."""
    for module in (recorder, main_process, child_process):
        monkeypatch.setattr(module, "LINGER_SECONDS", 60.0)


@pytest.fixture
def child(process: Process) -> Process:
    """A child of a worker, which was forked after the worker began to answer for its tasks."""
    process.observer.start_lease()
    process.observer._lease_pid = os.getppid()
    return process
