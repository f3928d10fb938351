"""What is made only while a client watches."""

from __future__ import annotations

import threading

import pytest

from phloem_server.boards.rounds import Rounds
from tests.waiting import wait_until


def test_what_is_stopped_before_it_begins_ends_at_once() -> None:
    made: list[int] = []
    rounds = Rounds(lambda: made.append(1), every=60, failed="no round")
    rounds.stop()
    thread = threading.Thread(target=rounds.run)
    thread.start()
    thread.join(10)
    assert (thread.is_alive(), made) == (False, [])


def test_a_client_is_answered_by_the_first_round_and_by_one_more_when_it_asks_anew() -> None:
    made: list[int] = []
    rounds = Rounds(lambda: made.append(1), every=60, failed="no round")
    thread = threading.Thread(target=rounds.run)
    thread.start()
    try:
        rounds.look()
        assert (rounds.has_answered, len(made)) == (True, 1)
        rounds.look_anew()
        assert len(made) == 2
    finally:
        rounds.stop()
        thread.join(10)
    assert not thread.is_alive()


def test_a_round_that_raises_is_logged_and_the_next_one_is_made(caplog: pytest.LogCaptureFixture) -> None:
    made: list[int] = []

    def make() -> None:
        made.append(1)
        raise ValueError("what is this")

    rounds = Rounds(make, every=0.001, failed="The weather could not be asked for")
    thread = threading.Thread(target=rounds.run)
    thread.start()
    try:
        rounds.look()
        wait_until(lambda: len(made) > 1, 40, "a second round")
    finally:
        rounds.stop()
        thread.join(10)
    assert "The weather could not be asked for" in caplog.text
