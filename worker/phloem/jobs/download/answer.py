"""One request over a connection, and its answer as it arrives."""

from __future__ import annotations

import socket
from collections.abc import Iterable

import h11

HEADERS_LIMIT_BYTES = 256 * 1024
"""Most bytes of all headers of an answer: what Chromium takes."""

EARLY_ANSWERS_LIMIT = 100
"""Most informational answers (1xx) before the real one."""

RECEIVE_BYTES = 64 * 1024

Headers = Iterable[tuple[str, str]]


class NoHttp(Exception):
    """The other side does not answer as HTTP does."""


class Incomplete(Exception):
    """The other side ended the connection, or broke the rules, in the middle of the body."""


class Answer:
    """The answer to a GET, whose body is read with `read`. It does not close the connection.

    NoHttp if it is none, OSError if the connection fails.
    """

    def __init__(self, connection: socket.socket, target: str, headers: Headers) -> None:
        self._socket = connection
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADERS_LIMIT_BYTES)
        self._received = False
        try:
            request = h11.Request(method="GET", target=target, headers=list(headers))
            connection.sendall((self._http.send(request) or b"") + (self._http.send(h11.EndOfMessage()) or b""))
            answer = self._first()
        except (h11.ProtocolError, ValueError) as error:
            raise NoHttp from error
        self.status = answer.status_code
        self.reason = bytes(answer.reason).decode("latin-1")
        self._headers = answer.headers
        chunked = self.header("Transfer-Encoding")
        length = self.header("Content-Length")
        self.length = int(length) if length is not None and chunked is None else None
        """Bytes of the body; None where only its end will tell."""

    def header(self, name: str) -> str | None:
        """The first header of that name; in UTF-8, which browsers take too, else in Latin-1."""
        wanted = name.lower().encode()
        value = next((bytes(value) for key, value in self._headers if key == wanted), None)
        if value is None:
            return None
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")

    def read(self) -> bytes:
        """The next bytes of the body, none at its end. Incomplete, OSError."""
        try:
            event = self._next()
        except h11.ProtocolError as error:
            raise Incomplete from error
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    def _first(self) -> h11.Response:
        for _ in range(EARLY_ANSWERS_LIMIT):
            event = self._next()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                break
        raise NoHttp

    def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = self._socket.recv(RECEIVE_BYTES)
            if not data and not self._received:
                raise ConnectionResetError("it ended the connection without an answer")
            self._received = True
            self._http.receive_data(data)
        return event
