"""What viewers see when a process dies under them: the truth, later, without doing anything."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.processes import Stack
from tests.viewer import Viewer
from tests.waiting import wait_until


@pytest.fixture
def api(stack: Stack) -> Api:
    for name in ("redis", "worker", "web"):
        stack.ensure(name)
    return Api(stack.url)


def test_the_web_process_killed_in_mid_job(stack: Stack, api: Api) -> None:
    task_id = api.submit("countdown", duration=5)
    with Viewer(stack.url, view={}) as ann, Viewer(stack.url, task=task_id) as bob:
        wait_until(lambda: len(ann.percents(task_id)) > 3, 40, "the job moves")
        stack.kill("web")
        stack.start("web")
        wait_until(
            lambda: ann.rows[task_id]["state"] == bob.rows[task_id]["state"] == "SUCCESS", 60, "both saw the end"
        )
    assert ann.percents(task_id) == sorted(ann.percents(task_id))
    assert api.states(task_id)[-1] == "SUCCESS"


@pytest.mark.parametrize("end", ["restart", "crash"])
def test_redis_ended_in_mid_job(stack: Stack, api: Api, end: str) -> None:
    task_id = api.submit("countdown", duration=4)
    with Viewer(stack.url, view={}) as ann, Viewer(stack.url, task=task_id) as bob:
        wait_until(lambda: len(ann.percents(task_id)) > 3, 40, "the job moves")
        if end == "crash":
            stack.kill("redis")
        else:
            stack.stop("redis")
        wait_until(lambda: not stack.ready(), 40, "the server says that Redis is away")
        stack.start("redis")
        wait_until(stack.ready, 40, "the server says that Redis is back")
        wait_until(
            lambda: ann.rows[task_id]["state"] == bob.rows[task_id]["state"] == "SUCCESS", 60, "both saw the end"
        )
        assert (ann.misfits, bob.misfits) == ([], [])
        assert ann.resyncs >= 1
    states = api.states(task_id)
    assert states[-1] == "SUCCESS"
    assert states.count("SUCCESS") == 1


def test_a_job_that_ends_while_nobody_looks_is_shown_as_it_ended(stack: Stack, api: Api) -> None:
    task_id = api.submit("countdown", duration=1)
    with Viewer(stack.url, view={}) as ann:
        stack.kill("web")
        wait_until(lambda: stack.log("worker").count(task_id) >= 2, 40, "the worker is through")
        stack.start("web")
        wait_until(lambda: ann.rows.get(task_id, {}).get("state") == "SUCCESS", 40, "the viewer saw the end")
