"""A server that was started without an app knows the tasks of workers that are attached."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api
from tests.processes import PHLOEM, Stack
from tests.waiting import wait_until

APP = """
import os
import phloem
from celery import Celery

app = Celery("shop", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
app.conf.task_routes = {"shop.send": {"queue": "mail"}}
phloem.attach(app)


@app.task(name="shop.send")
def send(to: str, password: str, copies: int = 1) -> str:
    \"\"\"Sends it.\"\"\"
    return f"{copies} to {to}"


@app.task(name="shop.part", launch=False)
def part() -> None: ...
"""

NEW = """

@app.task(name="shop.count")
def count(until: int) -> int:
    return until
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shop")
    (made / "shop.py").write_text(textwrap.dedent(APP))
    return made


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    running = Stack(folder, {"PYTHONDONTWRITEBYTECODE": "1"}, parts=("redis", "web", "worker"))
    celery = f"exec {shlex.quote(sys.executable)} -m celery --workdir {shlex.quote(str(folder))} -A shop worker"
    options = "-Q celery,mail --concurrency 1 --without-mingle --without-gossip --loglevel INFO"
    running.add("worker", f"{celery} {options}")
    running.add("web", f"exec {shlex.join(PHLOEM)} serve")
    with running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    for name in ("web", "worker"):
        stack.ensure(name)
    return Api(stack.url)


def registry(api: Api) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in api.get("/registry").json()["tasks"]}


def test_a_task_of_a_worker_is_launched_by_its_form(api: Api) -> None:
    entry = wait_until(lambda: registry(api).get("shop.send"), 60, "the worker tells what it can run")
    assert entry is not None
    assert (entry["doc"], entry["queue"], entry["workers"]) == ("Sends it.", "mail", 1)
    assert entry["schema"]["required"] == ["to", "password"]
    assert "shop.part" not in registry(api)
    answer = api.post("/tasks", json={"name": "shop.send", "kwargs": {"to": "ann", "password": "geheim"}})
    assert answer.status_code == 202, answer.text
    task = api.ended(answer.json()["id"])
    assert (task["state"], task["result"], task["queue"]) == ("SUCCESS", '"1 to ann"', "mail")
    assert task["created_at"] is not None


def test_arguments_and_names_are_checked_without_a_word_of_a_secret(api: Api) -> None:
    wait_until(lambda: registry(api), 60, "the worker tells what it can run")
    refused = api.post("/tasks", json={"name": "shop.send", "args": ["ann", ["geheim"]], "kwargs": {"copies": "two"}})
    assert refused.status_code == 422
    assert "copies: expected `int`" in refused.text
    assert "geheim" not in refused.text
    unknown = api.post("/tasks", json={"name": "shop.sent"})
    assert "Near it: shop.send" in unknown.text
    part = api.post("/tasks", json={"name": "shop.part"})
    assert part.json()["code"] == "task_not_launchable"


def test_a_task_that_a_worker_ran_is_run_again(api: Api) -> None:
    wait_until(lambda: registry(api), 60, "the worker tells what it can run")
    sent = api.post("/tasks", json={"name": "shop.send", "kwargs": {"to": "bob", "password": "geheim"}}).json()["id"]
    api.ended(sent)
    again = api.post(f"/tasks/{sent}/retry", json={})
    assert again.status_code == 202, again.text
    assert api.ended(again.json()["id"])["result"] == '"1 to bob"'
    kept = api.get(f"/tasks/{sent}/call").json()
    assert kept["kwargs"]["to"] == "bob"
    assert "geheim" not in str(kept)


def test_a_new_task_is_there_once_the_worker_runs_again_and_waits_while_none_does(
    api: Api, stack: Stack, folder: Path
) -> None:
    wait_until(lambda: registry(api).get("shop.send"), 60, "the worker tells what it can run")
    web = stack.pid("web")
    stack.stop("worker")
    gone = wait_until(lambda: registry(api)["shop.send"]["workers"] == 0, 60, "the worker is gone")
    assert gone
    waiting = api.post("/tasks", json={"name": "shop.send", "kwargs": {"to": "cyd", "password": "geheim"}}).json()["id"]
    assert api.task(waiting)["state"] == "PENDING"
    (folder / "shop.py").write_text(textwrap.dedent(APP + NEW))
    stack.start("worker")
    wait_until(lambda: registry(api).get("shop.count"), 60, "the worker tells of its new task")
    assert api.ended(waiting)["result"] == '"1 to cyd"'
    sent = api.post("/tasks", json={"name": "shop.count", "args": [3]}).json()["id"]
    assert api.ended(sent)["result"] == "3"
    assert stack.pid("web") == web
