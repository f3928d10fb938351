"""A real RabbitMQ for tests, as Debian's package brings it: its own node, ports, data and epmd, all ended with it."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import pytest
import requests

from tests.child import Child
from tests.processes import free_port
from tests.waiting import wait_until

START_SECONDS = 60.0
"""It needs four seconds of a processor that it has to itself."""

_LOCALHOST = "127.0.0.1"
_USER = "guest"  # whom RabbitMQ lets in from this machine alone
_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's own command would become another user first."""


def find() -> str | None:
    """The command that runs a server, where it is installed."""
    return str(_SCRIPT) if _SCRIPT.exists() else shutil.which("rabbitmq-server")


class RabbitMq:
    """A server with its management plugin. Everything of it is in `folder`; it is killed when the block ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.management_port = free_port(), free_port()
        self._epmd_port, self._dist_port = free_port(), free_port()
        self._node = f"phloem-{secrets.token_hex(4)}@localhost"
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        if find() is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no RabbitMQ")
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            # In the foreground, so that it ends with the others; one that Erlang starts itself would stay for ever.
            epmd = Child(f"exec epmd -port {self._epmd_port}", self.folder / "epmd.log", self._environment())
            self._children.append(epmd)
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for child in self._children:
            child.kill()

    @property
    def management_url(self) -> str:
        """The address of its management API, with who may ask."""
        return f"http://{_USER}:{_USER}@{_LOCALHOST}:{self.management_port}"

    def url(self, vhost: str = "/") -> str:
        """The address of one virtual host, as Celery takes it."""
        return f"amqp://{_USER}:{_USER}@{_LOCALHOST}:{self.port}/{quote(vhost, safe='')}"

    def vhost(self) -> str:
        """A new virtual host: it has no queues."""
        name = f"test-{secrets.token_hex(4)}"
        self.ask("PUT", f"vhosts/{name}")
        return name

    def queues(self, vhost: str) -> list[dict[str, Any]]:
        """The queues of a virtual host, as the management API tells of them."""
        found: list[dict[str, Any]] = self.ask("GET", f"queues/{quote(vhost, safe='')}").json()
        return found

    def ask(self, method: str, path: str, json: Mapping[str, Any] | None = None) -> requests.Response:
        """One call of the management API."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, f"{self.management_url}/api/{path}", json=json, timeout=40)
        answer.raise_for_status()
        return answer

    def start(self) -> None:
        """Start the server on the same ports and data as before; it answers when this returns."""
        log = self.folder / f"rabbitmq-{secrets.token_hex(4)}.log"
        server = Child(f"exec {shlex.quote(str(find()))}", log, self._environment())
        self._children.append(server)

        def answers() -> bool:
            assert server.status is None, f"RabbitMQ ended:\n{server.log()}"
            return " completed with " in server.log()

        wait_until(answers, START_SECONDS, server.log)

    def sigkill(self) -> None:
        """End the server as a crash does; the data stays."""
        self._children.pop().kill()

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "HOME": str(self.folder),  # where Erlang makes its cookie
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": _LOCALHOST,
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none.conf"),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": _LOCALHOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self._write("rabbitmq.conf", self._settings())),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._write("plugins", "[rabbitmq_management].\n")),
            # One scheduler that sleeps when it has nothing to do: the machine has other tests to run.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none "
            "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _settings(self) -> str:
        return (
            f"management.tcp.ip = {_LOCALHOST}\n"
            f"management.tcp.port = {self.management_port}\n"
            "collect_statistics_interval = 1000\n"
            "log.console.level = warning\n"
            "log.file = false\n"
        )

    def _write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text)
        return file
