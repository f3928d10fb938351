"""What is told of successes in a child that died before it could tell them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from phloem.instrument.handlers.successes import PATIENCE_SECONDS, Begun, Successes
from phloem.model.event import Event
from phloem.model.state import State
from tests.unit.worker.instrument.handlers.process import Process


@pytest.fixture
def reported() -> list[Event]:
    return []


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(reported: list[Event]) -> Any:
    """Takes what is reported, and can be out of reach."""
    chores: list[object] = []
    return SimpleNamespace(report=reported.append, failing=False, chores=chores, at_heartbeats=chores.append)


@pytest.fixture
def latest(record: Any, clock: Clock) -> Successes:
    return Successes(record, clock)


@pytest.fixture
def living() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child.pid
        child.kill()


@pytest.fixture
def dead() -> Iterator[int]:
    """A child that has died, and that nobody has waited for yet."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        yield child.pid


SUCCEEDED = Begun("t1", "r1", 0, "app.add", 1.0)


def test_what_a_child_succeeded_with_before_it_died_is_told(
    latest: Successes, reported: list[Event], clock: Clock, dead: int
) -> None:
    latest.add(SUCCEEDED, dead, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    [told] = reported
    assert (told.id, told.run, told.name, told.at) == ("t1", "r1", "app.add", 2.0)
    assert told.state is State.SUCCESS
    assert told.finished_at is not None
    assert told.message == "It succeeded, and its process died before it told the result."


def test_a_child_that_somebody_has_waited_for_is_gone(latest: Successes, reported: list[Event], clock: Clock) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    latest.add(SUCCEEDED, child.pid, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported


def test_a_child_that_lives_tells_it_itself(
    latest: Successes, reported: list[Event], clock: Clock, living: int
) -> None:
    for pid in (living, os.getpid()):
        latest.add(SUCCEEDED, pid, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported == []


def test_the_recorder_has_them_checked_from_the_first_on(latest: Successes, record: Any, living: int) -> None:
    for _ in range(2):
        latest.add(SUCCEEDED, living, 2.0)
    assert record.chores == [latest.check]


def test_a_success_of_a_moment_ago_waits_for_its_child(
    latest: Successes, reported: list[Event], clock: Clock, dead: int
) -> None:
    latest.add(SUCCEEDED, dead, 2.0)
    latest.check()
    assert reported == []


def test_while_the_record_is_away_none_is_forgotten(
    latest: Successes, reported: list[Event], record: Any, clock: Clock, living: int
) -> None:
    record.failing = True
    latest.add(SUCCEEDED, living, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    os.kill(living, signal.SIGKILL)
    os.waitid(os.P_PID, living, os.WEXITED | os.WNOWAIT)
    record.failing = False
    latest.check()
    assert len(reported) == 1


def test_a_later_success_has_the_earlier_ones_checked(
    latest: Successes, reported: list[Event], clock: Clock, dead: int, living: int
) -> None:
    latest.add(SUCCEEDED, dead, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.add(SUCCEEDED, living, 3.0)
    assert len(reported) == 1


def test_a_greenlet_is_no_child_that_could_die(latest: Successes, reported: list[Event], clock: Clock) -> None:
    latest.add(SUCCEEDED, id(object()), 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported == []


def test_without_waitid_a_child_that_is_gone_is_known(
    latest: Successes, reported: list[Event], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "waitid")
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    latest.add(SUCCEEDED, child.pid, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported


def test_a_worker_that_closes_tells_what_a_dead_child_succeeded_with_just_now(process: Process, dead: int) -> None:
    process.observer.start_lease()
    process.main._successes.add(SUCCEEDED, dead, time.time())
    process.main.closing()
    found = process.channel.task("t1")
    assert found is not None
    assert found.state is State.SUCCESS


def test_a_child_that_closes_tells_nothing_of_its_siblings(child: Process, dead: int) -> None:
    child.main._successes.add(SUCCEEDED, dead, time.time())
    child.main.closing()
    assert child.channel.task("t1") is None
