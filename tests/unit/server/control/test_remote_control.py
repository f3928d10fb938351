"""What workers are told and asked, with a broker in memory and answers that the test gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from phloem_server.control.errors import BrokerUnavailable, NoAnswer, WorkerRefused
from phloem_server.control.remote_control import QUESTIONS, RemoteControl, Survey
from tests.queues import Broadcast, Queue

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


def depths(survey: Survey) -> dict[str, int | None]:
    return {name: held.messages for name, held in survey.broker.queues.items()}


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
    assert survey.stats == [("w1@here", {"pid": 7})]
    assert survey.queues == {"w1@here": ("mail",), "w2@here": ()}
    assert depths(survey) == {"default": 0, "mail": 1, "reports": 0}
    assert workers.asked == [("stats", None), ("active_queues", 2)]


def test_without_an_answer_there_is_no_second_question(control: RemoteControl, workers: Workers) -> None:
    assert control.survey().stats == []
    assert workers.asked == [("stats", None)]


def test_a_broadcast_is_one_queue_however_many_workers_have_one_of_their_own(
    celery: Celery, control: RemoteControl, workers: Workers
) -> None:
    celery.conf.task_queues = [Queue("default"), Broadcast("everyone"), Broadcast("nobody")]
    with celery.connection_for_write() as connection:
        for name in ("bcast.1", "bcast.1", "bcast.2"):
            connection.SimpleQueue(name).put("one that waits")
    own = [{"w1@here": {"name": "bcast.1", "alias": "everyone"}}, {"w2@here": {"name": "bcast.2", "alias": "everyone"}}]
    workers.says = {
        "stats": [{"w1@here": {}}, {"w2@here": {}}],
        "active_queues": [{name: [queue] for name, queue in each.items()} for each in own],
    }
    survey = control.survey(["everyone", "nobody"])
    assert survey.queues == {"w1@here": ("everyone",), "w2@here": ("everyone",)}
    assert depths(survey) == {"default": 0, "everyone": 3}


def test_a_worker_is_asked_each_question_once_and_none_after_silence(control: RemoteControl, workers: Workers) -> None:
    workers.says = {"stats": [{"w1@here": {"pid": 7}}], "revoked": [{"w1@here": ["1"]}]}
    said = control.interview("w1@here")
    assert (said["stats"], said["revoked"], said["conf"]) == ({"pid": 7}, ["1"], None)
    assert workers.asked == [(question, 1) for question in QUESTIONS]
    workers.asked.clear()
    with pytest.raises(NoAnswer, match="^w2@here does not answer"):
        control.interview("w2@here")
    assert workers.asked == [("stats", 1)]
