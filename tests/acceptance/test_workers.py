"""Workers and queues as they are, told to those who look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.onlooker import Onlooker
from tests.api import Api
from tests.processes import Stack, wait_until

APP = "tests.acceptance.clockwork"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The Procfile's worker takes from all queues that the app names; "second" from one that it does not."""
    with Stack(tmp_path_factory.mktemp("workers"), {"PYTHONPATH": "."}, APP) as running:
        running.add("second", "exec celery -A tests.acceptance.clockwork worker -Q own -n second@%h -c 1")
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    for name in ("redis", "worker", "web"):
        stack.ensure(name)
    return Api(stack.url)


def slow(api: Api, seconds: float, queue: str = "slow") -> str:
    answer = api.post("/tasks", json={"name": "clockwork.slow", "args": [seconds], "queue": queue})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def worker(board: dict[str, Any], name: str) -> dict[str, Any]:
    """The worker of that name at any host."""
    return next((each for each in board["workers"] if each["name"].startswith(f"{name}@")), {})


def queue(board: dict[str, Any], name: str) -> dict[str, Any]:
    return next((each for each in board["queues"] if each["name"] == name), {})


def test_a_worker_says_what_it_is_and_what_it_takes(api: Api, stack: Stack) -> None:
    wait_until(lambda: worker(api.get("/workers").json(), "celery").get("online"), 30, "it answers")
    board = api.get("/workers").json()
    found = worker(board, "celery")
    assert (board["known"], board["stale_since"], board["trouble"]) == (True, None, None)
    assert (found["pool"], found["slots"], found["pid"]) == ("prefork", 2, stack.pid("worker"))
    assert found["name"] == f"celery@{found['host']}"
    assert sorted(found["queues"]) == ["default", "nobody", "slow"]
    assert found["since"] <= found["heard_at"]


def test_who_looks_sees_what_each_slot_does_and_one_more_worker_come_and_die(api: Api, stack: Stack) -> None:
    with Onlooker(stack.url, "workers") as onlooker:
        tasks = {slow(api, 600), slow(api, 600)}
        wait_until(
            lambda: {job["id"] for job in worker(onlooker.board, "celery").get("running", ())} == tasks,
            30,
            lambda: f"both run: {onlooker.board}",
        )
        took = worker(onlooker.board, "celery")["processed"]
        stack.start("second")
        wait_until(lambda: worker(onlooker.board, "second").get("online"), 30, "another worker comes")
        assert worker(onlooker.board, "second")["queues"] == ["own"]
        third = slow(api, 600, "own")
        wait_until(
            lambda: [job["id"] for job in worker(onlooker.board, "second")["running"]] == [third], 30, "it runs a task"
        )
        stack.kill("second")
        wait_until(lambda: worker(onlooker.board, "second")["online"] is False, 30, "it is seen to be gone")
        assert worker(onlooker.board, "celery")["online"]
        wait_until(lambda: not worker(onlooker.board, "second")["running"], 40, "what it ran is lost")
        assert api.task(third)["state"] == "LOST"
        for each in tasks:
            api.post(f"/tasks/{each}/revoke", json={"terminate": True})
        wait_until(lambda: not worker(onlooker.board, "celery")["running"], 30, "the slots are free")
        wait_until(lambda: worker(onlooker.board, "celery")["processed"] >= took, 30, "it counts what it took")
        assert onlooker.asked == 1


def test_who_looks_sees_how_deep_a_queue_is_who_takes_from_it_and_how_long_tasks_wait(api: Api, stack: Stack) -> None:
    stack.stop("worker")
    with Onlooker(stack.url, "queues") as onlooker:
        waiting = [slow(api, 0, "nobody") for _ in range(3)]
        wait_until(
            lambda: queue(onlooker.board, "nobody").get("depth") == 3, 30, lambda: f"three wait: {onlooker.board}"
        )
        found = queue(onlooker.board, "nobody")
        assert (found["waiting"], found["running"]) == (3, 0)
        assert found["oldest_at"] == pytest.approx(api.task(waiting[0])["created_at"])
        wait_until(lambda: queue(onlooker.board, "nobody")["consumers"] == [], 30, "nobody takes from it")
        stack.start("worker")
        wait_until(lambda: queue(onlooker.board, "nobody")["depth"] == 0, 30, "somebody takes them")
        wait_until(lambda: len(queue(onlooker.board, "nobody")["consumers"]) == 1, 30, "and is named")
        assert queue(onlooker.board, "nobody")["oldest_at"] is None


def test_a_broker_that_is_away_leaves_the_last_picture_marked_as_old(api: Api, stack: Stack) -> None:
    wait_until(lambda: worker(api.get("/workers").json(), "celery").get("online"), 30, "it answers")
    with Onlooker(stack.url, "workers") as onlooker:
        stack.kill("redis")
        wait_until(lambda: onlooker.board["stale_since"], 30, "the picture is old")
        assert worker(onlooker.board, "celery")
        assert onlooker.board["trouble"] == "The broker does not answer."
        stack.start("redis")
        wait_until(lambda: onlooker.board["stale_since"] is None, 40, "it is the present again")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"board": "weather"}, "There is no board 'weather'; expected one of workers, queues, schedule, now."),
        ({"board": 1}, "There is no board '1'"),
        ({"board": "workers", "task": "1"}, "watch takes a board and nothing else."),
    ],
)
def test_a_board_that_there_is_not_is_refused(api: Api, stack: Stack, message: dict[str, Any], said: str) -> None:
    with Onlooker(stack.url, "schedule") as onlooker:
        answer = onlooker.client.call("watch", message)
        assert answer["ok"] is False
        assert said in answer["error"]
        assert onlooker.client.call("seen", {"watch": "board:schedule"})["ok"] is True
        assert onlooker.client.call("unwatch", {"watch": "board:schedule"}) == {"ok": True}
        assert "is not open" in onlooker.client.call("unwatch", {"watch": "board:schedule"})["error"]
