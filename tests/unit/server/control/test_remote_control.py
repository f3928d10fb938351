"""What workers are told and asked, with a broker in memory and answers that the test gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from phloem_server.control.errors import BrokerUnavailable, NoAnswer, WorkerRefused
from phloem_server.control.remote_control import RemoteControl

OK = {"w1@here": {"ok": "task t1 flagged as revoked"}}


class Workers:
    """Stands for Celery's control: answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] | None = []
        self.revoked: list[dict[str, Any]] = []
        self.says: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, int | None]] = []

    def revoke(self, task_id: str, *, connection: object, **options: Any) -> list[dict[str, Any]] | None:
        self.revoked.append({"task_id": task_id, **options})
        return self.answers

    def broadcast(self, command: str, *, limit: int | None = None, **_: Any) -> list[dict[str, Any]] | None:
        self.asked.append((command, limit))
        return self.says.get(command)


@pytest.fixture
def celery() -> Iterator[Celery]:
    made = Celery("test", broker="memory://", set_as_current=False)
    made.conf.task_default_queue = "default"
    yield made
    made.close()


@pytest.fixture
def workers(celery: Celery) -> Workers:
    made = Workers()
    celery.control = made
    return made


@pytest.fixture
def control(celery: Celery, workers: Workers) -> RemoteControl:
    return RemoteControl(celery)


def revoke(control: RemoteControl, worker: str | None = "w1@here") -> None:
    control.revoke("t1", worker, terminate=True, signal="SIGTERM")


def test_the_worker_that_has_a_task_answers_and_all_others_are_told(control: RemoteControl, workers: Workers) -> None:
    workers.answers = [OK]
    revoke(control)
    first, second = workers.revoked
    assert (first["destination"], first["terminate"], first["signal"]) == (["w1@here"], True, "SIGTERM")
    assert second == {"task_id": "t1"}


def test_of_a_task_that_no_worker_has_one_answer_is_enough(control: RemoteControl, workers: Workers) -> None:
    workers.answers = [OK]
    revoke(control, None)
    [only] = workers.revoked
    assert (only["destination"], only["limit"]) == (None, 1)


@pytest.mark.parametrize(
    ("worker", "said"), [("w1@here", "w1@here, which has this task"), (None, "No worker answered")]
)
def test_silence_is_told_with_who_is_silent(control: RemoteControl, worker: str | None, said: str) -> None:
    with pytest.raises(NoAnswer, match=said) as silence:
        revoke(control, worker)
    assert silence.value.code == "no_answer"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotImplementedError('kill')", "only a worker with a prefork pool can"),
        ("the pool does not implement kill_job", "only a worker with a prefork pool can"),
        ("no such signal", "w1@here says: no such signal"),
    ],
)
def test_a_worker_that_refuses_is_quoted(control: RemoteControl, workers: Workers, error: str, said: str) -> None:
    workers.answers = [{"w1@here": {"error": error}}]
    with pytest.raises(WorkerRefused, match=said):
        revoke(control)
    assert len(workers.revoked) == 1


def test_a_broker_that_is_away_is_told_at_once() -> None:
    with (
        Celery("test", broker="redis://127.0.0.1:1/0", set_as_current=False) as celery,
        pytest.raises(BrokerUnavailable, match="The broker does not answer"),
    ):
        RemoteControl(celery).survey()


def test_a_survey_has_the_answers_by_worker_and_the_depths_of_all_queues(
    celery: Celery, control: RemoteControl, workers: Workers
) -> None:
    with celery.connection_for_write() as connection:
        connection.SimpleQueue("mail").put("one that waits")
    workers.says = {
        "stats": [{"w1@here": {"pid": 7}}, {"w2@here": "no dictionary"}],
        "active_queues": [{"w1@here": [{"name": "mail"}]}, {"w2@here": None}],
    }
    survey = control.survey(["reports"])
    assert survey.stats == {"w1@here": {"pid": 7}}
    assert survey.queues == {"w1@here": ("mail",), "w2@here": ()}
    assert survey.depths == {"default": 0, "mail": 1, "reports": 0}
    assert workers.asked == [("stats", None), ("active_queues", 2)]


def test_without_an_answer_there_is_no_second_question(control: RemoteControl, workers: Workers) -> None:
    assert control.survey().stats == {}
    assert workers.asked == [("stats", None)]
