"""A job from its submission to its end, seen by viewers, with the processes of the Procfile."""

from __future__ import annotations

import threading

import pytest

from tests.api import Api
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack.url)


def test_a_submission_is_answered_while_the_work_goes_on_elsewhere(api: Api) -> None:
    answer = api.post("/tasks", json={"name": "phloem.jobs.countdown", "kwargs": {"duration": 1}})
    body = answer.json()
    assert (answer.status_code, answer.headers["Location"], body["url"]) == (
        202,
        f"/api/v1/tasks/{body['id']}",
        f"/api/v1/tasks/{body['id']}",
    )
    assert api.task(body["id"])["state"] not in ("SUCCESS", "FAILURE")
    assert api.ended(body["id"])["state"] == "SUCCESS"


def test_several_viewers_see_a_job_run_from_beginning_to_end(stack: Stack, api: Api) -> None:
    with Viewer(stack.url, view={}) as ann, Viewer(stack.url, view={"limit": 10}) as bob:
        task_id = api.submit("countdown", duration=2)
        with Viewer(stack.url, task=task_id) as cid:
            viewers = (ann, bob, cid)
            wait_until(
                lambda: all(viewer.states(task_id)[-1:] == ["SUCCESS"] for viewer in viewers), 60, "all saw the end"
            )
            for viewer in viewers:
                percents = viewer.percents(task_id)
                assert len(percents) >= 10
                assert percents == sorted(percents)
                assert viewer.rows[task_id]["percent"] == 100
                assert (viewer.misfits, viewer.resyncs) == ([], 0)
            assert [entry["message"] for entry in cid.log.values() if entry["kind"] == "state"] == api.states(task_id)


def test_the_log_holds_every_state_once_and_in_order(api: Api) -> None:
    task_id = api.submit("countdown", duration=0.3)
    api.ended(task_id)
    states = api.states(task_id)
    assert states == ["PENDING", "RECEIVED", "STARTED", "PROGRESS", "SUCCESS"]
    times = [entry["at"] for entry in api.log(task_id)]
    assert times == sorted(times)


def test_a_row_of_the_list_and_the_task_itself_agree_with_the_status_call(stack: Stack, api: Api) -> None:
    task_id = api.submit("countdown", duration=0.5)
    with Viewer(stack.url, task=task_id) as viewer:
        ended = api.ended(task_id)
        wait_until(lambda: viewer.rows[task_id] == ended, 60, "the viewer shows what the call says")
    listed = api.get("/tasks", params={"q": task_id}).json()
    assert [task["id"] for task in listed["tasks"]] == [task_id]
    assert listed["tasks"][0]["state"] == "SUCCESS"


def test_many_viewers_of_one_task_get_all_of_it(stack: Stack, api: Api) -> None:
    task_id = api.submit("countdown", duration=1)
    viewers = [Viewer(stack.url, task=task_id) for _ in range(10)]
    threads = [threading.Thread(target=viewer.__enter__) for viewer in viewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        wait_until(lambda: all(viewer.states(task_id)[-1:] == ["SUCCESS"] for viewer in viewers), 60, "all saw the end")
    finally:
        for viewer in viewers:
            viewer.__exit__(None, None, None)
