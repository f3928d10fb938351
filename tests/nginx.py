"""A real nginx, with the configuration of docs/proxies.md on ports and in a folder of its own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
import trustme

from tests.child import Child
from tests.docs.pages import DOCS, titled
from tests.processes import free_port
from tests.waiting import wait_until

PAGE = DOCS / "proxies.md"

Edit = Callable[[str], str]

FRAME = """
daemon off;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 512; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{config}
}}
"""


def find(name: str = "nginx") -> str:
    """The path of a proxy, of the system or as bin/test unpacked it; without it the test is skipped, in CI it fails."""
    unpacked = Path(sys.prefix) / "proxies" / "usr"
    path = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", *map(str, unpacked.glob("*bin"))]))
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"there is no {name}")
    assert path is not None
    return path


def documented(title: str) -> str:
    """The block of that title on the page about proxies."""
    return titled(PAGE, title)


def stripped(config: str) -> str:
    """As the page says: the path is taken away before Phloem sees it."""
    line = documented("stripped.conf")
    return config.replace("        proxy_pass", f"{line}        proxy_pass")


def without_websocket(config: str) -> str:
    """Without the two lines that let WebSocket through."""
    return re.sub(r".*proxy_set_header (Upgrade|Connection) .*\n", "", config)


def several(config: str) -> str:
    """With the upstream of several web processes."""
    return re.sub(r"upstream phloem \{.*?\n\}\n", documented("upstream.conf"), config, count=1, flags=re.DOTALL)


def sticky(config: str) -> str:
    """Each viewer stays at one process."""
    return config.replace("upstream phloem {\n", "upstream phloem {\n    ip_hash;\n")


class Nginx:
    """nginx before web processes on these ports of the loopback address, at `url`, which ends TLS."""

    def __init__(self, folder: Path, ports: list[int], authority: trustme.CA, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"https://localhost:{self.port}/phloem"
        self._ports = ports
        self._child: Child | None = None
        folder.mkdir(parents=True)
        certificate = authority.issue_cert("localhost", socket.gethostname())
        certificate.cert_chain_pems[0].write_to_path(folder / "tools.example.com.crt")
        certificate.private_key_pem.write_to_path(folder / "tools.example.com.key")

    def configure(self, *edits: Edit) -> None:
        """Writes the configuration of the page, changed by `edits`; one that runs goes on with it."""
        config = documented("phloem.conf")
        for edit in edits:
            config = edit(config)
        config = config.replace("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl")
        config = config.replace("server_name tools.example.com", "server_name localhost")
        for documented_port, port in zip((8000, 8001), self._ports, strict=False):
            config = config.replace(f"127.0.0.1:{documented_port}", f"127.0.0.1:{port}")
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(FRAME.format(folder=self.folder, user=user, config=config))
        if self._child is not None:
            before = self._workers()
            self._child.signal(signal.SIGHUP)
            # Those that went before end with their last connection.
            wait_until(lambda: self._workers() - before, 40, self.log)

    def start(self, *edits: Edit) -> Self:
        """Starts it; it listens when this returns."""
        self.configure(*edits)
        command = shlex.join([find(), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", "stderr"])
        self._child = child = Child(f"exec {command}", self.folder / "nginx.log", os.environ)

        def listens() -> bool:
            assert child.status is None, child.log()
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            return False

        wait_until(listens, 40, child.log)
        return self

    def stop(self) -> None:
        """Ends it, and cuts all connections."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "nginx.log").read_text()

    def requests(self) -> list[str]:
        """The requests that it has answered, each with its status."""
        return re.findall(r'"([A-Z]+ \S+ \S+" \d+)', (self.folder / "access.log").read_text())

    def _workers(self) -> set[str]:
        assert self._child is not None
        tasks = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children")
        return set(tasks.read_text().split())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
