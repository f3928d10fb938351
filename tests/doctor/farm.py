"""Workers of a small app, as the doctor finds them: attached or not, in this namespace or another."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celery import Celery

from phloem_server.commands.doctor.installation import Installation
from tests.child import Child
from tests.waiting import wait_until

APP = "tests.doctor.farm_app"


class Farm:
    """Workers on one Redis, which is broker and record. They are killed when the block ends."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self.variables = {"PHLOEM_REDIS_URL": redis_url, "REDIS_URL": redis_url, "PHLOEM_DATA_DIR": str(folder)}
        self._folder = folder
        self._children = ExitStack()
        self.producer = Celery("producer", broker=redis_url, set_as_current=False)

    def start(self, name: str, *, queues: str = "celery", attached: bool = True, **variables: str) -> Child:
        """Starts a worker with one slot; `ready` waits for it."""
        environ = {
            **os.environ,
            **self.variables,
            "FARM_BROKER": self.variables["REDIS_URL"],
            "FARM_ATTACH": "1" if attached else "0",
            **variables,
        }
        options = f"-n {name}@farm -Q {queues} --concurrency 1 --without-mingle --without-gossip --loglevel INFO"
        command = f"exec {shlex.quote(sys.executable)} -m celery -A {APP} worker {options}"
        child = Child(command, self._folder / f"{name}.log", environ)
        self._children.callback(child.kill)
        return child

    def ready(self, *workers: Child) -> None:
        """Waits until workers take messages, and are on record if they are attached."""
        for worker in workers:
            wait_until(partial(is_ready, worker), 60, worker.log)

    def send(self, name: str, *args: object, **options: Any) -> None:
        """Sends a task as a program that is not attached."""
        self.producer.send_task(name, args=args, **options)

    def installation(self, **variables: str) -> Installation:
        """What a web process with these variables has."""
        return Installation({**self.variables, **variables})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._children.close()
        self.producer.close()


def is_ready(worker: Child) -> bool:
    """Whether a worker takes messages."""
    return " ready." in worker.log()
