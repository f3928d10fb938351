from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.worker import state as worker_state
from celery.worker.control import Panel

from phloem.instrument import hooks
from phloem.instrument.calls import revocation
from phloem.instrument.handlers import observer, unsent
from phloem.instrument.handlers.requests import Requests
from phloem.instrument.messages.headers import CREATED
from phloem.model.state import State
from phloem.progress import current
from phloem.settings import LEASE_SECONDS
from tests.unit.worker.instrument.handlers.process import Process, message, task
from tests.waiting import wait_until


def test_a_worker_that_was_ready_before_phloem_was_attached_answers_for_what_it_runs(process: Process) -> None:
    process.main.received(message())
    assert process.recorder.flush(40)
    wait_until(lambda: process.channel.beats, 60, "a sign of life")
    assert process.channel.beats[0] == (process.channel.lease("t1"), LEASE_SECONDS)


def test_a_worker_whose_start_phloem_missed_is_there_once_it_is_ready(process: Process) -> None:
    process.main.worker_is_ready()
    wait_until(lambda: process.channel.beats, 60, "a sign of life")
    process.main.received(message())
    assert process.recorder.flush(40)
    assert process.channel.lease("t1") == process.channel.beats[0][0]


def test_once_a_worker_says_that_it_is_ready_the_record_has_what_it_can_run(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "READY_SECONDS", 60.0)
    process.main.worker_is_ready(SimpleNamespace(hostname="ann@here", app=process.observer.app))
    assert [offer.worker.name for offer in process.channel.forms.all()] == ["ann@here"]


def test_a_worker_has_one_lease_from_its_start_on(process: Process) -> None:
    process.main.worker_starts()
    process.main.received(message())
    process.main.worker_is_ready()
    wait_until(lambda: process.channel.beats, 60, "a sign of life")
    assert process.recorder.flush(40)
    assert process.channel.lease("t1") == process.channel.beats[0][0]


def test_a_worker_that_has_ended_answers_for_nothing_that_the_process_runs_later(process: Process) -> None:
    process.main.worker_is_ready()
    ended = process.observer.lease
    process.main.closing()
    process.child.started("t1", task({}), [1], {})
    assert process.recorder.flush(40)
    assert process.channel.lease("t1") not in (None, ended)


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
    assert found.args == "[1]"


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


def test_a_task_that_gets_a_signal_which_it_can_answer_runs_until_it_ends_by_itself(process: Process) -> None:
    request = message()
    process.main.received(request)
    process.child.started("t1", task(request.request_dict), [1], {})
    process.main.revoked(SimpleNamespace(id="t1"), terminated=True, signum=signal.SIGUSR1)
    assert process.task().state is State.STARTED


@pytest.fixture
def told() -> Iterator[Callable[[object], None]]:
    """Tells a worker without a result backend to revoke tasks, as its remote control does."""
    revocation.follow()
    state = SimpleNamespace(app=Celery("without results", set_as_current=False))
    yield lambda task_id: Panel.data["revoke"](state, task_id=task_id)
    worker_state.revoked.clear()


@pytest.mark.parametrize("said", ["t1", ["t1", "unknown"]], ids=["one", "several"])
def test_a_task_that_waits_is_over_once_its_worker_is_told_to_revoke_it(
    process: Process, told: Callable[[object], None], said: object
) -> None:
    process.main.received(message())
    hooks.revoke_heard.connect(process.main.told_to_revoke)
    try:
        told(said)
    finally:
        hooks.revoke_heard.disconnect(process.main.told_to_revoke)
    found = process.task()
    assert (found.state, found.message) == (State.REVOKED, "It was revoked before it started.")
    assert process.channel.task("unknown") is None


class Later(SimpleNamespace):
    """A request for later, of the first task of a chain."""

    time_start = None

    def __init__(self) -> None:
        super().__init__(**vars(message()))
        self.eta = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        self._context = SimpleNamespace(chain=[{"task": "app.add", "options": {"task_id": "next"}}])


def test_what_follows_a_task_that_waits_for_its_time_is_over_once_its_worker_is_told_to_revoke_it(
    process: Process,
) -> None:
    request = Later()
    process.main.received(request)
    process.main.told_to_revoke(["t1"])
    assert process.task().state is State.REVOKED
    follows = process.channel.task("next")
    assert follows is not None
    assert (follows.state, follows.message) == (State.REVOKED, unsent.REVOKED)


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
    assert process.channel.runs[-1] is None


def test_what_a_task_is_called_by_is_not_its_name(process: Process) -> None:
    request = message(headers={"shadow": "add one"})
    request.name = "add one"  # as Celery has it
    process.main.received(request)
    assert (process.task().name, process.task().label) == ("app.add", "add one")


def test_ids_are_kept_whole(process: Process) -> None:
    long = "x" * 3000
    process.main.received(message(headers={"root_id": long, "parent_id": long, "group": long}))
    found = process.task()
    assert (found.root_id, found.parent_id, found.group_id) == (long, long, long)


def test_the_worker_that_accepts_a_message_knows_best_how_it_came(process: Process) -> None:
    headers: dict[str, Any] = {"id": "t1"}
    process.producer.sending(headers=headers, body=(("first",), {}, {}))
    process.producer.sent(sender="app.add", headers=headers, body=(("first",), {}, {}), exchange="", routing_key="a")
    assert (process.task().queue, process.task().args) == ("a", '["first"]')
    request = message(retries=1)
    request.args = ["second"]
    request.delivery_info = {"exchange": "celery", "routing_key": "celery", "priority": 3}
    process.main.received(request)
    found = process.task()
    assert (found.queue, found.exchange, found.priority, found.args) == ("celery", "celery", 3, '["second"]')


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "a twin that does not hear it"])
def test_a_message_that_goes_back_to_the_broker_waits_again(
    process: Process, monkeypatch: pytest.MonkeyPatch, heard: bool
) -> None:
    """A child that died, or a time limit, and no signal of Celery."""
    if not heard:
        monkeypatch.setattr(Requests, "hear", lambda *_: False)
    request = message()
    process.main.received(request)
    process.child.started("t1", task(request.request_dict), [1], {})
    current.forget()  # its child is dead
    request.reject()
    assert process.task().state is State.STARTED
    request.reject(requeue=True)
    assert process.task().state is (State.PENDING if heard else State.STARTED)
    assert request.rejected == [False, True]
    process.main.received(message())
    assert process.task().state is State.RECEIVED


def test_a_message_of_which_no_task_can_be_made_has_failed(process: Process) -> None:
    sent = SimpleNamespace(headers={"id": "t1"})
    process.main.refused(message=sent, exc=ValueError("invalid ETA value"))
    found = process.task()
    assert found.error is not None
    assert (found.state, found.error.message) == (State.FAILURE, "invalid ETA value")


def test_a_message_that_is_none_of_celerys_is_no_task(process: Process) -> None:
    process.main.refused(message=SimpleNamespace(headers=None), exc=None)
    process.main.refused(message=SimpleNamespace(headers={"id": "t1"}), exc=None)
    assert process.recorder.flush(40)
    assert process.channel.offset == 0


def test_a_worker_that_is_never_ready_renews_its_lease_all_the_same(process: Process) -> None:
    """A worker that is embedded in a test."""
    process.main.worker_starts()
    process.main.received(message())
    wait_until(lambda: process.channel.beats, 60, "a sign of life")


@pytest.mark.parametrize("seconds", [None, 0.5], ids=["left out", "run again"])
def test_a_message_that_is_left_out_because_its_task_had_succeeded_leaves_it_so(
    process: Process, seconds: float | None
) -> None:
    request = message()
    request.delivery_info = {"redelivered": True}
    request.app = SimpleNamespace(conf=SimpleNamespace(worker_deduplicate_successful_tasks=True))
    process.main.received(request)
    request.on_success((0, None, seconds))
    assert process.task().state is (State.SUCCESS if seconds is None else State.RECEIVED)
    assert request.heard == [(0, None, seconds)]
