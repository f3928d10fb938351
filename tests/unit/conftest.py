"""A run to be inside of, for tests of what a task reports."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from celery import _state
from kombu.transport import memory

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


Threads = Callable[[], list[threading.Thread]]


@pytest.fixture
def new_threads() -> Threads:
    """Tells our threads that began since the test did: what earlier tests of this process left is none of them."""
    before = set(threading.enumerate())
    return lambda: [
        thread for thread in threading.enumerate() if thread.name.startswith("phloem-") and thread not in before
    ]


@pytest.fixture(autouse=True)
def recorders_end() -> Iterator[None]:
    """Fail the test that leaves a recorder's thread behind, and not a later one that counts them."""
    yield
    deadline = time.monotonic() + 10
    while left := [thread for thread in threading.enumerate() if thread.name == "phloem-recorder"]:
        assert time.monotonic() < deadline, left
        left[0].join(0.05)


@pytest.fixture(autouse=True)
def celery_forgets() -> Iterator[None]:
    """What Celery and kombu keep for the whole process stays in its test.

    A shared task, which `@app.task` makes unless told not to, is given to each app that is made after it; all brokers
    at `memory://` are one.
    """
    shared = set(_state._on_app_finalizers)
    yield
    _state._on_app_finalizers.intersection_update(shared)
    memory.Channel.queues.clear()
    memory.Transport.global_state.clear()
