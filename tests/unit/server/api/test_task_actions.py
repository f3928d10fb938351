"""Revoking and running again over HTTP, against a record in memory and workers that answer as told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from phloem.model.event import Event
from phloem.model.state import State
from phloem.sharing.token import Share
from phloem_server.access.principal import bearer_of
from phloem_server.control.errors import NoAnswer, WorkerRefused
from tests.unit.server.api.served import Served


class Actions(Served):
    """One task, `t1`, and calls that act on it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._seq = 0

    def task(self, state: State, **facts: Any) -> str:
        """Puts the task into that state; its id."""
        self._seq += 1
        event = Event(id="t1", at=float(self._seq), source="test", seq=self._seq, run="r1", state=state, **facts)
        self.channel.record([event])
        return "t1"

    def post(self, act: str, **body: Any) -> TestResponse:
        return self.client.post(f"/api/v1/tasks/t1/{act}", **({"json": body} if body else {}))


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Actions]:
    made = Actions(tmp_path)
    yield made
    made.celery.close()


def detail(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.get_json(force=True)["detail"])


# --- revoke ------------------------------------------------------------------------------------


def test_a_task_that_waits_is_revoked_wherever_it_may_arrive(setup: Actions) -> None:
    setup.task(State.PENDING)
    answer = setup.post("revoke")
    assert answer.status_code == 202
    assert setup.control.revoked == [("t1", None, False, "SIGTERM")]


def test_a_task_that_runs_is_stopped_at_its_worker(setup: Actions) -> None:
    setup.task(State.STARTED, worker="w1@here")
    answer = setup.post("revoke", terminate=True, signal="SIGKILL")
    assert answer.status_code == 202
    assert setup.control.revoked == [("t1", "w1@here", True, "SIGKILL")]


def test_a_task_that_waits_says_that_it_was_revoked(setup: Actions) -> None:
    setup.task(State.PENDING)
    before = time.time()
    setup.post("revoke")
    task = setup.channel.task("t1")
    assert task is not None
    assert task.revoked_at is not None
    assert (task.state, before <= task.revoked_at <= time.time()) == (State.PENDING, True)


def test_its_log_says_that_it_was_asked_to_stop(setup: Actions) -> None:
    setup.task(State.STARTED, worker="w1@here")
    said = setup.post("revoke", terminate=True).get_json()["effect"]
    last = setup.channel.log("t1")[-1]
    assert (last.kind, last.message) == ("log", said) == ("log", "Asked to be stopped (SIGTERM).")


def test_what_revoking_means_for_a_task_that_runs_is_said(setup: Actions) -> None:
    setup.task(State.PROGRESS, worker="w1@here")
    assert "may end; it is not tried again" in setup.post("revoke").get_json()["effect"]


@pytest.mark.parametrize("act", ["revoke", "retry"])
def test_a_task_that_nobody_knows_is_not_found(setup: Actions, act: str) -> None:
    assert "No task 't1' is known" in detail(setup.post(act), 404)


@pytest.mark.parametrize("state", [State.SUCCESS, State.FAILURE, State.REVOKED, State.LOST])
def test_a_task_that_has_ended_cannot_be_revoked(setup: Actions, state: State) -> None:
    setup.task(state)
    assert f"has ended ({state})" in detail(setup.post("revoke"), 409)
    assert setup.control.revoked == []


def test_silence_of_the_workers_revokes_nothing(setup: Actions) -> None:
    setup.task(State.PENDING)
    setup.control.error = NoAnswer("No worker answered.")
    assert detail(setup.post("revoke"), 503) == "No worker answered."
    assert setup.channel.short_log("t1", 10)[-1].kind == "state"


def test_a_worker_that_cannot_stop_a_task_is_quoted(setup: Actions) -> None:
    setup.task(State.STARTED, worker="w1@here")
    setup.control.error = WorkerRefused("w1@here cannot stop a task that runs: only a worker with a prefork pool can.")
    assert "only a worker with a prefork pool can" in detail(setup.post("revoke", terminate=True), 409)


@pytest.mark.parametrize(
    "body", [{"terminate": "yes"}, {"signal": "SIGSTOP"}, {"force": True}, {"terminate": True, "signal": 9}]
)
def test_a_revocation_that_does_not_fit_is_refused(setup: Actions, body: dict[str, Any]) -> None:
    setup.task(State.STARTED)
    assert "The body does not fit" in detail(setup.post("revoke", **body), 422)
    assert setup.control.revoked == []


@pytest.mark.parametrize("act", ["revoke", "retry"])
@pytest.mark.parametrize(("body", "kind", "status"), [(b"{", "application/json", 400), (b"{}", "text/plain", 415)])
def test_a_body_that_is_no_json_is_refused(setup: Actions, act: str, body: bytes, kind: str, status: int) -> None:
    setup.task(State.FAILURE, name="resize")
    detail(setup.client.post(f"/api/v1/tasks/t1/{act}", data=body, content_type=kind), status)


# --- retry -------------------------------------------------------------------------------------


def test_a_task_that_has_ended_runs_again_with_the_arguments_that_it_had(setup: Actions) -> None:
    setup.task(State.FAILURE, name="resize", queue="media", call=b'[["a.jpg"],{"width":640}]', owner="acme")
    answer = setup.post("retry")
    assert answer.status_code == 202
    body = answer.get_json()
    headers, (args, kwargs, _) = setup.sent("media")
    assert body["url"] == answer.headers["Location"] == f"/api/v1/tasks/{body['id']}"
    assert (headers["id"], headers["task"], headers["phloem_retry_of"]) == (body["id"], "resize", "t1")
    task = setup.channel.task("t1")
    assert task is not None
    assert (task.state.ended, task.retried_as) == (True, body["id"])
    assert headers["phloem_owner"] == "acme"
    assert (args, kwargs) == (["a.jpg"], {"width": 640})


def test_a_queue_is_named_by_what_its_messages_are_routed_by(setup: Actions) -> None:
    setup.celery.amqp.queues.add("pictures", routing_key="picture.small")
    setup.task(State.FAILURE, name="resize", queue="picture.small", call=b'[["a.jpg"],{}]')
    setup.post("retry")
    assert setup.sent("pictures")[0]["task"] == "resize"


def test_edited_arguments_take_the_place_of_the_kept_ones(setup: Actions) -> None:
    setup.task(State.SUCCESS, name="resize", call=b'[["a.jpg"],{"width":640}]')
    setup.post("retry", kwargs={"width": 320})
    _, (args, kwargs, _) = setup.sent()
    assert (args, kwargs) == (["a.jpg"], {"width": 320})


@pytest.mark.parametrize("body", [{"kwargs": {"width": 320}}, {"args": []}, {"queue": "media"}])
def test_who_may_not_launch_runs_nothing_again_but_what_it_was(setup: Actions, body: dict[str, Any]) -> None:
    setup.task(State.SUCCESS, name="resize", call=b'[["a.jpg"],{"width":640}]')
    setup.client.principal = bearer_of(Share(task="t1", actions=("see", "retry"), exp=2e9))
    assert "the right to launch tasks" in detail(setup.post("retry", **body), 403)
    assert setup.post("retry", follow=True).status_code == 202
    _, (args, kwargs, _) = setup.sent()
    assert (args, kwargs) == (["a.jpg"], {"width": 640})


def test_without_kept_arguments_they_are_asked_for(setup: Actions) -> None:
    setup.task(State.FAILURE, name="resize")
    said = detail(setup.post("retry"), 409)
    assert "PHLOEM_KEEP_CALLS" in said
    assert "Send args and kwargs" in said
    assert setup.post("retry", args=["b.jpg"]).status_code == 202


def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(setup: Actions) -> None:
    setup.task(State.FAILURE, name="resize", call=b'[["a.jpg"],{}]')
    assert "do not fit resize" in detail(setup.post("retry", kwargs={"colour": "red"}), 422)


def test_a_task_that_the_server_does_not_have_cannot_run_again(setup: Actions) -> None:
    setup.task(State.FAILURE, name="other", call=b"[[],{}]")
    assert "There is no task named 'other'" in detail(setup.post("retry"), 422)


@pytest.mark.parametrize("state", [State.PENDING, State.RECEIVED, State.STARTED, State.PROGRESS, State.RETRY])
def test_a_task_that_has_not_ended_is_not_run_a_second_time(setup: Actions, state: State) -> None:
    setup.task(state, name="resize", call=b'[["a.jpg"],{}]')
    assert f"has not ended ({state})" in detail(setup.post("retry"), 409)


def test_a_task_without_a_name_cannot_run_again(setup: Actions) -> None:
    setup.task(State.FAILURE)
    assert "what this task is called" in detail(setup.post("retry"), 409)
