"""A real worker of the lifecycle app, for tests of what its tasks go through."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celery import Celery, chain

from phloem.model.changes import Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.child import Child
from tests.processes import ROOT
from tests.waiting import wait_until

APP = "tests.integration.lifecycle_app"


LEASE_SECONDS = 3
"""The lease of these workers: what they hold is lost soon after they are gone."""

ALONE = "--without-mingle --without-gossip"
"""A worker with no other beside it need not wait for a second until others answer it."""


class Worker:
    """A worker of the lifecycle app, or another, and the record that it writes. It is killed when the block ends."""

    def __init__(self, redis_url: str, folder: Path, options: str = "--concurrency 2", app: str = APP) -> None:
        self.channel = RedisChannel(Settings(redis_url=redis_url, lease_seconds=LEASE_SECONDS))
        self._environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "PHLOEM_DATA_DIR": str(folder),
            "PHLOEM_LEASE_SECONDS": str(LEASE_SECONDS),
            "C_FORCE_ROOT": "1",  # tests may run as root, for whom Celery accepts no pickles
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        command = f"exec {shlex.quote(sys.executable)} -m celery -A {app} worker {options} {ALONE} --loglevel INFO"
        self.child = Child(command, folder / f"worker-{secrets.token_hex(4)}.log", self._environment)
        wait_until(self._is_ready, 60, self.child.log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.child.kill()

    def _is_ready(self) -> bool:
        """Whether it says so; one that may not say it is known by its lease."""
        told = (known.facts.pid for known in self.channel.workers.all())
        return " ready." in self.child.log() or self.child.pid in told

    def send(self, name: str, *args: Any, **options: Any) -> str:
        """Send a task as a producer that has nothing of Phloem; its id."""
        app = Celery(broker=self._environment["REDIS_URL"])  # a result backend would leave its connection open
        with app:
            return str(app.send_task(name if "." in name else f"{APP}.{name}", args=args, **options).id)

    def send_chain(self, *names: str) -> str:
        """Send tasks one after the other; the id of the last."""
        with Celery(broker=self._environment["REDIS_URL"]) as app:
            return str(chain(app.signature(f"{APP}.{name}") for name in names).apply_async().id)

    def revoke(self, task_id: str, **options: Any) -> None:
        with Celery(broker=self._environment["REDIS_URL"]) as app:
            app.control.revoke(task_id, **options)

    def task(self, task_id: str) -> Task:
        found = self.channel.task(task_id)
        assert found is not None
        return found

    def reaches(self, task_id: str, state: State, seconds: float = 20) -> Task:
        def there() -> Task | None:
            # A lease that has run out is noticed by whichever reader comes next.
            next(self.channel.changed(Position(epoch="", offset=0)))
            found = self.channel.task(task_id)
            return found if found is not None and found.state is state else None

        found = wait_until(
            there, seconds, lambda: f"{state}; it is {self.channel.task(task_id)}; {self.child.log()[-3000:]}"
        )
        assert found is not None
        return found  # as it was then: it may have gone on since

    def states(self, task_id: str) -> list[str]:
        return [entry.message for entry in self.channel.short_log(task_id, 1000) if entry.kind == "state"]
