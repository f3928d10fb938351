"""A process in which an app is observed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from phloem.progress import current
from tests.unit.worker.instrument.handlers.process import Process


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    yield process
    current.leave()
    process.recorder.close(2)
