"""An app that has nothing of Phloem, observed: real worker processes on a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client

from phloem.model.state import State
from tests.integration.observed import APP, Observing, Shop
from tests.processes import running_redis
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with running_redis() as server:
        yield server.url


@pytest.fixture(scope="module")
def shop(redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(redis, tmp_path_factory.mktemp("shop"), redis)
    shop.work()
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def seen(shop: Shop, redis: str) -> Iterator[Observing]:
    with Observing(shop, redis) as observing:
        yield observing.hears()


@contextmanager
def client(url: str) -> Iterator[redis_client.Redis]:
    with redis_client.Redis.from_url(url) as found:
        yield found


def queues(broker: redis_client.Redis) -> dict[str, set[bytes]]:
    """The queues of Celery's events and answers that the broker has, and who takes from lists."""
    bindings: Any = broker.smembers("_kombu.binding.celeryev")
    keys: Any = broker.keys("*")
    return {"events": bindings, "keys": {key for key in keys if b"celeryev" in key}}


def test_a_task_is_shown_as_its_worker_and_its_backend_tell(shop: Shop, seen: Observing) -> None:
    task = seen.until(shop.send("add", 1, 2), State.SUCCESS, lambda task: len(task.known_by) == 2)
    assert (task.name, task.args, task.result, task.worker) == (f"{APP}.add", "(1, 2)", "3", "one@shop")
    assert task.known_by == ("backend", "events")
    assert task.received_at is not None
    assert task.started_at is not None
    assert task.finished_at is not None
    assert task.received_at <= task.started_at <= task.finished_at


def test_its_states_are_live_and_so_is_what_it_tells_by_update_state(
    shop: Shop, seen: Observing, tmp_path: Path
) -> None:
    end = tmp_path / "end"
    task_id = shop.send("count", 10, str(end))
    task = seen.until(task_id, State.PROGRESS)
    assert (task.percent, task.message, task.result) == (50, "Packing", None)
    end.touch()
    assert seen.until(task_id, State.SUCCESS).result == "10"


def test_why_it_failed_is_told_with_its_traceback_and_without_secrets(shop: Shop, seen: Observing) -> None:
    task = seen.until(shop.send("fail", "password=geheim123"), State.FAILURE, lambda task: task.error is not None)
    assert task.error is not None
    assert (task.error.type, task.error.message) == ("ValueError", "password=[redacted]")
    assert "in fail" in (task.error.traceback or "")
    assert "geheim" not in str(task)


def test_each_try_is_shown(shop: Shop, seen: Observing) -> None:
    task = seen.until(shop.send("flaky"), State.SUCCESS)
    wait_until(lambda: len(seen.task(task.id).tries or ()) == 2, 40, lambda: str(seen.task(task.id).tries))
    first, second = seen.task(task.id).tries or ()
    assert (first.state, second.state, seen.task(task.id).retries) == ("RETRY", "SUCCESS", 1)
    assert first.error is not None
    assert first.error.message == "the other side is away"


def test_a_task_that_is_revoked_before_its_turn_is_shown_as_that(shop: Shop, seen: Observing) -> None:
    task_id = shop.send("add", 1, 2, countdown=1)
    seen.until(task_id, State.RECEIVED)
    seen.celery.control.revoke(task_id)
    assert seen.until(task_id, State.REVOKED).known_by[-1] == "events"


def test_a_task_that_is_terminated_is_shown_as_that(shop: Shop, seen: Observing, tmp_path: Path) -> None:
    task_id = shop.send("hold", str(tmp_path / "never"))
    seen.until(task_id, State.STARTED)
    seen.celery.control.revoke(task_id, terminate=True)
    task = seen.until(task_id, State.REVOKED, lambda task: task.message is not None)
    assert task.message == "It was stopped while it ran (SIGTERM)."


def test_nothing_is_left_in_the_broker_and_nothing_consumes_from_the_queues_of_the_app(shop: Shop, redis: str) -> None:
    with client(redis) as broker:
        before = queues(broker)
        with Observing(shop, redis) as observing:
            observing.hears().until(shop.send("add", 1, 2), State.SUCCESS)
            answers = observing.celery.control.inspect(timeout=1).active_queues() or {}
            assert list(answers) == ["one@shop"]
        assert wait_until(lambda: queues(broker) == before, 40, lambda: f"{queues(broker)} is {before}")


def test_the_end_of_a_task_that_came_while_nobody_observed_is_shown_by_the_next_observer(
    shop: Shop, redis: str, tmp_path: Path
) -> None:
    end, forgotten_end = tmp_path / "end", tmp_path / "forgotten"
    with Observing(shop, redis) as first:
        held, forgotten = shop.send("hold", str(end)), shop.send("hold_without_result", str(forgotten_end))
        first.until(held, State.STARTED)
        first.until(forgotten, State.STARTED)
    for file in (end, forgotten_end):
        file.touch()
    wait_until(lambda: shop.celery.AsyncResult(held).state == "SUCCESS", 40)
    wait_until(lambda: not any((shop.celery.control.inspect(timeout=0.5).active() or {}).values()), 40)
    with Observing(shop, redis, first.settings.namespace) as second:
        assert second.until(held, State.SUCCESS).result == '"held"'
        error = second.until(forgotten, State.LOST).error
        assert error is not None
        assert error.type == "EndUnknown"


def test_a_task_that_runs_already_when_one_begins_to_observe_is_shown(shop: Shop, redis: str, tmp_path: Path) -> None:
    end = tmp_path / "end"
    task_id = shop.send("hold", str(end))
    wait_until(lambda: any((shop.celery.control.inspect(timeout=0.5).active() or {}).values()), 40)
    with Observing(shop, redis) as late:
        task = late.until(task_id, State.STARTED)
        assert (task.name, task.known_by, task.worker) == (f"{APP}.hold", ("inspect",), "one@shop")
        end.touch()
        task = late.until(task_id, State.SUCCESS, lambda task: {"backend", "events"} <= {*task.known_by})
        assert task.known_by == ("backend", "events", "inspect")


def test_the_tasks_of_a_worker_that_is_killed_are_lost(redis: str, tmp_path: Path) -> None:
    shop = Shop(f"{redis[:-1]}1", tmp_path, redis)
    try:
        worker = shop.work(name="doomed")
        with Observing(shop, redis) as observing:
            observing.hears()
            task_id = shop.send("hold", str(tmp_path / "never"))
            observing.until(task_id, State.STARTED)
            worker.kill()
            task = observing.until(task_id, State.LOST)
            assert task.error is not None
            assert task.error.type == "WorkerLost"
            [known] = observing.channel.workers.all()
            assert (known.facts.name, known.facts.attached, known.said_goodbye) == ("doomed@shop", False, False)
    finally:
        shop.close()
