"""An app that has nothing of Phloem with a real worker, and this process as the one that observes it."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celery import Celery

from phloem.model.state import State
from phloem.model.task import Task
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.control.celery_app import celery_app
from phloem_server.control.remote_control import RemoteControl
from phloem_server.mirror.follower import Follower
from phloem_server.sources.observation import Observation
from phloem_server.sources.result_backend import disconnect_backend
from tests.child import Child
from tests.processes import ROOT
from tests.waiting import wait_until

APP = "tests.integration.unattached_app"
ALONE = "--without-mingle --without-gossip"
LEASE_SECONDS = 3


class Shop:
    """The app's broker and result backend, its workers, and producers that have nothing of Phloem."""

    def __init__(self, broker: str, folder: Path, backend: str | None) -> None:
        self.broker, self.backend, self.folder = broker, backend, folder
        self.celery = Celery("producer", broker=broker, backend=backend, set_as_current=False)
        self._children: list[Child] = []

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its processes."""
        environment = {**os.environ, "SHOP_BROKER": self.broker, "C_FORCE_ROOT": "1"}
        environment |= {"SHOP_BACKEND": self.backend} if self.backend else {}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        return environment

    def work(self, options: str = "--concurrency 2", name: str = "one", app: str = APP, **variables: str) -> Child:
        """Start a worker; it is ready when this returns."""
        celery = f"exec {shlex.quote(sys.executable)} -m celery -A {app}"
        log = self.folder / f"{name}-{secrets.token_hex(4)}.log"
        command = f"{celery} worker -n {name}@shop {options} {ALONE} --loglevel INFO"
        child = Child(command, log, {**self.environment, **variables})
        self._children.append(child)
        wait_until(lambda: " ready." in child.log(), 60, child.log)
        return child

    def send(self, name: str, *args: Any, **options: Any) -> str:
        """Send a task; its id."""
        return str(self.celery.send_task(f"{APP}.{name}", args, **options).id)

    def close(self) -> None:
        """Kill the workers."""
        for child in self._children:
            child.kill()
        consumer = getattr(self.celery.backend, "result_consumer", None)
        if self.backend == "rpc://" and consumer is not None:
            consumer.stop()
        disconnect_backend(self.celery)
        self.celery.close()


class Observing:
    """Observes a shop within the block; the record is in a namespace of its own."""

    def __init__(self, shop: Shop, redis_url: str, namespace: str | None = None) -> None:
        self.settings = Settings(
            redis_url=redis_url, namespace=namespace or secrets.token_hex(4), lease_seconds=LEASE_SECONDS
        )
        self.channel = RedisChannel(self.settings)
        self.follower = Follower(self.channel)
        self.celery = celery_app(None, self.settings, broker=shop.broker, backend=shop.backend)
        self.observation = Observation(
            self.celery,
            self.channel,
            RemoteControl(self.celery).ask,
            row=self.follower.row,
            open_tasks=partial(self.follower.open_tasks, 1000),
            open_channel=lambda: RedisChannel(self.settings),
            namespace=self.settings.namespace,
            lease_seconds=LEASE_SECONDS,
            is_own=False,
        )
        self._thread = threading.Thread(target=self.follower.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self.follower.known, 40, "the record is read")
        self.observation.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.observation.stop()
        self.follower.stop()
        self._thread.join(10)
        self.celery.close()
        self.channel.close()

    def task(self, task_id: str) -> Task:
        """The task as the record has it."""
        task = self.channel.task(task_id)
        assert task is not None
        return task

    def until(self, task_id: str, state: State, fits: Callable[[Task], bool] = lambda _: True) -> Task:
        """The task once it is in a state, and fits."""

        def found() -> Task | None:
            task = self.channel.task(task_id)
            return task if task is not None and task.state is state and fits(task) else None

        return wait_until(found, 40, lambda: f"{state}: {self.channel.task(task_id)}")  # type: ignore[return-value]

    def hears(self) -> Self:
        """Returns once workers were asked to send events, and one has told how it runs tasks."""
        wait_until(lambda: any(known.facts.slots for known in self.channel.workers.all()), 40, "a worker answers")
        return self
