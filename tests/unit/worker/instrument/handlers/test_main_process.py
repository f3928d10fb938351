from __future__ import annotations

import signal
from types import SimpleNamespace
from typing import Any

import pytest

from phloem.instrument.headers import CREATED
from phloem.model.state import State
from phloem.settings import LEASE_SECONDS
from tests.unit.worker.instrument.handlers.process import Process, message, task
from tests.waiting import wait_until


def test_a_worker_that_was_ready_before_phloem_was_attached_answers_for_what_it_runs(process: Process) -> None:
    process.main.received(message())
    assert process.recorder.flush(2)
    wait_until(lambda: process.channel.beats, 5, "a sign of life")
    assert process.channel.beats[0] == (process.channel.lease("t1"), LEASE_SECONDS)


def test_a_worker_whose_start_phloem_missed_is_there_once_it_is_ready(process: Process) -> None:
    process.main.worker_is_ready()
    wait_until(lambda: process.channel.beats, 5, "a sign of life")
    process.main.received(message())
    assert process.recorder.flush(2)
    assert process.channel.lease("t1") == process.channel.beats[0][0]


def test_a_worker_has_one_lease_from_its_start_on(process: Process) -> None:
    process.main.worker_starts()
    process.main.received(message())
    process.main.worker_is_ready()
    wait_until(lambda: process.channel.beats, 5, "a sign of life")
    assert process.recorder.flush(2)
    assert process.channel.lease("t1") == process.channel.beats[0][0]


def test_a_worker_that_has_ended_answers_for_nothing_that_the_process_runs_later(process: Process) -> None:
    process.main.worker_is_ready()
    process.main.closing()
    process.child.started("t1", task({}), [1], {})
    assert process.recorder.flush(2)
    assert process.channel.lease("t1") is None


def test_the_end_of_a_try_that_its_process_could_not_tell_belongs_to_it(process: Process) -> None:
    for retries in range(2):
        process.main.received(message(retries))
    process.child.failed(SimpleNamespace(), "t1", RuntimeError("killed"))
    found = process.task()
    assert found.state is State.FAILURE
    assert process.channel.attempts == [0, 2, 2]


def test_whether_a_text_was_chosen_is_known_best_by_who_sent_it(process: Process) -> None:
    said = {"argsrepr": "(<Speed.FAST: 1>,)", "kwargsrepr": "{}"}
    process.main.received(message(headers={**said, CREATED: 1.0}))
    found = process.task()
    assert (found.args, process.channel.call("t1")) == ("[1]", "[[1],{}]")


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ({"expired": True}, "It expired before it could start."),
        ({"terminated": True, "signum": signal.SIGTERM}, "It was stopped while it ran (SIGTERM)."),
        ({"terminated": True}, "It was stopped while it ran (terminated)."),
        ({}, "It was revoked before it started."),
    ],
)
def test_a_task_that_is_revoked_says_how(process: Process, how: dict[str, Any], shown: str) -> None:
    process.main.received(message())
    process.main.revoked(SimpleNamespace(id="t1"), **how)
    found = process.task()
    assert (found.state, found.message) == (State.REVOKED, shown)


def test_a_task_that_the_worker_does_not_have_fails(process: Process) -> None:
    process.main.unknown(name="app.gone", id="t1")
    process.main.unknown()
    found = process.task()
    assert found.error is not None
    assert (found.state, found.name, found.error.type) == (State.FAILURE, "app.gone", "NotRegistered")


def test_a_try_that_waits_for_its_time_is_received_and_shown_as_a_retry(process: Process) -> None:
    request = message(retries=1)
    request.eta = "2100-01-01T00:00:00+00:00"
    process.main.received(request)
    found = process.task()
    assert (found.state, found.eta) == (State.RETRY, 4102444800.0)


def test_of_many_runs_the_oldest_are_forgotten(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem.instrument.handlers.observer.RUNS_REMEMBERED", 2)
    process.main.received(message())
    for number in range(2):
        process.observer.receive(f"other{number}", 0)
    process.main.revoked(SimpleNamespace(id="t1"))
    process.task()
    assert process.channel.tokens[-1] is None
