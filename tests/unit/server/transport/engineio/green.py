"""eventlet for these tests, sockets of its kind, and what a session needs of an Engine.IO server.

Nothing of the standard library is replaced here.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    import eventlet.green.threading
    import eventlet.greenio
    import eventlet.queue
    import eventlet.semaphore
    import eventlet.websocket
    from eventlet.green import socket

DEADLINE_SECONDS = 10
SMALL_BUFFER_BYTES = 4096

__all__ = ["DEADLINE_SECONDS", "Engine", "SocketPair", "eventlet", "socket", "wait_until"]


def wait_until(condition: Callable[[], Any]) -> None:
    """Lets other greenlets run until the condition holds."""
    with eventlet.Timeout(DEADLINE_SECONDS):
        while not condition():
            eventlet.sleep(0.001)


class SocketPair:
    """The server's end of a connection with a small buffer, and the client's end. Both are closed after the test."""

    made: ClassVar[list[SocketPair]] = []

    def __init__(self) -> None:
        self.made.append(self)
        self.ended: Callable[[], bool] = lambda: True
        """Whether the greenlet that reads the server's socket has ended. Closed before, it would never be woken."""
        self.stream, self.peer = socket.socketpair()
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER_BYTES)
        self.peer.settimeout(DEADLINE_SECONDS)

    def close(self) -> None:
        self.peer.close()
        wait_until(self.ended)
        self.stream.close()

    def fill(self) -> int:
        """Leaves no room in the server's socket; the number of bytes that it holds."""
        held = 0
        try:
            while True:
                held += self.stream.fd.send(b"\0" * 1000)
        except BlockingIOError:
            return held

    def read(self, size: int) -> bytes:
        """What the client receives."""
        data = b""
        while len(data) < size:
            part = self.peer.recv(size - len(data))
            assert part, "the connection ended"
            data += part
        return data

    def frame(self) -> tuple[int, bytes]:
        """The next frame that the client receives: first byte and payload."""
        first, size = self.read(2)
        if size == 126:
            (size,) = struct.unpack("!H", self.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.read(8))
        return first, self.read(size)


class Engine:
    """What a session needs of Engine.IO's server. `events` are those that it triggered, with their arguments."""

    ping_interval: float = 0.01
    ping_timeout = ping_interval_grace_period = 1
    max_http_buffer_size = 1000
    async_handlers = False
    reason = SimpleNamespace(TRANSPORT_CLOSE="close", PING_TIMEOUT="ping", SERVER_DISCONNECT="server")

    def __init__(self) -> None:
        self.sockets: dict[str, Any] = {}
        self.events: list[tuple[Any, ...]] = []
        self.logger = SimpleNamespace(info=lambda *_: None)

    def create_queue(self) -> None:
        return None

    def create_event(self) -> Any:
        return eventlet.green.threading.Event()

    def generate_id(self) -> str:
        return "sid"

    def start_background_task(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return eventlet.spawn(work, *arguments)

    def sleep(self, seconds: float) -> None:
        eventlet.sleep(seconds)

    def _handle_connect(self, *_: object) -> None:
        raise AssertionError("the library was given a connection")

    def _trigger_event(self, event: str, _: str, argument: Any, *, run_async: bool) -> None:
        assert not run_async
        self.events.append((event, argument))
