"""Flower, celery-bloom and celery-manager, as benchmarks start them: each with a broker of its own."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import redis
import requests

from benchmarks.harness.look import Look
from tests.child import Child
from tests.processes import free_port, running_redis
from tests.waiting import wait_until

if TYPE_CHECKING:  # benchmarks.ingest asks a dashboard without any browser
    from playwright.sync_api import Page

START_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """How one is started, on which page it shows most live, and how it shows states there.

    In `commands` stand {bin}, {broker}, {port} and {folder}; the first serves the pages.
    """

    name: str
    commands: tuple[str, ...]
    page: str
    look: Look
    remark: str
    signs_in: bool = False


DASHBOARDS = (
    Dashboard(
        name="Flower",
        commands=("{bin}/celery --broker {broker} flower --address=127.0.0.1 --port={port}",),
        page="/workers",
        look=Look(
            counts=(
                "#workers-table tbody td:nth-child(4)",
                None,
                "#workers-table tbody td:nth-child(6)",
            )
        ),
        remark="by the counts on its first page, which it asks for once a second; its list of tasks stands still until "
        "it is loaded again",
    ),
    Dashboard(
        name="celery-bloom",
        commands=("{bin}/celery-bloom --broker {broker} --host=127.0.0.1 --port={port} --log-level=warning",),
        page="/tasks",
        look=Look(rows="tr", words=("received", "started", "success")),
        remark="its list asks for the newest 50 tasks with every change, and drops what it asked before: while changes "
        "come faster than answers it stands still",
    ),
    Dashboard(
        name="celery-manager",
        commands=(
            "{bin}/python -m uvicorn --factory benchmarks.peers.manager:create --port {port} --log-level warning",
            "{bin}/celery-manager events --celery-app benchmarks.peers.manager:celery --db-url {database}",
        ),
        page="/",
        look=Look(rows="tr", words=("queued", "started", "succeeded")),
        remark="its list follows a database that it asks for changes once a second, and that takes one commit a change",
        signs_in=True,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Running:
    """One that runs, and the broker that it listens to."""

    dashboard: Dashboard
    broker: str
    url: str

    def open(self, page: Page) -> None:
        """Signs in where that is needed, and opens the page."""
        if self.dashboard.signs_in:
            name = "benchmark"
            page.request.post(f"{self.url}/api/auth/login", data={"username": name, "password": name})
        page.goto(f"{self.url}{self.dashboard.page}")


@contextmanager
def running_dashboard(dashboard: Dashboard, folder: str) -> Iterator[Running]:
    """It hears Celery's events when this is entered; AssertionError if not. `folder` is that of the commands."""
    with ExitStack() as stack:
        server = stack.enter_context(running_redis())
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="phloem-peer-")))
        port, database = free_port(), f"sqlite:///{data}/manager.db"
        environment = {
            **os.environ,
            "CELERY_BROKER_URL": server.url,
            "MANAGER_DATABASE": database,
            "FLOWER_UNAUTHENTICATED_API": "1",
        }
        names = {"bin": shlex.quote(folder), "broker": server.url, "port": port, "database": shlex.quote(database)}
        url = f"http://127.0.0.1:{port}"
        for number, command in enumerate(dashboard.commands):
            child = Child(f"exec {command.format(**names)}", data / f"{number}.log", environment)
            stack.callback(child.stop)
            if number == 0:
                wait_until(lambda: answers(url) is not None, START_SECONDS, child.log)
        wait_until(lambda: subscribed(server.url), START_SECONDS, child.log)
        yield Running(dashboard=dashboard, broker=server.url, url=url)


def answers(url: str) -> int | None:
    """The status of an answer; None if there is none, or not soon."""
    try:
        return requests.get(url, timeout=5).status_code
    except requests.RequestException:
        return None


def subscribed(redis_url: str) -> bool:
    """Whether a dashboard is subscribed to Celery's events, whose channels are patterns."""
    with redis.Redis.from_url(redis_url) as client:
        return bool(client.pubsub_numpat())
