"""Revoking and running again over HTTP, against a record in memory and workers that answer as told."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from werkzeug.test import TestResponse

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error
from phloem.testing import MemoryChannel
from phloem_server.api import task_actions as acts
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import Control, NoAnswer, Refused
from phloem_server.control.sender import Sender
from phloem_server.web import problem as errors


class FakeControl(Control):
    """Remembers what it was to revoke; says what it is told to say."""

    def __init__(self) -> None:
        self.revoked: list[tuple[str, str | None, bool, str]] = []
        self.error: Exception | None = None

    def revoke(self, task_id: str, worker: str | None, *, terminate: bool, signal: str) -> None:
        if self.error is not None:
            raise self.error
        self.revoked.append((task_id, worker, terminate, signal))


def resize(upload: str, width: int = 800) -> None: ...


class Setup:
    def __init__(self) -> None:
        self.celery = Celery("test", broker="memory://", set_as_current=False)
        self.celery.conf.task_default_queue = "default"
        self.celery.task(name="resize", shared=False)(resize)
        self.channel = MemoryChannel()
        self.control = FakeControl()
        self._seq = 0
        app = Flask(__name__, static_folder=None)
        errors.register(app)
        app.register_blueprint(
            acts.blueprint(
                channel=self.channel,
                registry=Registry(self.celery, "test"),
                sender=Sender(self.celery, lambda: None),
                control=self.control,
                report=lambda event: self.channel.record([event]),
            )
        )
        self.client = app.test_client()

    def task(self, state: State, **facts: Any) -> str:
        """A task in that state; its id."""
        self._seq += 1
        event = Event(id="t1", at=float(self._seq), source="test", seq=self._seq, run="r1", state=state, **facts)
        self.channel.record([event])
        return "t1"

    def post(self, act: str, **body: Any) -> TestResponse:
        return self.client.post(f"/api/v1/tasks/t1/{act}", **({"json": body} if body else {}))

    def sent(self, queue: str = "default") -> tuple[dict[str, Any], Any]:
        with self.celery.connection_for_read() as connection:
            message = connection.SimpleQueue(queue).get(block=False)
            message.ack()
            return message.headers, message.payload


@pytest.fixture
def setup() -> Iterator[Setup]:
    made = Setup()
    made.celery.control.purge()
    yield made
    made.celery.close()


def detail(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.get_json(force=True)["detail"])


# --- revoke ------------------------------------------------------------------------------------


def test_a_task_that_waits_is_revoked_wherever_it_may_arrive(setup: Setup) -> None:
    setup.task(State.PENDING)
    answer = setup.post("revoke")
    assert answer.status_code == 202
    assert setup.control.revoked == [("t1", None, False, "SIGTERM")]


def test_a_task_that_runs_is_stopped_at_its_worker(setup: Setup) -> None:
    setup.task(State.STARTED, worker="w1@here")
    answer = setup.post("revoke", terminate=True, signal="SIGKILL")
    assert answer.status_code == 202
    assert setup.control.revoked == [("t1", "w1@here", True, "SIGKILL")]


def test_its_log_says_that_it_was_asked_to_stop(setup: Setup) -> None:
    setup.task(State.STARTED, worker="w1@here")
    said = setup.post("revoke", terminate=True).get_json()["effect"]
    last = setup.channel.last_log("t1", 1)[0]
    assert (last.kind, last.message) == ("log", said) == ("log", "Asked to be stopped (SIGTERM).")


def test_what_revoking_means_for_a_task_that_runs_is_said(setup: Setup) -> None:
    setup.task(State.PROGRESS, worker="w1@here")
    assert "may end; it is not tried again" in setup.post("revoke").get_json()["effect"]


@pytest.mark.parametrize("act", ["revoke", "retry"])
def test_a_task_that_nobody_knows_is_not_found(setup: Setup, act: str) -> None:
    assert "No task 't1' is known" in detail(setup.post(act), 404)


@pytest.mark.parametrize("state", [State.SUCCESS, State.FAILURE, State.REVOKED, State.LOST])
def test_a_task_that_has_ended_cannot_be_revoked(setup: Setup, state: State) -> None:
    setup.task(state)
    assert f"has ended ({state})" in detail(setup.post("revoke"), 409)
    assert setup.control.revoked == []


def test_silence_of_the_workers_revokes_nothing(setup: Setup) -> None:
    setup.task(State.PENDING)
    setup.control.error = NoAnswer("No worker answered.")
    assert detail(setup.post("revoke"), 503) == "No worker answered."
    assert setup.channel.last_log("t1", 10)[-1].kind == "state"


def test_a_worker_that_cannot_stop_a_task_is_quoted(setup: Setup) -> None:
    setup.task(State.STARTED, worker="w1@here")
    setup.control.error = Refused("w1@here cannot stop a task that runs: only a worker with a prefork pool can.")
    assert "only a worker with a prefork pool can" in detail(setup.post("revoke", terminate=True), 409)


@pytest.mark.parametrize(
    "body", [{"terminate": "yes"}, {"signal": "SIGSTOP"}, {"force": True}, {"terminate": True, "signal": 9}]
)
def test_a_revocation_that_does_not_fit_is_refused(setup: Setup, body: dict[str, Any]) -> None:
    setup.task(State.STARTED)
    assert "The body does not fit" in detail(setup.post("revoke", **body), 422)
    assert setup.control.revoked == []


@pytest.mark.parametrize("act", ["revoke", "retry"])
@pytest.mark.parametrize(("body", "kind", "status"), [(b"{", "application/json", 400), (b"{}", "text/plain", 415)])
def test_a_body_that_is_no_json_is_refused(setup: Setup, act: str, body: bytes, kind: str, status: int) -> None:
    setup.task(State.FAILURE, name="resize")
    detail(setup.client.post(f"/api/v1/tasks/t1/{act}", data=body, content_type=kind), status)


# --- retry -------------------------------------------------------------------------------------


def test_a_task_that_has_ended_runs_again_with_the_arguments_that_it_had(setup: Setup) -> None:
    setup.task(State.FAILURE, name="resize", queue="media", call='[["a.jpg"],{"width":640}]', error=Error(type="E"))
    answer = setup.post("retry")
    assert answer.status_code == 202
    body = answer.get_json()
    headers, (args, kwargs, _) = setup.sent("media")
    assert body["url"] == answer.headers["Location"] == f"/api/v1/tasks/{body['id']}"
    assert (headers["id"], headers["task"], headers["phloem_retry_of"]) == (body["id"], "resize", "t1")
    assert (args, kwargs) == (["a.jpg"], {"width": 640})


def test_a_queue_is_named_by_what_its_messages_are_routed_by(setup: Setup) -> None:
    setup.celery.amqp.queues.add("pictures", routing_key="picture.small")
    setup.task(State.FAILURE, name="resize", queue="picture.small", call='[["a.jpg"],{}]')
    setup.post("retry")
    assert setup.sent("pictures")[0]["task"] == "resize"


def test_edited_arguments_take_the_place_of_the_kept_ones(setup: Setup) -> None:
    setup.task(State.SUCCESS, name="resize", call='[["a.jpg"],{"width":640}]')
    setup.post("retry", kwargs={"width": 320})
    _, (args, kwargs, _) = setup.sent()
    assert (args, kwargs) == (["a.jpg"], {"width": 320})


def test_without_kept_arguments_they_are_asked_for(setup: Setup) -> None:
    setup.task(State.FAILURE, name="resize")
    said = detail(setup.post("retry"), 409)
    assert "PHLOEM_KEEP_CALLS" in said
    assert "Send args and kwargs" in said
    assert setup.post("retry", args=["b.jpg"]).status_code == 202


def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(setup: Setup) -> None:
    setup.task(State.FAILURE, name="resize", call='[["a.jpg"],{}]')
    assert "do not fit resize" in detail(setup.post("retry", kwargs={"colour": "red"}), 422)


def test_a_task_that_the_server_does_not_have_cannot_run_again(setup: Setup) -> None:
    setup.task(State.FAILURE, name="other", call="[[],{}]")
    assert "There is no task named 'other'" in detail(setup.post("retry"), 422)


@pytest.mark.parametrize("state", [State.PENDING, State.RECEIVED, State.STARTED, State.PROGRESS, State.RETRY])
def test_a_task_that_has_not_ended_is_not_run_a_second_time(setup: Setup, state: State) -> None:
    setup.task(state, name="resize", call='[["a.jpg"],{}]')
    assert f"has not ended ({state})" in detail(setup.post("retry"), 409)


def test_a_task_without_a_name_cannot_run_again(setup: Setup) -> None:
    setup.task(State.FAILURE)
    assert "what this task is called" in detail(setup.post("retry"), 409)
