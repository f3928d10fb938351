"""The last hour, told to those who look: all of it at once, and then as it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.onlooker import Onlooker
from tests.api import Api
from tests.processes import Stack, wait_until

OK, FAILED, RETRIED, WAITING, RUNNING, RETRYING = range(1, 7)
"""Places in a moment, after its time."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("now"), {"PYTHONPATH": "."}, "tests.acceptance.clockwork") as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack.url)


def slow(api: Api, seconds: float) -> str:
    answer = api.post("/tasks", json={"name": "clockwork.slow", "args": [seconds], "queue": "slow"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


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
            lambda: hour(onlooker)["moments"][-1][WAITING:] == [1, 2, 0], 30, lambda: f"two run: {onlooker.board}"
        )
        for task_id in tasks:
            api.post(f"/tasks/{task_id}/revoke", json={"terminate": True})
        wait_until(lambda: hour(onlooker)["moments"][-1][WAITING:] == [0, 0, 0], 30, "none is left")
        assert ended(hour(onlooker)) == (0, 0)
        for seconds in (0.2, 0.2, -1):  # nobody can sleep for less than nothing
            slow(api, seconds)
        wait_until(lambda: ended(hour(onlooker)) == (2, 1), 30, lambda: f"three ended: {hour(onlooker)}")
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
    wait_until(lambda: ended(api.get("/now").json()) == (count + 1, failed), 30, "it ended")
    before = api.get("/now").json()
    stack.stop("web")
    stack.start("web")
    wait_until(stack.ready, 30, "the record was read")
    after = api.get("/now").json()
    assert ended(after) == ended(before)
    assert after["jobs"] == before["jobs"]
    at = {moment[0] for moment in before["moments"]} & {moment[0] for moment in after["moments"]}
    assert [moment[:3] for moment in after["moments"] if moment[0] in at] == [
        moment[:3] for moment in before["moments"] if moment[0] in at
    ]
