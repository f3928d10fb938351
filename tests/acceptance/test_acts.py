"""Revoking and running again, over HTTP, on real workers: what was asked for happens, and every viewer sees it."""

from __future__ import annotations

import pytest
import redis

from tests.api import Api
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until

SLOTS = 2  # of the stack's worker


@pytest.fixture
def api(stack: Stack) -> Api:
    for name in ("redis", "worker", "web"):
        stack.ensure(name)
    return Api(stack.url)


def reaches(api: Api, task_id: str, *states: str) -> None:
    wait_until(lambda: api.task(task_id)["state"] in states, 60, lambda: f"{states}; it is {api.task(task_id)}")


@pytest.mark.parametrize("signal", ["SIGTERM", "SIGKILL"])
def test_a_job_that_runs_is_stopped_where_it_runs_and_its_slot_is_free_again(
    api: Api, stack: Stack, signal: str
) -> None:
    task_id = api.submit("countdown", duration=600)
    with Viewer(stack.url, task=task_id) as viewer:
        reaches(api, task_id, "PROGRESS")
        answer = api.post(f"/tasks/{task_id}/revoke", json={"terminate": True, "signal": signal})
        assert answer.status_code == 202, answer.text
        wait_until(lambda: viewer.rows[task_id]["state"] == "REVOKED", 60, "the viewer sees the end")
    task = api.task(task_id)
    assert task["message"] == f"It was stopped while it ran ({signal})."
    # The server writes it once the workers were told, which the end may overtake.
    asked = f"Asked to be stopped ({signal})."
    wait_until(lambda: any(asked in each["message"] for each in api.log(task_id)), 40, lambda: str(api.log(task_id)))
    after = [api.submit("countdown", duration=0) for _ in range(2 * SLOTS)]
    assert {api.ended(each)["state"] for each in after} == {"SUCCESS"}


def test_a_job_that_waits_is_revoked_and_never_starts(api: Api) -> None:
    busy = [api.submit("countdown", duration=600) for _ in range(SLOTS)]
    for each in busy:
        reaches(api, each, "PROGRESS")
    waiting = [api.submit("countdown", duration=0) for _ in range(SLOTS + 3)]
    for each in waiting:
        answer = api.post(f"/tasks/{each}/revoke")
        assert answer.status_code == 202, answer.text
    for each in busy:
        assert api.post(f"/tasks/{each}/revoke", json={"terminate": True}).status_code == 202
    ended = [api.ended(each) for each in waiting]
    assert {task["state"] for task in ended} == {"REVOKED"}
    assert {task["started_at"] for task in ended} == {None}


def test_a_job_runs_again_with_its_arguments_and_names_what_it_repeats(api: Api) -> None:
    first = api.submit("countdown", duration=0.25)
    assert api.ended(first)["state"] == "SUCCESS"
    answer = api.post(f"/tasks/{first}/retry")
    assert answer.status_code == 202, answer.text
    again = api.ended(answer.json()["id"])
    assert (again["state"], again["result"], again["retry_of"]) == ("SUCCESS", '"0.25 s have passed"', first)
    edited = api.post(f"/tasks/{first}/retry", json={"kwargs": {"duration": 0.5}})
    assert api.ended(edited.json()["id"])["result"] == '"0.5 s have passed"'
    assert api.post(f"/tasks/{first}/revoke").status_code == 409


def test_a_job_that_was_stopped_runs_again(api: Api) -> None:
    first = api.submit("countdown", duration=600)
    reaches(api, first, "PROGRESS")
    api.post(f"/tasks/{first}/revoke", json={"terminate": True})
    reaches(api, first, "REVOKED")
    again = api.post(f"/tasks/{first}/retry", json={"kwargs": {"duration": 0}}).json()["id"]
    assert api.ended(again)["state"] == "SUCCESS"


def test_asking_the_workers_leaves_nothing_in_the_broker(api: Api, stack: Stack) -> None:
    def held(broker: redis.Redis) -> set[bytes]:
        return {key for key in broker.scan_iter() if b"reply" in key}  # queues of answers, and what they are bound to

    with redis.Redis.from_url(stack.redis.url) as broker:
        before = held(broker)  # of workers that other modules killed in the middle of an answer
        for _ in range(3):
            task_id = api.submit("countdown", duration=600)
            reaches(api, task_id, "PROGRESS")
            api.post(f"/tasks/{task_id}/revoke", json={"terminate": True})
        wait_until(lambda: held(broker) <= before, 40, lambda: f"no replies are kept: {held(broker) - before}")


def test_without_a_worker_nobody_is_told_that_a_job_was_revoked(api: Api, stack: Stack) -> None:
    stack.kill_workers()
    task_id = api.submit("countdown", duration=0)
    answer = api.post(f"/tasks/{task_id}/revoke")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "No worker answered, so nobody knows that this task is revoked."
    stack.start("worker")
    assert api.ended(task_id)["state"] == "SUCCESS"


def test_a_broker_that_is_away_is_said(api: Api, stack: Stack) -> None:
    task_id = api.submit("countdown", duration=600)
    reaches(api, task_id, "PROGRESS")
    stack.kill("redis")
    answer = api.post(f"/tasks/{task_id}/revoke")
    assert answer.status_code == 503, answer.text
    stack.start("redis")
    wait_until(stack.ready, 60, "all is well again")
