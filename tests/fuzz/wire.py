"""HTTP and WebSocket as bytes, so that anything can be said, also what no library would say."""

from __future__ import annotations

import os
import socket
import struct
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
PATIENCE = 2.0
"""Seconds for an answer. Not to get one is no error here."""


class Wire:
    """One TCP connection. That the other side ends it is no error."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.open = True
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.settimeout(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError:
            self.open = False

    def read(self, patience: float = PATIENCE) -> bytes:
        """What comes next within `patience` seconds."""
        self._socket.settimeout(patience)
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return b""
        except OSError:
            data = b""
        self.open = self.open and bool(data)
        return data

    def read_all(self) -> None:
        """Takes what is there already."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(1 << 20):
                pass
            self.open = False
        except BlockingIOError:
            pass
        except OSError:
            self.open = False
        finally:
            self._socket.settimeout(PATIENCE)

    def hear(self, expected: bytes, seconds: float = 20) -> bool:
        """Whether something comes in time."""
        end, data = time.monotonic() + seconds, b""
        while expected not in data and self.open and time.monotonic() < end:
            data = data[-1000:] + self.read(end - time.monotonic())
        return expected in data

    def ends(self, seconds: float = 20) -> bool:
        """Whether the other side ends the connection in time."""
        end = time.monotonic() + seconds
        while self.open and time.monotonic() < end:
            self.read(max(0.01, end - time.monotonic()))
        return not self.open

    def reset(self) -> None:
        """Ends the connection without a goodbye."""
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    rsv: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """A frame of RFC 6455, also one that breaks it. `length` is what it claims, if not the truth."""
    size = len(payload) if length is None else length
    head = bytes([(fin << 7) | (rsv << 4) | opcode])
    bit = masked << 7
    if size < 126:
        head += bytes([bit | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size % (1 << 64))
    if not masked:
        return head + payload
    mask = os.urandom(4) if len(payload) < 1000 else bytes(4)
    return head + mask + (_masked(payload, mask) if any(mask) else payload)


def _masked(payload: bytes, mask: bytes) -> bytes:
    whole = mask * (len(payload) // 4 + 1)
    return bytes(a ^ b for a, b in zip(payload, whole, strict=False))


def request(method: str, path: str, port: int, body: bytes = b"", **headers: str) -> bytes:
    """A request as a well-behaved program sends it; names of headers with _ for -."""
    given = {"Host": f"127.0.0.1:{port}", **headers}
    if body or method == "POST":
        given["Content_Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def handshake(port: int, path: str = "/socket.io/?EIO=4&transport=websocket", **more: str) -> bytes:
    """The request that opens a WebSocket."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    return request("GET", path, port, b"", **{**headers, **more})
