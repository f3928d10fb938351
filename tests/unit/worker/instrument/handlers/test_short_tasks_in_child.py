"""What a child tells of a task that ends soon after it was received."""

from __future__ import annotations

import gc
import json
import time
import weakref
from types import SimpleNamespace
from typing import Any

import pytest

import phloem
from phloem.instrument.calls import call, handed
from phloem.instrument.messages import headers
from phloem.instrument.messages.headers import CALL, CREATED, RECEIVED
from phloem.model.event import Event
from phloem.model.state import State
from phloem.reporting import recorder
from tests.unit.worker.instrument.handlers.process import Process, message, task
from tests.waiting import wait_until

SAID = {"task": "app.add", "id": "t1"}
PARTS = (b"[[1], {}, {}]", "application/json", "utf-8", ("task", "id"))


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("ago", "told"), [(0.0, True), (121.0, False)], ids=["just now", "before"])
def test_a_child_tells_the_call_of_a_task_that_was_received_just_now(child: Process, ago: float, told: bool) -> None:
    child.child.started("t1", task({**SAID, CALL: PARTS, RECEIVED: time.time() - ago}), [1], {})
    assert child.recorder.flush(40)
    assert (child.channel.call("t1") is not None) == told


def test_the_call_that_a_child_tells_is_the_one_that_its_worker_would(child: Process) -> None:
    """Of all that a message may say."""
    sent = SimpleNamespace(
        headers={**SAID, "origin": "gen1@here", "tenant": {"name": "acme"}, "shadow": None, CREATED: 5.0},
        properties={"correlation_id": "t1", "priority": 3, "delivery_tag": 7, "reply_to": "r"},
        body=b"[[1], {}, {}]",
        payload=[[1], {}, {"callbacks": [{"task": "app.next"}], "errbacks": None, "chain": None, "chord": None}],
        content_type="application/json",
        content_encoding="utf-8",
        delivery_info={"exchange": "e", "routing_key": "k"},
    )
    request = message(headers={**sent.headers, "properties": sent.properties, "delivery_info": sent.delivery_info})
    request.body = sent.body
    parts = handed.handed(sent, request)
    assert parts is not None
    seen = {**request.request_dict, **sent.payload[2], "headers": {"tenant": {"name": "acme"}}}
    assert handed.kept(parts, seen, "t1", "app.add") == call.kept(sent, "t1", "app.add")


@pytest.mark.parametrize("name", ["hostname", "args", "headers", "callbacks", "soft_time_limit", "phloem_args"])
def test_a_message_with_a_header_that_its_task_does_not_see_is_not_handed_to_a_child(name: str) -> None:
    sent = SimpleNamespace(headers={**SAID, name: "x"}, body=b"", content_type="", content_encoding="")
    request = message(headers=sent.headers)
    request.body = sent.body
    assert handed.handed(sent, request) is None


@pytest.mark.parametrize(("args", "is_handed"), [([1, "a"], True), ([object()], False)])
def test_a_pickled_message_is_handed_to_a_child_unless_it_holds_objects(args: list[object], is_handed: bool) -> None:
    """Their texts are made by code of the application, which might wait for what waits for the recorder."""
    sent = SimpleNamespace(headers=SAID, body=b"", content_type="application/x-python-serialize", content_encoding="")
    request = message(headers=sent.headers)
    request.body, request.args = sent.body, args
    assert (handed.handed(sent, request) is not None) == is_handed


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
    if state == "FAILURE":
        child.child.failed(running, "t1", ValueError())
    child.child.left("t1", running, state, 3)
    assert bool(waited) == waits


@pytest.fixture
def busy(child: Process, patient: None) -> Process:
    """A child that has told of a task just now, so that its recorder looks for the next ones by itself."""
    child.recorder.report(Event(id="t0", at=1.0, state=State.PENDING))
    wait_until(lambda: child.channel.task("t0") and child.recorder.lingers, 60, "it looks by itself")
    return child


def called(said: dict[str, Any]) -> Any:
    """The task of a message that its worker has handed to this child."""
    found = task({**SAID, CALL: PARTS, **said})
    found.run = lambda *args, **kwargs: None
    return found


def run(process: Process, args: list[Any], kwargs: dict[str, Any], result: object, said: str | None = None) -> None:
    """A task that runs in a child, says something in its log, and succeeds."""
    running = called({RECEIVED: time.time(), headers.RUN: "r1", "hostname": "w@here"})
    process.child.started("t1", running, args, kwargs)
    if said is not None:
        phloem.log(said)
    process.child.left("t1", running, "SUCCESS", result)


@pytest.mark.parametrize(
    ("args", "result"),
    [([1], 3), ([], None), ([[1]], 3), ([1], [3])],
    ids=["single values", "none", "a list among its arguments", "a list as its result"],
)
def test_a_short_task_in_a_busy_child_is_one_event(busy: Process, args: list[Any], result: object) -> None:
    before = len(busy.channel.attempts)
    run(busy, args, {}, result)
    found = busy.task()
    assert len(busy.channel.attempts) - before == 1
    assert (found.state, found.worker, found.run) == (State.SUCCESS, "w@here", "r1")
    assert (found.args, found.result) == (json.dumps(args), json.dumps(result))
    assert None not in (found.received_at, found.started_at, found.finished_at)
    assert busy.channel.call("t1") is not None
    log = [entry.message for entry in busy.channel.log("t1")]
    assert log == ["RECEIVED", "STARTED", "SUCCESS"]


def test_what_a_short_task_is_given_as_a_secret_is_hidden_in_its_log_and_its_result(busy: Process) -> None:
    run(busy, [1], {"password": "hunter2-and-more"}, "signed in with hunter2-and-more", "used hunter2-and-more")
    found = busy.task()
    assert "hunter2" not in str((found, busy.channel.log("t1")))
    assert "[redacted]" in str(found.result)


def test_a_list_that_changes_while_its_task_runs_is_told_as_it_was(busy: Process) -> None:
    given = [1]
    running = called({RECEIVED: time.time()})
    busy.child.started("t1", running, [given], {})
    given.append(2)
    assert busy.task().args == "[[1]]"
    busy.child.left("t1", running, "FAILURE")


def test_arguments_that_a_task_changes_in_its_request_are_told_as_they_were(busy: Process) -> None:
    """As one does that goes on from where it was: `self.retry(kwargs=self.request.kwargs)`."""
    running = called({RECEIVED: time.time(), "args": [1], "kwargs": {"b": 1}})
    busy.child.started("t1", running, running.request.args, running.request.kwargs)
    running.request.args.append(2)
    running.request.kwargs["b"] = 2
    found = busy.task()
    assert (found.args, found.kwargs) == ("[1]", '{"b":1}')
    busy.child.left("t1", running, "FAILURE")


def test_what_follows_a_short_task_is_kept_as_it_was(busy: Process) -> None:
    """Celery takes out of the chain what it sends, and later tells that the task succeeded."""
    running = called({RECEIVED: time.time(), "chain": [{"task": "app.last"}, {"task": "app.next"}]})
    busy.child.started("t1", running, [1], {})
    running.request.chain.pop()
    busy.child.left("t1", running, "SUCCESS", 3)
    busy.task()
    kept = busy.channel.call("t1")
    assert kept is not None
    assert call.read(kept).follows.chain == ("app.next", "app.last")


def test_the_success_of_another_task_is_not_that_of_the_one_that_runs_here(busy: Process) -> None:
    """As of an eager one, whose start could not be told."""
    running = called({RECEIVED: time.time()})
    busy.child.started("t1", running, [1], {})
    busy.child.left("t2", called({"id": "t2"}), "SUCCESS", 3)
    assert busy.task().state is State.STARTED
    other = busy.channel.task("t2")
    assert other is not None
    assert other.state is State.SUCCESS
    busy.child.left("t1", running, "FAILURE")


def test_a_task_whose_arguments_cannot_be_told_ends_as_others_do(
    busy: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise LookupError("no such task")

    monkeypatch.setattr(busy.observer, "description", fails)
    run(busy, [1], {}, 3)
    found = busy.task()
    assert (found.state, found.started_at is not None) == (State.SUCCESS, True)
    assert "no such task" in caplog.text


def test_a_short_task_in_a_busy_child_that_is_acknowledged_late_is_recorded_before(busy: Process) -> None:
    running = called({RECEIVED: time.time()})
    running.acks_late = True
    busy.child.started("t1", running, [1], {})
    busy.child.left("t1", running, "SUCCESS", 3)
    found = busy.channel.task("t1")
    assert found is not None
    assert found.state is State.SUCCESS


def test_a_task_at_whose_start_the_soft_time_limit_strikes_ends_as_others_do(
    busy: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = type("SoftTimeLimitExceeded", (Exception,), {})

    def struck(_: object) -> None:
        raise limit

    running = called({RECEIVED: time.time()})
    monkeypatch.setattr(busy.recorder, "defer", struck)
    with pytest.raises(limit):
        busy.child.started("t1", running, [1], {})
    busy.child.left("t1", running, "SUCCESS", 3)
    assert busy.task().state is State.SUCCESS


def test_a_task_goes_on_after_one_within_it_whose_start_could_not_be_told(child: Process) -> None:
    outer, inner = task({}), task({"id": "t2", "retries": "many", "is_eager": True})
    child.child.started("t1", outer, [1], {})
    child.child.started("t2", inner, [1], {})
    child.child.left("t2", inner, "SUCCESS")
    phloem.log("it goes on")
    child.child.left("t1", outer, "SUCCESS", 3)
    assert child.task().state is State.SUCCESS
    assert "it goes on" in [entry.message for entry in child.channel.log("t1")]


class Given:
    """An argument, as large as can be."""


def test_a_child_keeps_no_arguments_of_a_task_that_has_ended(child: Process) -> None:
    given = Given()
    running = task({})
    child.child.started("t1", running, [given], {})
    child.child.failed(running, "t1", ValueError())
    child.child.left("t1", running, "FAILURE")
    held = weakref.ref(given)
    del given
    gc.collect()
    assert held() is None


@pytest.mark.parametrize("said", [10**400, float("inf"), float("nan"), "5"])
def test_a_header_that_is_no_time_is_none(child: Process, said: object) -> None:
    child.child.started("t1", task({CREATED: said}), [1], {})
    assert child.task().state is State.STARTED


def test_a_task_in_a_busy_child_that_is_long_has_started_meanwhile(
    busy: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "LINGER_SECONDS", 0.01)
    running = called({RECEIVED: time.time()})
    busy.child.started("t1", running, [1], {})
    wait_until(lambda: busy.channel.task("t1"), 60, "it is told")
    assert busy.task().state is State.STARTED
    busy.child.left("t1", running, "SUCCESS", 3)
    assert busy.task().state is State.SUCCESS


def test_a_task_in_a_busy_child_that_fails_has_started_before(busy: Process) -> None:
    running = called({RECEIVED: time.time()})
    busy.child.started("t1", running, [1], {})
    busy.child.failed(running, "t1", ValueError("no"))
    busy.child.left("t1", running, "FAILURE")
    found = busy.task()
    assert (found.state, found.started_at is not None) == (State.FAILURE, True)
