"""A way to a server that takes a given time: a process that passes on what it receives, later."""

from __future__ import annotations

import selectors
import shlex
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.child import Child
from tests.processes import free_port
from tests.waiting import wait_until

CHUNK_BYTES = 65536


@contextmanager
def farther(port: int, seconds: float, folder: Path) -> Iterator[int]:
    """A port that leads to `port` and back in `seconds`."""
    near = free_port()
    command = shlex.join([sys.executable, "-m", __name__, str(near), str(port), str(seconds / 2)])
    child = Child(f"exec {command}", folder / f"distance-{near}.log", {})
    try:
        wait_until(lambda: _listens(near), 10, child.log)
        yield near
    finally:
        child.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Way:
    """Passes on what comes to `near`, and what the server at `far` answers, each `seconds` after it came."""

    def __init__(self, near: int, far: int, seconds: float) -> None:
        self._far, self._seconds = far, seconds
        self._selector = selectors.SelectSelector()  # waits for less than a millisecond, too
        self._listener = socket.create_server(("127.0.0.1", near), backlog=128)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._other: dict[socket.socket, socket.socket] = {}
        self._coming: deque[tuple[float, socket.socket, bytes]] = deque()

    def run(self) -> None:
        """Until the process ends."""
        while True:
            due = max(0.0, self._coming[0][0] - time.monotonic()) if self._coming else None
            for key, _ in self._selector.select(due):
                if key.fileobj is self._listener:
                    self._open()
                else:
                    self._receive(key.fileobj)  # type: ignore[arg-type]  # only sockets are registered
            now = time.monotonic()
            while self._coming and self._coming[0][0] <= now:
                _, target, data = self._coming.popleft()
                self._pass_on(target, data)

    def _open(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._far))
        for one, other in ((client, server), (server, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._other[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _receive(self, source: socket.socket) -> None:
        if source not in self._other:
            return
        try:
            data = source.recv(CHUNK_BYTES)
        except OSError:
            data = b""
        self._coming.append((time.monotonic() + self._seconds, self._other[source], data))
        if not data:
            self._selector.unregister(source)

    def _pass_on(self, target: socket.socket, data: bytes) -> None:
        try:
            if data:
                target.sendall(data)
            else:
                target.shutdown(socket.SHUT_WR)
        except OSError:  # it is closed, and its other end will be told so
            pass


if __name__ == "__main__":
    Way(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])).run()
