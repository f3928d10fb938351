"""Rounds of questions to the workers: made while a client watches, and ended with the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import pytest

from phloem.testing import MemoryChannel
from phloem_server.boards import rounds
from phloem_server.boards.fleet import Fleet
from phloem_server.control.remote_control import RemoteControl, Survey
from phloem_server.mirror.follower import Follower

DEADLINE_SECONDS = 10.0
EVERY_SECONDS = 0.01


class CountingControl(RemoteControl):
    """Counts the rounds; the first one fails."""

    def __init__(self) -> None:
        self.rounds = 0

    def survey(self, queues: Iterable[str] = ()) -> Survey:
        self.rounds += 1
        if self.rounds == 1:
            raise RuntimeError("a bug")
        return Survey(stats=(), queues={})


@pytest.fixture
def control() -> CountingControl:
    return CountingControl()


@pytest.fixture
def fleet(control: CountingControl) -> Fleet:
    return Fleet(control, Follower(MemoryChannel()), every=EVERY_SECONDS)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(EVERY_SECONDS)


def test_workers_are_asked_only_while_a_client_watches(
    fleet: Fleet, control: CountingControl, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    thread = threading.Thread(target=fleet.run)
    thread.start()
    assert (control.rounds, fleet.has_answers) == (0, False)
    fleet.look()
    assert fleet.has_answers
    assert "The workers could not be asked" in caplog.text
    wait_until(lambda: control.rounds > 2)
    monkeypatch.setattr(rounds, "WATCHED_SECONDS", -1.0)
    wait_until(lambda: not fleet.has_answers)
    fleet.stop()
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()


def test_stopping_does_not_wait_for_the_next_round(control: CountingControl) -> None:
    fleet = Fleet(control, Follower(MemoryChannel()), every=3600)
    thread = threading.Thread(target=fleet.run)
    thread.start()
    fleet.look()
    fleet.stop()
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()
