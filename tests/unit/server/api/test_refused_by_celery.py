"""Tasks that Celery, or code of the application, would not send: refused in a sentence, and no id is named in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import Task
from celery.beat import BeatLazyFunc
from celery.exceptions import QueueNotFound
from celery.schedules import schedule
from kombu.exceptions import EncodeError, OperationalError

from tests.unit.server.api.served import refused
from tests.unit.server.api.taken import Taken


def task_of_its_own(taken: Taken, apply_async: Callable[..., Any]) -> None:
    """A task `own` that decides itself how it is sent."""
    base = type("Own", (Task,), {"apply_async": apply_async})
    taken.celery.task(name="own", shared=False, base=base)(own)


def own(*args: Any) -> None: ...


def raising(error: Exception) -> Callable[..., Any]:
    def apply_async(*_: Any, **__: Any) -> None:
        raise error

    return apply_async


def posted(taken: Taken, **more: Any) -> Any:
    return taken.client.post("/api/v1/tasks", json={"name": "own", **more})


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError("only on weekdays"), "own was not sent: PermissionError: only on weekdays"),
        (FileNotFoundError(2, "no lock", "/locks/x"), "FileNotFoundError"),
        (TypeError("own() takes 1 argument"), "TypeError: own() takes 1 argument"),
        (QueueNotFound("Queue 'x' missing from task_queues"), "no such queue: Queue 'x' missing"),
        (EncodeError("Object of type date is not JSON serializable"), "EncodeError"),
        (KeyError("tenant"), "KeyError: tenant"),
        (RuntimeError("login with password=hunter2 failed"), "password=[redacted]"),
    ],
)
def test_what_is_raised_becomes_a_sentence(taken: Taken, error: Exception, said: str) -> None:
    task_of_its_own(taken, raising(error))
    refused(posted(taken), 409, said, code="task_refused")


@pytest.mark.parametrize("error", [OperationalError("away"), ConnectionRefusedError(111, "refused"), TimeoutError()])
def test_a_broker_that_is_away_is_no_refusal(taken: Taken, error: Exception) -> None:
    task_of_its_own(taken, raising(error))
    refused(posted(taken), 503, "The broker does not answer", code="broker_unavailable")


def test_the_id_is_that_of_the_task_that_there_is(taken: Taken) -> None:
    task_of_its_own(taken, lambda self, *_, **__: taken.celery.AsyncResult("runs-already"))
    assert posted(taken).get_json()["id"] == "runs-already"


def test_the_id_is_the_one_that_the_task_chose(taken: Taken) -> None:
    def apply_async(self: Any, args: Any = None, kwargs: Any = None, task_id: Any = None, **options: Any) -> Any:
        return Task.apply_async(self, args, kwargs, task_id=f"own-{args[0]}", **options)

    task_of_its_own(taken, apply_async)
    assert posted(taken, args=[7]).get_json()["id"] == taken.take().id == "own-7"


@pytest.mark.parametrize("result", [None, 5, "group"])
def test_without_a_result_the_id_is_that_of_the_message(taken: Taken, result: Any) -> None:
    def apply_async(self: Any, *args: Any, **options: Any) -> Any:
        Task.apply_async(self, *args, **options)
        return taken.celery.GroupResult("g", []) if result == "group" else result

    task_of_its_own(taken, apply_async)
    assert posted(taken).get_json()["id"] == taken.take().id


@pytest.mark.parametrize("names_it", [False, True])
def test_what_sends_nothing_has_no_id(taken: Taken, names_it: bool) -> None:
    def apply_async(self: Any, *_: Any, task_id: str = "", **__: Any) -> Any:
        return self.AsyncResult(task_id) if names_it else None

    task_of_its_own(taken, apply_async)
    refused(posted(taken), 409, "sent nothing", code="task_refused")


def test_what_was_sent_before_something_was_raised_was_sent(taken: Taken) -> None:
    def apply_async(self: Any, *args: Any, **options: Any) -> Any:
        Task.apply_async(self, *args, **options)
        raise RuntimeError("the audit log is full")

    task_of_its_own(taken, apply_async)
    assert posted(taken).get_json()["id"] == taken.take().id


@pytest.mark.filterwarnings("ignore::celery.exceptions.AlwaysEagerIgnored")
@pytest.mark.parametrize("propagates", [False, True])
def test_a_task_that_runs_at_once_has_its_id_however_it_ends(taken: Taken, propagates: bool) -> None:
    taken.celery.conf.update(task_always_eager=True, task_eager_propagates=propagates)
    taken.celery.task(name="own", shared=False)(failing)
    assert posted(taken).status_code == 202


def failing() -> None:
    raise ValueError("it ran")


def test_a_task_with_rules_of_its_own_is_run_again_by_these(taken: Taken) -> None:
    sent: list[str] = []

    def apply_async(self: Any, args: Any = None, kwargs: Any = None, task_id: Any = None, **options: Any) -> Any:
        if args == ["no"]:
            raise PermissionError("not this one")
        sent.append(task_id)
        return Task.apply_async(self, args, kwargs, task_id=f"own-{len(sent)}", **options)

    task_of_its_own(taken, apply_async)
    taken.celery.send_task("own", ["yes"], {}, headers={"tenant": "acme"}, priority=4)
    first = taken.ended()
    second = taken.again(first.id)
    assert second.id == "own-1"
    assert (second.body, second.request_dict["tenant"]) == (first.body, "acme")
    assert second.delivery_info["priority"] == 4
    taken.celery.send_task("own", ["no"])
    refused(taken.retry(taken.ended().id), 409, "not this one", code="task_refused")


@pytest.mark.parametrize("queue", ["nowhere", "celery\\x06", "phloem:{phloem}:meta", "unacked"])
def test_a_queue_is_one_that_the_app_or_a_worker_has(taken: Taken, queue: str) -> None:
    answer = taken.client.post("/api/v1/tasks", json={"name": "any", "queue": queue})
    refused(answer, 422, "There is celery, media", code="queue_unknown")
    answer = taken.client.post("/api/v1/tasks", json={"name": "any", "queue": "media"})
    assert taken.take("media").id == answer.get_json()["id"]


def test_a_task_that_is_not_to_be_launched_is_not_sent_with_arguments_of_a_caller(taken: Taken) -> None:
    taken.celery.task(name="part", shared=False, launch=False)(own)
    answer = taken.client.post("/api/v1/tasks", json={"name": "part", "args": [1]})
    refused(answer, 422, "launch=False", code="task_not_launchable")
    taken.celery.send_task("part", [1])
    first = taken.ended()
    refused(taken.retry(first.id, args=[2]), 422, "launch=False", code="task_not_launchable")
    assert taken.again(first.id, args=[1]).body == first.body


def test_an_entry_of_the_schedule_whose_arguments_cannot_be_made_is_refused(taken: Taken) -> None:
    taken.celery.conf.beat_schedule = {
        "nightly": {"task": "any", "schedule": schedule(60), "args": (BeatLazyFunc(failing),)}
    }
    taken.schedule.__init__(taken.celery, lambda _: [])  # type: ignore[misc]  # with the entries of now
    refused(taken.client.post("/api/v1/schedule/nightly/run"), 409, "ValueError: it ran", code="task_refused")
