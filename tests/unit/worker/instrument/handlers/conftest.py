"""A process in which an app is observed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from phloem.progress import current
from tests.unit.worker.instrument.handlers.process import Process
from tests.unit.worker.instrument.handlers.traced import Traced


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    yield process
    current.leave()
    process.recorder.close(2)


@pytest.fixture
def traced() -> Iterator[Traced]:
    current.forget()
    traced = Traced()
    yield traced
    traced.close()
