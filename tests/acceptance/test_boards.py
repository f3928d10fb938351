"""What boards show to their viewers, all on one stack: the last hour, the schedule, workers and queues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.onlooker import Onlooker
from tests.api import Api
from tests.processes import Stack
from tests.waiting import wait_until

APP = "tests.acceptance.clockwork"

OK, FAILED, RETRIED, WAITING, RUNNING, RETRYING = range(1, 7)
"""Places in a moment, after its time."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The Procfile's worker takes from all queues that the app names; "second" from one that it does not."""
    environment = {"PYTHONPATH": ".", "PHLOEM_LEASE_SECONDS": "3", "PHLOEM_SURVEY_SECONDS": "1"}
    with Stack(tmp_path_factory.mktemp("boards"), environment, APP) as running:
        second = "exec celery -A tests.acceptance.clockwork worker -Q own -n second@%h -c 1"
        running.add("second", f"{second} --without-mingle --without-gossip")
        yield running


@pytest.fixture(scope="module")
def beat(stack: Stack) -> None:
    """Beat runs from the first test that asks for it to the end of the module."""
    stack.start("beat")


@pytest.fixture
def api(stack: Stack) -> Api:
    for name in ("redis", "worker", "web"):
        stack.ensure(name)
    return Api(stack.url)


def slow(api: Api, seconds: float, queue: str = "slow") -> str:
    answer = api.post("/tasks", json={"name": "clockwork.slow", "args": [seconds], "queue": queue})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


# --- the last hour, before beat runs: nothing but what these tests send is in it ------------------


def hour(onlooker: Onlooker) -> dict[str, Any]:
    """What an onlooker knows: the whole, and each part in its place."""
    moments: dict[int, list[int]] = {}
    jobs: dict[str, dict[str, Any]] = {}
    for picture in list(onlooker.pictures):
        if not picture.get("part"):
            moments, jobs = {}, {}
        moments |= {moment[0]: moment for moment in picture["board"]["moments"]}
        jobs |= {job["name"]: job for job in picture["board"]["jobs"]}
    return {"moments": list(moments.values()), "jobs": jobs}


def total(known: dict[str, Any], place: int) -> int:
    return sum(moment[place] for moment in known["moments"])


def ended(known: dict[str, Any]) -> tuple[int, int]:
    return total(known, OK), total(known, FAILED)


def test_who_looks_sees_what_waits_runs_and_ends_and_is_told_no_more_than_what_is_new(api: Api, stack: Stack) -> None:
    with Onlooker(stack.url, "now") as onlooker:
        tasks = [slow(api, 600) for _ in range(3)]
        wait_until(
            lambda: hour(onlooker)["moments"][-1][WAITING:] == [1, 2, 0], 60, lambda: f"two run: {onlooker.board}"
        )
        for task_id in tasks:
            api.post(f"/tasks/{task_id}/revoke", json={"terminate": True})
        wait_until(lambda: hour(onlooker)["moments"][-1][WAITING:] == [0, 0, 0], 60, "none is left")
        assert ended(hour(onlooker)) == (0, 0)
        for seconds in (0.2, 0.2, -1):  # a negative time to sleep is an error
            slow(api, seconds)
        wait_until(lambda: ended(hour(onlooker)) == (2, 1), 60, lambda: f"three ended: {hour(onlooker)}")
        job = hour(onlooker)["jobs"]["clockwork.slow"]
        assert (job["count"], job["failed"]) == (3, 1)
        assert 0.19 < job["p50"] <= job["p95"] <= job["p99"]
        assert onlooker.asked == 1
        whole, *parts = onlooker.pictures
        assert len(whole["board"]["moments"]) >= 355
        told = [part["board"]["moments"] for part in parts if part.get("part")]
        assert told
        assert all(len(moments) < 20 for moments in told)


def test_a_web_process_that_has_just_started_knows_the_same_hour(api: Api, stack: Stack) -> None:
    count, failed = ended(api.get("/now").json())
    slow(api, 0.1)
    wait_until(lambda: ended(api.get("/now").json()) == (count + 1, failed), 60, "it ended")
    before = api.get("/now").json()
    stack.stop("web")
    stack.start("web")
    wait_until(stack.ready, 60, "the record was read")
    after = api.get("/now").json()
    assert ended(after) == ended(before)
    assert after["jobs"] == before["jobs"]
    at = {moment[0] for moment in before["moments"]} & {moment[0] for moment in after["moments"]}
    assert [moment[:3] for moment in after["moments"] if moment[0] in at] == [
        moment[:3] for moment in before["moments"] if moment[0] in at
    ]


# --- the schedule --------------------------------------------------------------------------------


def entry(api: Api, name: str) -> dict[str, Any]:
    entries = api.get("/schedule").json()["entries"]
    return next(each for each in entries if each["name"] == name)


def test_the_schedule_is_shown_in_words_before_anything_ran(api: Api, beat: None) -> None:
    far = entry(api, "far away")
    assert (far["task"], far["args"], far["words"]) == ("clockwork.quick", '["far"]', "every day at 02:00")
    assert (far["timezone"], far["last"], far["missed"], far["overdue_since"]) == ("UTC", None, 0, None)
    assert far["next"] is not None
    assert entry(api, "often")["words"] == "every 2 seconds"
    assert entry(api, "by the clock")["words"] == "every minute"


def test_what_is_run_now_is_the_last_run_of_its_entry(api: Api, beat: None) -> None:
    answer = api.post("/schedule/far away/run")
    assert answer.status_code == 202, answer.text
    task_id = answer.json()["id"]
    task = api.ended(task_id)
    assert (task["state"], task["result"], task["schedule"], task["by_hand"]) == ("SUCCESS", '"far"', "far away", True)
    wait_until(lambda: (entry(api, "far away")["last"] or {}).get("state") == "SUCCESS", 40, "the schedule shows it")
    last = entry(api, "far away")["last"]
    assert (last["id"], last["url"], last["by_hand"]) == (task_id, f"/api/v1/tasks/{task_id}", True)


def test_an_entry_that_there_is_not_cannot_be_run(api: Api, beat: None) -> None:
    answer = api.post("/schedule/nightly/run")
    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        "There is no entry 'nightly' in the schedule. It has 'by the clock', 'far away', 'often'."
    )


def test_who_looks_sees_each_run_without_asking(stack: Stack, beat: None) -> None:
    with Onlooker(stack.url, "schedule") as onlooker:

        def last() -> str:
            often = next(each for each in onlooker.board["entries"] if each["name"] == "often")
            return str((often["last"] or {}).get("id"))

        first = wait_until(lambda: onlooker.board and last(), 60, "a picture")
        second = wait_until(lambda: last() != first and last(), 60, "another run")
        wait_until(lambda: last() not in (first, second), 60, "one more")
        assert onlooker.asked == 1


def test_while_beat_is_down_its_runs_are_overdue_and_missed_and_the_first_one_makes_up(
    stack: Stack, api: Api, beat: None
) -> None:
    wait_until(lambda: entry(api, "often")["last"], 60, "it runs")
    stack.stop("beat")
    wait_until(lambda: entry(api, "often")["overdue_since"], 60, lambda: f"it is overdue: {entry(api, 'often')}")
    missed = entry(api, "often")["missed"]
    assert missed >= 1
    stack.start("beat")
    wait_until(lambda: entry(api, "often")["overdue_since"] is None, 60, "it runs again")
    assert entry(api, "often")["missed"] >= missed
    assert entry(api, "far away")["missed"] == 0


# --- workers and queues --------------------------------------------------------------------------


def worker(board: dict[str, Any], name: str) -> dict[str, Any]:
    """The worker of that name at any host: the last to begin, since one that vanished is still listed."""
    named = [each for each in board["workers"] if each["name"].startswith(f"{name}@")]
    return max(named, key=lambda each: each["since"] or 0, default={})


def queue(board: dict[str, Any], name: str) -> dict[str, Any]:
    return next((each for each in board["queues"] if each["name"] == name), {})


def test_a_worker_says_what_it_is_and_what_it_takes(api: Api, stack: Stack) -> None:
    wait_until(lambda: worker(api.get("/workers").json(), "celery").get("online"), 60, "it answers")
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
            60,
            lambda: f"both run: {onlooker.board}",
        )
        took = worker(onlooker.board, "celery")["processed"]
        stack.start("second")
        wait_until(lambda: worker(onlooker.board, "second").get("online"), 60, "another worker comes")
        assert worker(onlooker.board, "second")["queues"] == ["own"]
        third = slow(api, 600, "own")
        wait_until(
            lambda: [job["id"] for job in worker(onlooker.board, "second")["running"]] == [third], 60, "it runs a task"
        )
        stack.kill("second")
        wait_until(lambda: worker(onlooker.board, "second")["online"] is False, 60, "it is seen to be gone")
        assert worker(onlooker.board, "celery")["online"]
        wait_until(lambda: not worker(onlooker.board, "second")["running"], 60, "what it ran is lost")
        assert api.task(third)["state"] == "LOST"
        for each in tasks:
            api.post(f"/tasks/{each}/revoke", json={"terminate": True})
        wait_until(lambda: not worker(onlooker.board, "celery")["running"], 60, "the slots are free")
        wait_until(lambda: worker(onlooker.board, "celery")["processed"] >= took, 60, "it counts what it took")
        assert onlooker.asked == 1


def test_who_looks_sees_how_deep_a_queue_is_who_takes_from_it_and_how_long_tasks_wait(api: Api, stack: Stack) -> None:
    stack.kill("worker")
    with Onlooker(stack.url, "queues") as onlooker:
        waiting = [slow(api, 0, "nobody") for _ in range(3)]
        wait_until(
            lambda: queue(onlooker.board, "nobody").get("depth") == 3, 60, lambda: f"three wait: {onlooker.board}"
        )
        found = queue(onlooker.board, "nobody")
        assert (found["waiting"], found["running"]) == (3, 0)
        assert found["oldest_at"] == pytest.approx(api.task(waiting[0])["created_at"])
        wait_until(lambda: queue(onlooker.board, "nobody")["consumers"] == [], 60, "no worker takes from it")
        stack.start("worker")
        wait_until(lambda: queue(onlooker.board, "nobody")["depth"] == 0, 60, "a worker takes them")
        wait_until(lambda: len(queue(onlooker.board, "nobody")["consumers"]) == 1, 60, "and is named")
        assert queue(onlooker.board, "nobody")["oldest_at"] is None


def test_a_broker_that_is_away_leaves_the_last_picture_marked_as_old(api: Api, stack: Stack) -> None:
    wait_until(lambda: worker(api.get("/workers").json(), "celery").get("online"), 60, "it answers")
    with Onlooker(stack.url, "workers") as onlooker:
        stack.kill("redis")
        wait_until(lambda: onlooker.board["stale_since"], 60, "the picture is old")
        assert worker(onlooker.board, "celery")
        assert onlooker.board["trouble"] == "The broker does not answer."
        stack.start("redis")
        wait_until(lambda: onlooker.board["stale_since"] is None, 60, "it is the present again")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"board": "weather"}, "There is no board 'weather'; expected one of workers, queues, schedule, now, views."),
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


def by_the_clock(api: Api) -> dict[str, Any]:
    """The last run of the crontab, once it has ended well; until then nothing."""
    last: dict[str, Any] = entry(api, "by the clock")["last"] or {}
    return last if last.get("state") == "SUCCESS" else {}


# Last, so that most of its minute has passed.
@pytest.mark.timeout(400)
def test_a_crontab_of_every_minute_fires_by_the_clock(stack: Stack, api: Api, beat: None) -> None:
    stack.ensure("beat")
    # One that fired while a test before had killed the worker or Redis may never end: the next one does.
    ended = wait_until(lambda: by_the_clock(api), 150, lambda: f"one ends well: {entry(api, 'by the clock')}")
    task = api.task(ended["id"])
    assert (task["schedule"], task["by_hand"], task["result"]) == ("by the clock", None, '"clock"')
    assert 0 <= task["created_at"] % 60 < 30  # just after a full minute; a loaded machine may take its time
    assert entry(api, "by the clock")["next"] % 60 == 0
