"""A run to be inside of, for tests of what a task reports."""

import threading
import time
from collections.abc import Iterator

import pytest

from phloem.instrument import attachment
from phloem.progress import current
from phloem.progress.run import Run


class Nobody:
    """Looks at no run: the test does."""

    def watch(self, watched: Run) -> None:
        pass

    def unwatch(self, watched: Run) -> None:
        pass


@pytest.fixture
def run() -> Iterator[Run]:
    """A run that this test is inside of; nothing looks at it but the test, and no other test's run is beside it."""
    current.forget()
    run = Run("t1", "r1", Nobody())
    current.enter(run)
    yield run
    current.leave()


@pytest.fixture(scope="session", autouse=True)
def detached() -> None:
    """The bundled jobs attach themselves where they are imported; what unit tests do with them is recorded nowhere."""
    attachment.detach()


@pytest.fixture(autouse=True)
def recorders_end() -> Iterator[None]:
    """Fail the test that leaves a recorder's thread behind, and not a later one that counts them."""
    yield
    deadline = time.monotonic() + 2
    while left := [thread for thread in threading.enumerate() if thread.name == "phloem-recorder"]:
        assert time.monotonic() < deadline, left
        left[0].join(0.05)
