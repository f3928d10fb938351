from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from celery.exceptions import Ignore, Retry

import phloem
from phloem.model.state import State
from phloem.progress import current
from tests.unit.worker.instrument.handlers.process import Process, message, task
from tests.waiting import wait_until


@pytest.mark.parametrize("goes_on", [True, False], ids=["talks", "is silent"])
def test_a_try_whose_start_was_lost_is_heard_and_ends_all_the_same(process: Process, goes_on: bool) -> None:
    for retries in range(3):
        request = message(retries)
        if retries == 2:
            process.channel.lost = {State.RECEIVED, State.STARTED}
        process.main.received(request)
        process.child.started("t1", task(request.request_dict), [1], {})
        if goes_on:
            phloem.log(f"try {retries}")
            with phloem.step(f"Step of try {retries}"):
                pass
        if retries < 2:
            process.child.retried(request=SimpleNamespace(id="t1"), reason=ValueError("not yet"))
        process.child.left("t1", state="RETRY" if retries < 2 else "SUCCESS", retval=3)
    found = process.task()
    assert (found.state, found.result) == (State.SUCCESS, "3")
    assert [step.description for step in found.steps] == (["Step of try 2"] if goes_on else [])


def test_a_run_that_no_main_process_received_has_a_token_of_its_own(process: Process) -> None:
    process.child.started("t1", task({"run": "of somebody"}), [1], {})
    found = process.task()
    assert found.run not in (None, "of somebody")


def run(process: Process, retries: int = 0) -> None:
    """The main process receives the task, and its child starts it."""
    request = message(retries)
    process.main.received(request)
    process.child.started("t1", task(request.request_dict), [1], {})


def test_once_a_task_is_left_its_end_is_recorded(process: Process) -> None:
    run(process)
    process.child.left("t1", state="SUCCESS", retval=3)
    found = process.channel.task("t1")
    assert found is not None
    assert found.state is State.SUCCESS


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Ignore("nothing to do"), "It ended itself and asked for no result: nothing to do"),
        (None, "It ended itself and asked for no result."),
    ],
)
def test_a_task_that_asks_for_no_result_is_revoked_and_says_why(process: Process, value: object, shown: str) -> None:
    run(process)
    process.child.left("t1", state="IGNORED", retval=value)
    found = process.task()
    assert (found.state, found.message) == (State.REVOKED, shown)
    assert current.current() is None


def test_an_error_that_the_task_declares_has_no_traceback(process: Process) -> None:
    for throws, traceback in (((), "where it was raised"), ((ValueError,), None)):
        run(process)
        process.child.failed(
            SimpleNamespace(throws=throws), "t1", ValueError("this cannot work"), "where it was raised"
        )
        process.child.left("t1", state="FAILURE")
        error = process.task().error
        assert error is not None
        assert (error.type, error.message, error.traceback) == ("ValueError", "this cannot work", traceback)


def test_a_retry_says_when_the_next_try_is_and_why(process: Process) -> None:
    run(process)
    reason = Retry("again", exc=ConnectionError("away"), when=60)
    process.child.retried(request=SimpleNamespace(id="t1"), reason=reason)
    found = process.task()
    assert found.state is State.RETRY
    assert found.error is not None
    assert (found.error.type, found.error.message) == ("ConnectionError", "away")
    assert found.eta is not None
    assert time.time() < found.eta <= time.time() + 60


def test_a_worker_that_stops_cold_reports_no_retry(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery.worker.state.should_terminate", True)
    run(process)
    process.child.retried(request=SimpleNamespace(id="t1"), sender=SimpleNamespace(acks_late=True))
    assert process.task().state is State.STARTED


class SignIn(SimpleNamespace):
    """A task that is given a password by position."""

    @staticmethod
    def run(user: str, password: str) -> None: ...


def test_what_a_run_was_given_as_a_secret_is_hidden_wherever_it_says_it(process: Process) -> None:
    request = message()
    process.main.received(request)
    sign_in = SignIn(**vars(task(request.request_dict)))
    process.child.started("t1", sign_in, ["ann", "swordfish"], {})
    phloem.log("trying swordfish")
    with phloem.step("as ann/swordfish"):
        pass
    wait_until(lambda: process.task().message == "as ann/[redacted]", 60, "the step is sampled")
    process.child.retried(request=SimpleNamespace(id="t1"), reason=Retry(exc=ValueError("swordfish?"), when=60))
    error = process.task().error
    assert error is not None
    assert error.message == "[redacted]?"
    process.child.left("t1", state="RETRY")

    again = message(1)
    process.main.received(again)
    process.child.started("t1", SignIn(**vars(task(again.request_dict))), ["ann", "swordfish"], {})
    process.child.left("t1", state="SUCCESS", retval={"said": "swordfish", "n": 1})
    found = process.task()
    assert found.result == '{"said":"[redacted]","n":1}'
    said = [entry.message for entry in process.channel.log("t1", "", 100)]
    assert "trying [redacted]" in said
    assert "swordfish" not in f"{found}{said}"


def test_a_failure_tells_no_secret_that_the_run_was_given(process: Process) -> None:
    request = message()
    process.main.received(request)
    sign_in = SignIn(**vars(task(request.request_dict)))
    process.child.started("t1", sign_in, ["ann", "swordfish"], {})
    error = ValueError("no such user: swordfish")
    process.child.failed(sign_in, "t1", error, einfo="  sign_in('ann', 'swordfish')\nValueError: swordfish")
    assert "swordfish" not in str(process.task())


def test_what_a_worker_gives_up_whose_message_does_not_come_again_is_lost_with_it(process: Process) -> None:
    run(process)
    process.child.retried(request=SimpleNamespace(id="t1"), sender=SimpleNamespace(acks_late=False))
    assert process.task().state is State.STARTED
    assert process.observer.lease is not None
    process.channel.heartbeat(process.observer.lease, 0)
    assert process.task().state is State.LOST


def test_a_worker_that_lost_its_broker_has_its_tasks_tried_again(process: Process) -> None:
    run(process)
    process.child.retried(request=SimpleNamespace(id="t1"), sender=SimpleNamespace(acks_late=True))
    assert process.task().state is State.RETRY
    assert process.observer.lease is not None
    process.channel.heartbeat(process.observer.lease, 0)
    assert process.task().state is State.RETRY
