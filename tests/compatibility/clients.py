"""Clients that keep what they are answered as it came: HTTP, and Engine.IO over long-polling and WebSocket."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import struct
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import NamedTuple, Self

PATIENCE = 60.0
"""Seconds within which everything is answered, on a machine with other work to do."""

ENGINE = "/socket.io/?EIO=4&transport="
SEPARATOR = "\x1e"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Answer(NamedTuple):
    """An answer of HTTP; the names of headers as they came."""

    version: int
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def header(self, name: str) -> str:
        """The first header of a name."""
        return next((value for given, value in self.headers if given.lower() == name.lower()), "")


def ask(
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """One request on a connection of its own. Nothing is sent along but `headers`, Host and the length of `body`."""
    given = {"Host": f"127.0.0.1:{port}", **(headers or {})}
    if body is not None:
        given.setdefault("Content-Length", str(len(body)))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in given.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.version, answer.status, answer.reason, tuple(answer.getheaders()), answer.read())
    finally:
        connection.close()


class Packets:
    """Packets of Engine.IO as text, one after the other; pings are answered and told to nobody."""

    def __init__(self) -> None:
        self._came: list[str] = []
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def send(self, packet: str) -> None:
        """Says something."""
        raise NotImplementedError

    def close(self) -> None:
        """Leaves."""
        raise NotImplementedError

    def hear(self, wanted: Callable[[str], bool]) -> str:
        """The first packet that is wanted; those before it are kept for who wants them later."""
        end = time.monotonic() + PATIENCE
        looked = 0
        while True:
            for place in range(looked, len(self._came)):
                if wanted(self._came[place]):
                    return self._came.pop(place)
            looked = len(self._came)
            if (left := end - time.monotonic()) <= 0:
                raise AssertionError(f"not within {PATIENCE:g} s; what came instead: {self._came}")
            for packet in self._take(left):
                if packet == "2":
                    self.send("3")
                else:
                    self._came.append(packet)

    def event(self, name: str, part: str = "") -> str:
        """The next event of a name that has `part` in it."""
        return self.hear(lambda packet: packet.startswith(f'42["{name}",') and part in packet)

    def frame(self, watch: str, part: str) -> str:
        """The next frame of what is watched that has `part` in it."""
        return self.hear(lambda packet: packet.startswith(f'42["frame",{{"watch":"{watch}",') and part in packet)

    def call(self, message: str) -> tuple[str, str]:
        """What is sent with an event that wants an answer, and the answer. `message` is the event's JSON array."""
        self._number += 1
        sent = f"42{self._number}{message}"
        self.send(sent)
        return sent, self.hear(lambda packet: packet.startswith(f"43{self._number}["))

    def _take(self, seconds: float) -> list[str]:
        raise NotImplementedError


class Polling(Packets):
    """Long-polling: each request a connection of its own."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._port, self._headers = port, dict(headers or {})
        self.opened = ask(port, "GET", f"{ENGINE}polling", self._headers)
        self.sid = self.opened.text.partition('"sid":"')[2].partition('"')[0]
        self.path = f"{ENGINE}polling&sid={self.sid}"
        self.posted: Answer | None = None

    def send(self, packet: str) -> None:
        headers = {**self._headers, "Content-Type": "text/plain;charset=UTF-8"}
        self.posted = ask(self._port, "POST", self.path, headers, packet.encode())

    def close(self) -> None:
        self.send("1")

    def _take(self, seconds: float) -> list[str]:
        return ask(self._port, "GET", self.path, self._headers).text.split(SEPARATOR)


class WebSocket(Packets):
    """A WebSocket of its own, or what a session of long-polling becomes."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None, sid: str = "") -> None:
        super().__init__()
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._buffer = b""
        given = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
            **(headers or {}),
        }
        lines = [f"GET {ENGINE}websocket{'&sid=' + sid if sid else ''} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._buffer:
            self._read(PATIENCE)
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self.head = head.decode()
        """The status line and the headers of the answer."""

    def send(self, packet: str) -> None:
        self._write(_TEXT, packet.encode())

    def close(self) -> None:
        self._socket.close()

    def _write(self, kind: int, data: bytes) -> None:
        length = len(data)
        size = bytes([0x80 | length]) if length < 126 else struct.pack("!BH", 0x80 | 126, length)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self._socket.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def _take(self, seconds: float) -> list[str]:
        found: list[str] = []
        while not found:
            while (frame := self._frame()) is None:
                self._read(seconds)
            kind, data = frame
            if kind == _TEXT:
                found.append(data.decode())
            elif kind == _PING:
                self._write(_PONG, data)
            elif kind == _CLOSE:
                code = struct.unpack("!H", data[:2])[0] if data else 0
                found.append(f"(closed {code})")
        return found

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame of what was read; servers send theirs unmasked, and Engine.IO none in fragments."""
        held = self._buffer
        if len(held) < 2:
            return None
        length, begin = held[1] & 0x7F, 2
        if length >= 126:
            begin = 4 if length == 126 else 10
            if len(held) < begin:
                return None
            length = int.from_bytes(held[2:begin], "big")
        if len(held) < begin + length:
            return None
        self._buffer = held[begin + length :]
        return held[0] & 0x0F, held[begin : begin + length]

    def _read(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        if not (data := self._socket.recv(65536)):
            raise AssertionError(f"the connection has ended; what came instead: {self._came}")
        self._buffer += data
