from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from celery.exceptions import Ignore, Reject, Retry

import phloem
from phloem.model.state import State
from phloem.progress import current
from tests.unit.worker.instrument.handlers.process import Process, message, task


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
        else:
            process.child.succeeded(SimpleNamespace(request=SimpleNamespace(id="t1")), 3)
        process.child.left("t1", "SUCCESS")
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


@pytest.mark.parametrize(
    ("state", "value", "shown"),
    [
        ("REJECTED", Reject("not mine", requeue=False), "It rejected its message: not mine"),
        ("IGNORED", Ignore("nothing to do"), "It ended itself and asked for no result: nothing to do"),
        ("IGNORED", None, "It ended itself and asked for no result."),
    ],
)
def test_an_end_that_celery_has_no_signal_for_is_revoked_and_says_why(
    process: Process, state: str, value: object, shown: str
) -> None:
    run(process)
    process.child.left("t1", state, value)
    found = process.task()
    assert (found.state, found.message) == (State.REVOKED, shown)
    assert current.current() is None


def test_an_error_that_the_task_declares_has_no_traceback(process: Process) -> None:
    for throws, traceback in (((), "where it was raised"), ((ValueError,), None)):
        run(process)
        process.child.failed(
            SimpleNamespace(throws=throws), "t1", ValueError("this cannot work"), "where it was raised"
        )
        process.child.left("t1", "FAILURE")
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


def test_a_worker_that_stops_cold_reports_no_retry(process: Process) -> None:
    run(process)
    process.child.retried(request=SimpleNamespace(id="t1"))
    assert process.task().state is State.STARTED
