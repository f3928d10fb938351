"""What runs while pictures are taken: Redis, web and two workers of the shop, with tasks in every state."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.api import Api
from tests.processes import Stack
from tests.waiting import wait_until

APP = "tools.pictures.shop"
WORKERS = {"w1": "default", "w2": "default,mail"}
"""Their names, and the queues that they take from. The names are on the pictures, so none is that of a machine."""

SECONDS = 60
"""For anything that is waited for."""


class Stage:
    """The running shop: `url` is where its page is."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._api = Api(stack.url)
        for name, queues in WORKERS.items():
            options = f"-n {name}@shop -Q {queues} --concurrency 2 --without-mingle --without-gossip --loglevel INFO"
            stack.add(name, f"exec {shlex.quote(sys.executable)} -m celery -A {APP} worker {options}")
            stack.start(name)
        self._wait_for_workers()

    @property
    def url(self) -> str:
        """Where the page is."""
        return self._stack.url

    def send(self, name: str, **kwargs: object) -> str:
        """Send a task of the shop; its id."""
        answer = self._api.post("/tasks", json={"name": f"shop.{name}", "kwargs": kwargs})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def ended(self, task_id: str) -> str:
        """Wait until the task has ended; its id."""
        self._api.ended(task_id, SECONDS)
        return task_id

    def reaches(self, task_id: str, percent: float) -> None:
        """Wait until the task is that far."""
        wait_until(
            lambda: (self._api.task(task_id)["percent"] or 0) >= percent, SECONDS, f"{task_id} is at {percent} %"
        )

    def _wait_for_workers(self) -> None:
        def all_there() -> bool:
            return len(self._api.get("/workers").json()["workers"]) == len(WORKERS)

        wait_until(all_there, SECONDS, lambda: self._stack.logs() + self._stack.log("w1"))


@contextmanager
def running() -> Iterator[Stage]:
    """The stage, for as long as the block runs."""
    with (
        tempfile.TemporaryDirectory(prefix="phloem-pictures-") as folder,
        Stack(Path(folder), app=APP, parts=("redis", "web")) as stack,
    ):
        yield Stage(stack)
