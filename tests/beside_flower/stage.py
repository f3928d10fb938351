"""An app with its broker and its workers, and Flower and Phloem beside it, each by its documented command."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent
from types import TracebackType
from typing import Any, Self

import requests

from tests.api import Api
from tests.beside_flower.apps import App
from tests.beside_flower.console import Console
from tests.child import Child
from tests.processes import PHLOEM, Redis, free_port, settings
from tests.rabbitmq import RabbitMq
from tests.waiting import wait_until

WORKER = "celery@here"
READY_SECONDS = 40.0
OBSERVED_SECONDS = 30.0


class Stage:
    """An app, Flower and Phloem as long as the block runs. `python` is that of an environment with Flower.

    Without `flower`, Phloem is alone with the app: Flower has workers send events again that do not.
    """

    def __init__(self, app: App, python: Path, folder: Path, *, flower: bool = True) -> None:
        self.app, self.folder = app, folder
        self._has_flower = flower
        self._python = python
        self._stack = ExitStack()
        self.record = Redis(folder / "record")
        self.broker: Redis | RabbitMq = (
            Redis(folder / "broker") if app.broker == "redis" else RabbitMq(folder / "broker")
        )
        self.flower_url = f"http://127.0.0.1:{free_port()}"
        self.port = free_port()
        self.children: dict[str, Child] = {}
        self._console: Console | None = None

    @property
    def broker_url(self) -> str:
        """The address of the app's broker."""
        return self.broker.url if isinstance(self.broker, Redis) else self.broker.url()

    @property
    def api(self) -> Api:
        """Phloem's API."""
        return Api(f"http://127.0.0.1:{self.port}")

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for child in self.children.values():
            child.kill()
        self._stack.close()

    def run(self, code: str) -> str:
        """Runs code as a program of the app does; what it prints."""
        return subprocess.run(
            [str(self._python), "-c", dedent(code)],
            cwd=self.folder,
            env=self._environment(),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
        ).stdout

    def asked(self, code: str) -> Any:
        """What code of the app, in which `app` is its Celery app, prints as JSON in its last line."""
        if self._console is None:
            module = f"{self.app.module}.celery" if (self.folder / self.app.module).is_dir() else self.app.module
            self._console = Console(self._python, module, self.folder, self._environment())
            self._stack.callback(self._console.close)
        return self._console.ask(dedent(code))

    def flower(self, path: str) -> requests.Response:
        """One call of Flower."""
        answer = requests.get(f"{self.flower_url}{path}", timeout=20)
        answer.raise_for_status()
        return answer

    def start_phloem(self) -> None:
        """Starts the web process; it answers when this returns."""
        options = ["--broker", self.broker_url]
        if self.app.backend == "redis":
            options += ["--result-backend", self.broker_url]
        if self.app.named_to_phloem is not None:
            options += ["--app", self.app.named_to_phloem]
        environment = {**settings(self.port, self.record.url, self.folder), "PHLOEM_SURVEY_SECONDS": "1"}
        if self.app.named_to_phloem is not None:
            paths = [str(self.folder), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        if isinstance(self.broker, RabbitMq):
            environment["PHLOEM_RABBITMQ_MANAGEMENT_URL"] = self.broker.management_url
        command = shlex.join([*PHLOEM, "serve", *options])
        log = self.folder / "phloem.log"
        before = len(log.read_text(errors="replace")) if log.exists() else 0
        child = self.children["phloem"] = Child(f"exec {command}", log, environment)

        def answers() -> bool:
            assert child.status is None, child.log()
            return "Phloem is at" in child.log()[before:]

        wait_until(answers, OBSERVED_SECONDS, child.log)

    def observes(self) -> bool:
        """Whether Phloem knows the worker, and what it takes from."""
        try:
            workers: list[Mapping[str, Any]] = self.api.get("/workers").json()["workers"]
        except (requests.RequestException, KeyError, ValueError):
            return False
        return any(worker["slots"] and worker["queues"] for worker in workers)

    def kill(self, name: str) -> None:
        """Ends a process as a crash does."""
        self.children.pop(name).kill()

    def start_broker(self) -> None:
        """Starts the broker again, with its data."""
        self.broker.start()

    def end_broker(self) -> None:
        """Ends the broker: Redis in good order, since it writes its data then, and RabbitMQ as a crash does."""
        if isinstance(self.broker, Redis):
            self.broker.stop()
        else:
            self.broker.sigkill()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stack.callback(self.record.stop)
        self.record.start()
        if isinstance(self.broker, Redis):
            self._stack.callback(self.broker.stop)
            self.broker.start()
        else:
            self._stack.enter_context(self.broker)
        self.app.write(self.folder, self.broker_url)
        if self.app.prepare is not None:
            self.run(self.app.prepare)
        worker = self._celery("worker", f"{self.app.worker} -n {WORKER}")

        def ready() -> bool:
            assert worker.status is None, worker.log()
            return " ready." in worker.log()

        wait_until(ready, READY_SECONDS, worker.log)
        options = f"--address=127.0.0.1 --port={self.flower_url.rpartition(':')[2]}"
        if isinstance(self.broker, RabbitMq):
            options += f" --broker_api={self.broker.management_url}/api/"
        if self._has_flower:
            self._celery("flower", f"flower {options}", FLOWER_UNAUTHENTICATED_API="true")
        self.start_phloem()
        wait_until(self.observes, OBSERVED_SECONDS, self.children["phloem"].log)
        if self._has_flower:
            wait_until(self._flower_knows, READY_SECONDS, self.children["flower"].log)
        if self.app.beat is not None:
            self._celery("beat", f"{self.app.beat} --pidfile=")

    def _celery(self, name: str, arguments: str, **environment: str) -> Child:
        command = f"cd {shlex.quote(str(self.folder))} && exec {shlex.quote(str(self._python))} -m celery"
        child = self.children[name] = Child(
            f"{command} -A {self.app.module} {arguments}",
            self.folder / f"{name}.log",
            self._environment() | environment,
        )
        return child

    def _environment(self) -> dict[str, str]:
        """That of the app's programs: nothing of Phloem is on their path."""
        environment: dict[str, str] = {**os.environ, "C_FORCE_ROOT": "1", "PYTHONUNBUFFERED": "1"}
        for name in ("PYTHONPATH", "VIRTUAL_ENV", "REDIS_URL"):
            environment.pop(name, None)
        if self.app.prepare is not None:
            environment["DJANGO_SETTINGS_MODULE"] = f"{self.app.module}.settings"
        return environment

    def _flower_knows(self) -> bool:
        try:
            return WORKER in self.flower("/api/workers?refresh=1").json() and bool(
                self.flower("/workers?json=1").json()["data"]
            )
        except (requests.RequestException, ValueError):
            return False
