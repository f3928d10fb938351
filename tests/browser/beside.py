"""A web process beside that of the stack: otherwise set up, of another installation, or replaced while pages look."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import requests

from tests.child import Child
from tests.processes import Stack, free_port, procfile
from tests.waiting import wait_until


class Web:
    """It keeps its port from one start to the next. It uses the Redis and the worker of the stack."""

    def __init__(
        self,
        stack: Stack,
        environment: Mapping[str, str] | None = None,
        command: str | None = None,
        prefix: str = "",
    ) -> None:
        """`command` listens on PORT and serves ours below `prefix`."""
        for name in ("redis", "worker"):
            stack.ensure(name)
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}{prefix}"
        self._command = command or procfile()["web"]
        self._log = stack.folder / f"web-{self.port}.log"
        self._environment = {**stack.environment, "PORT": str(self.port), **(environment or {})}
        self._child: Child | None = None

    def start(self, **environment: str) -> None:
        """Start it, with these variables as well; it is ready when this returns."""
        self._child = child = Child(self._command, self._log, {**self._environment, **environment})
        try:
            wait_until(self._ready, 60, child.log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        except requests.RequestException:
            return False
