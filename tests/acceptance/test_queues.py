"""Queues: which job waits where, and a worker for one of them alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api import Api
from tests.child import Child
from tests.processes import Stack
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def mail_only(stack: Stack) -> Iterator[Child]:
    """A worker of the mail queue alone takes the place of that of the Procfile, to the end of the module."""
    stack.kill("worker")
    log = stack.folder / "mail.log"
    command = "exec celery -A phloem.jobs.app worker -Q mail -n mail@%h -c 1 --without-mingle --loglevel INFO"
    child = Child(command, log, stack.environment)
    try:
        wait_until(lambda: "ready" in child.log(), 60, child.log)
        yield child
    finally:
        child.kill()


def test_each_job_waits_in_the_queue_of_its_kind(stack: Stack) -> None:
    api = Api(stack.url)
    countdown = api.ended(api.submit("countdown", duration=0))
    picture = api.ended(api.submit("resize_image", upload="0" * 32))
    assert (countdown["queue"], picture["queue"]) == ("default", "media")


def test_a_worker_of_one_queue_takes_nothing_from_the_others(stack: Stack, mail_only: Child) -> None:
    api = Api(stack.url)
    name = "phloem.jobs.countdown"
    waits = api.submit("countdown", duration=0)
    runs = api.post("/tasks", json={"name": name, "kwargs": {"duration": 0}, "queue": "mail"}).json()["id"]
    done = api.ended(runs)
    assert (done["state"], done["queue"]) == ("SUCCESS", "mail")
    assert done["worker"].startswith("mail@")
    assert api.task(waits)["state"] == "PENDING"
