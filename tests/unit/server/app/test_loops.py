"""Threads of an application: that they start, and that they end."""

from __future__ import annotations

import logging
import threading

import pytest

from phloem_server.app.loops import Loops


class Waiting:
    """A loop that waits for its end; one that is `deaf` until that is set."""

    def __init__(self, deaf: threading.Event | None = None) -> None:
        self.thread: threading.Thread | None = None
        self.started, self.stopped = threading.Event(), threading.Event()
        self.deaf = deaf

    def run(self) -> None:
        self.thread = threading.current_thread()
        self.started.set()
        self.stopped.wait()
        if self.deaf:
            self.deaf.wait()

    def stop(self) -> None:
        self.stopped.set()


def test_each_loop_runs_in_a_thread_of_its_name_until_it_is_closed() -> None:
    one, other = Waiting(), Waiting()
    with Loops({"one": one, "other": other}):
        assert one.started.wait(5)
        assert other.started.wait(5)
        assert {thread.name for loop in (one, other) if (thread := loop.thread)} == {"phloem-one", "phloem-other"}
        assert all(thread.daemon for loop in (one, other) if (thread := loop.thread))
    assert not any(thread.is_alive() for loop in (one, other) if (thread := loop.thread))


def test_a_thread_that_does_not_end_in_time_is_named(caplog: pytest.LogCaptureFixture) -> None:
    hears = threading.Event()
    loops = Loops({"deaf": Waiting(hears), "quick": Waiting()})
    loops.start()
    with caplog.at_level(logging.WARNING):
        loops.close(0.2)
    hears.set()
    assert [record.getMessage() for record in caplog.records] == [
        "The thread phloem-deaf did not end within 0.2 seconds"
    ]
    loops.close()


def test_loops_that_never_started_can_be_closed() -> None:
    loop = Waiting()
    Loops({"loop": loop}).close()
    assert loop.stopped.is_set()
