"""Tasks that end soon after they were received: what each process tells of them, and what happens if one dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from phloem.instrument.handlers import child_process, main_process
from phloem.instrument.handlers.successes import PATIENCE_SECONDS, Begun, Successes
from phloem.instrument.headers import CALL, RECEIVED
from phloem.model.event import Event
from phloem.model.state import State
from phloem.reporting import recorder
from tests.unit.worker.instrument.handlers.process import Process, message, task

LARGE = main_process.CALL_TO_CHILD_BYTES + 1


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that follows closely does so within a minute."""
    for module in (recorder, main_process, child_process):
        monkeypatch.setattr(module, "LINGER_SECONDS", 60.0)


def received(process: Process, body: bytes = b"[[1], {}, {}]", **said: Any) -> Any:
    """A request that a worker has received, and is about to hand over."""
    sent = SimpleNamespace(
        headers={"task": "app.add", "id": "t1"},
        properties={},
        body=body,
        payload=[[1], {}, {}],
        content_type="application/json",
        content_encoding="utf-8",
        delivery_info={},
    )
    heard: list[Any] = []
    request = message()
    for name, value in {"message": sent, "heard": heard, "on_success": heard.append, "worker_pid": 1, **said}.items():
        setattr(request, name, value)
    request._request_dict = request.request_dict
    process.main.received(request)
    return request


@pytest.mark.usefixtures("patient")
def test_a_task_that_soon_succeeds_is_told_by_its_child_alone(process: Process) -> None:
    request = received(process)
    request.on_success((0, "3", 0.1))
    assert process.recorder.flush(2)
    assert process.channel.task("t1") is None
    assert request.heard == [(0, "3", 0.1)]
    assert json.dumps(request._request_dict[CALL])


@pytest.mark.usefixtures("patient")
def test_the_message_has_no_call_in_its_headers_when_it_goes_back(process: Process) -> None:
    request = received(process)
    assert CALL in request._request_dict
    assert CALL not in request.request_dict


def test_a_task_that_succeeds_later_is_told_as_received_as_well(process: Process) -> None:
    request = received(process)
    found = process.task()
    request.on_success((0, "3", 0.1))
    assert found.state is State.RECEIVED


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "said",
    [
        {"eta": "2100-01-01T00:00:00+00:00"},
        {"expires": "2100-01-01T00:00:00+00:00"},
        {"delivery_info": {"redelivered": True}},
        {"body": b"[[" + b" " * LARGE + b"1], {}, {}]"},
        {"on_success": None},
    ],
    ids=["starts later", "expires", "came again", "is large", "of a class of its own"],
)
def test_one_of_which_the_child_does_not_know_all_is_told_at_once(process: Process, said: dict[str, Any]) -> None:
    request = received(process, **said)
    assert CALL not in request._request_dict
    assert process.task().state is State.RECEIVED


class Sealed(SimpleNamespace):
    """A request of a class that lets nobody hear of its success."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "on_success" and name in vars(self):
            raise AttributeError(name)
        super().__setattr__(name, value)


@pytest.mark.usefixtures("patient")
def test_a_child_is_left_nothing_to_tell_of_whose_success_its_worker_does_not_hear(process: Process) -> None:
    request: Any = Sealed(**vars(message()), on_success=print, message=None)
    request._request_dict = request.request_dict
    process.main.received(request)
    assert CALL not in request._request_dict
    assert process.task().state is State.RECEIVED


@pytest.mark.usefixtures("patient")
def test_a_task_that_fails_is_told_as_received_as_well(process: Process) -> None:
    received(process).on_success((1, SimpleNamespace(exception=ValueError()), 0.1))
    assert process.task().state is State.RECEIVED


@pytest.fixture
def child(process: Process) -> Process:
    """A child of a worker, which was forked after the worker began to answer for its tasks."""
    process.observer.start_lease()
    process.observer._lease_pid = os.getppid()
    return process


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("ago", "told"), [(0.0, b"the call"), (61.0, None)], ids=["just now", "before"])
def test_a_child_tells_the_call_of_a_task_that_was_received_just_now(
    child: Process, ago: float, told: bytes | None
) -> None:
    child.child.started("t1", task({CALL: b64encode(b"the call").decode(), RECEIVED: time.time() - ago}), [1], {})
    assert child.recorder.flush(2)
    assert child.channel.call("t1") == told


@pytest.mark.parametrize(
    ("state", "late", "said", "waits"),
    [
        ("SUCCESS", False, {CALL: None}, False),
        ("SUCCESS", True, {CALL: None}, True),
        ("FAILURE", False, {CALL: None}, True),
        ("SUCCESS", False, {}, True),
    ],
    ids=["a success", "one that is acknowledged late", "a failure", "one that the worker does not hear"],
)
def test_a_child_waits_for_the_record_unless_its_worker_knows_of_the_end_as_well(
    child: Process, state: str, late: bool, said: dict[str, Any], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[object] = []
    monkeypatch.setattr(child.observer, "wait_for_record", waited.append)
    running = task(said)
    running.acks_late = late
    child.child.started("t1", running, [1], {})
    if state == "SUCCESS":
        child.child.succeeded(running, 3)
    else:
        child.child.failed(running, "t1", ValueError())
    child.child.left("t1", running, state)
    assert bool(waited) == waits


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


RUN = Begun("t1", "r1", 0, "app.add", b"the call", 1.0)


def test_what_a_child_succeeded_with_before_it_died_is_told(
    latest: Successes, reported: list[Event], clock: Clock, dead: int
) -> None:
    latest.add(RUN, dead, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    [told] = reported
    assert (told.id, told.run, told.name, told.call) == ("t1", "r1", "app.add", b"the call")
    assert told.state is State.SUCCESS
    assert told.finished_at is not None
    assert told.message == "It succeeded, and its process died before it told the result."


def test_a_child_that_somebody_has_waited_for_is_gone(latest: Successes, reported: list[Event], clock: Clock) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    latest.add(RUN, child.pid, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported


def test_a_child_that_lives_tells_it_itself(
    latest: Successes, reported: list[Event], clock: Clock, living: int
) -> None:
    for pid in (living, os.getpid()):
        latest.add(RUN, pid, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported == []


def test_the_recorder_has_them_checked_from_the_first_on(latest: Successes, record: Any, living: int) -> None:
    for _ in range(2):
        latest.add(RUN, living, 2.0)
    assert record.chores == [latest.check]


def test_a_success_of_a_moment_ago_waits_for_its_child(
    latest: Successes, reported: list[Event], clock: Clock, dead: int
) -> None:
    latest.add(RUN, dead, 2.0)
    latest.check()
    assert reported == []


def test_while_the_record_is_away_none_is_forgotten(
    latest: Successes, reported: list[Event], record: Any, clock: Clock, living: int
) -> None:
    record.failing = True
    latest.add(RUN, living, 2.0)
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
    latest.add(RUN, dead, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.add(RUN, living, 3.0)
    assert len(reported) == 1


def test_a_greenlet_is_no_child_that_could_die(latest: Successes, reported: list[Event], clock: Clock) -> None:
    latest.add(RUN, id(object()), 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported == []


def test_without_waitid_a_child_that_is_gone_is_known(
    latest: Successes, reported: list[Event], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "waitid")
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    latest.add(RUN, child.pid, 2.0)
    clock.now += PATIENCE_SECONDS
    latest.check()
    assert reported


@pytest.mark.usefixtures("patient")
def test_a_message_that_a_worker_received_just_before_it_closed_waits_for_another(process: Process) -> None:
    process.main.worker_is_ready()
    received(process)
    process.main.closing()
    found = process.channel.task("t1")
    assert found is not None
    assert found.state is State.PENDING


def test_a_worker_that_closes_tells_what_a_dead_child_succeeded_with_just_now(process: Process, dead: int) -> None:
    process.observer.start_lease()
    process.main._successes.add(RUN, dead, time.time())
    process.main.closing()
    found = process.channel.task("t1")
    assert found is not None
    assert found.state is State.SUCCESS


def test_a_child_that_closes_tells_nothing_of_its_siblings(child: Process, dead: int) -> None:
    child.main._successes.add(RUN, dead, time.time())
    child.main.closing()
    assert child.channel.task("t1") is None
