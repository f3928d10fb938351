"""What workers are told and asked, with a broker in memory and answers that the test gives."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import redis
from celery import Celery
from celery.app.control import Control
from kombu.connection import Connection
from kombu.pidbox import Mailbox
from redis.exceptions import OutOfMemoryError

from phloem_server.control.errors import BrokerUnavailable, NoAnswer, WorkerRefused
from phloem_server.control.remote_control import QUESTIONS, RemoteControl, Survey
from tests.queues import Broadcast, Queue

DEADLINE_SECONDS = 10.0

OK = {"w1@here": {"ok": "task t1 flagged as revoked"}}


class Workers:
    """Stands for Celery's control: answers as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] | None = []
        self.revoked: list[dict[str, Any]] = []
        self.says: dict[str, list[dict[str, Any]]] = {}
        self.failure: Exception | None = None
        self.asked: list[tuple[str, int | None]] = []
        self.heard: list[dict[str, Any]] = []

    def revoke(self, task_id: str, *, connection: object, **options: Any) -> list[dict[str, Any]] | None:
        if self.failure is not None:
            raise self.failure
        self.revoked.append({"task_id": task_id, **options})
        return self.answers

    def broadcast(
        self,
        command: str,
        *,
        limit: int | None = None,
        callback: Callable[[dict[str, Any]], None] = lambda _: None,
        **_: Any,
    ) -> list[dict[str, Any]] | None:
        if self.failure is not None:
            raise self.failure
        self.asked.append((command, limit))
        for answer in self.says.get(command, ()):
            self.heard.append(answer)
            callback(answer)
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


@contextmanager
def answering(connection: Connection) -> Iterator[None]:
    """Lets what listens on a connection answer."""
    stopped = threading.Event()

    def answer() -> None:
        while not stopped.is_set():
            with suppress(TimeoutError):
                connection.drain_events(timeout=0.1)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(DEADLINE_SECONDS)


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


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OutOfMemoryError("command not allowed."), "Redis refuses what this server asks: command not allowed."),
        (redis.ConnectionError("lost"), "The broker does not answer."),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda control: control.survey(),
        lambda control: control.ask("ping"),
        lambda control: control.interview("w1@here"),
        lambda control: control.consumed(),
        lambda control: revoke(control),
    ],
    ids=["survey", "ask", "interview", "consumed", "revoke"],
)
def test_what_the_library_of_a_broker_raises_is_told_as_that_the_broker_is_unavailable(
    redis_url: str, call: Callable[[RemoteControl], object], failure: Exception, said: str
) -> None:
    with Celery("test", broker=redis_url, set_as_current=False) as celery:
        celery.control = workers = Workers()
        workers.failure = failure
        with pytest.raises(BrokerUnavailable) as unavailable:
            call(RemoteControl(celery))
    assert str(unavailable.value) == said


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


@pytest.mark.parametrize(
    ("named", "heard"),
    [
        ({}, ["w1", "w2", "w3"]),  # how many there are is not known
        ({"awaited": ["w2"]}, ["w1", "w2"]),
        ({"awaited": ["w1", "w3"]}, ["w1", "w2", "w3"]),
        ({"awaited": ["w1", "gone"]}, ["w1", "w2", "w3"]),
        ({"awaited": ["w3"], "destination": ["w1"]}, ["w1"]),
    ],
)
def test_answers_are_waited_for_until_all_that_are_named_have_come(
    control: RemoteControl, workers: Workers, named: dict[str, Any], heard: list[str]
) -> None:
    workers.says = {"active": [{name: []} for name in ("w1", "w2", "w3")]}
    assert list(control.ask("active", **named)) == heard
    assert workers.heard == [{name: []} for name in heard]


class OneQueue(Mailbox):
    """Has one queue for answers, where kombu's own may or may not come to the same once more."""

    oid = "phloem-test"


def test_an_answer_to_a_question_before_takes_the_place_of_none(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Control, "Mailbox", OneQueue)
    with Celery("test", broker=redis_url, set_as_current=False) as celery, celery.connection_for_write() as connection:
        celery.conf.control_exchange = secrets.token_hex(4)
        mailbox, channel = celery.control.mailbox(connection), connection.default_channel
        mailbox.reply_queue(channel).declare()
        for ticket in ("of before", "of long before"):
            mailbox._publish_reply({"w1": "late"}, mailbox.reply_exchange.name, mailbox.oid, ticket, channel)
        node = mailbox.Node("w1", None, channel, {"active": lambda _: ["1"]})
        node.listen()
        with answering(connection):
            assert RemoteControl(celery).ask("active", destination=["w1"], timeout=DEADLINE_SECONDS) == {"w1": ["1"]}


def test_a_worker_is_asked_each_question_once_and_none_after_silence(control: RemoteControl, workers: Workers) -> None:
    workers.says = {"stats": [{"w1@here": {"pid": 7}}], "revoked": [{"w1@here": ["1"]}]}
    said = control.interview("w1@here")
    assert (said["stats"], said["revoked"], said["conf"]) == ({"pid": 7}, ["1"], None)
    assert workers.asked == [(question, 1) for question in QUESTIONS]
    workers.asked.clear()
    with pytest.raises(NoAnswer, match="^w2@here does not answer"):
        control.interview("w2@here")
    assert workers.asked == [("stats", 1)]
