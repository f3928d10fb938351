"""The body of a request: in chunks, read strictly (RFC 9112, 7.1), and as what a view reads."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from phloem_server.transport.requests.arrivals import Arrival

LINE_LIMIT_BYTES = 4096
"""Of a chunk's first line, and of a field that follows the last chunk."""

TRAILERS_LIMIT = 32

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n")


class ChunksMalformed(OSError):
    """The chunks of a body cannot be read: where it ends, and another request begins, is not known."""


class Chunks(io.RawIOBase):
    """The content of a body that comes in chunks, from a file at its first chunk. Raises ChunksMalformed."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source
        self._left = 0
        self._begun = self._ended = False
        self._error: ChunksMalformed | None = None

    def readable(self) -> bool:
        """It is, and neither written nor sought."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads as many bytes as there are of one chunk, and as fit."""
        if self._error is not None:
            raise self._error
        try:
            if not self._left and not self._ended:
                self._next()
            data = self._source.read(min(self._left, len(buffer))) if self._left else b""
            if self._left and not data:
                raise ChunksMalformed("The body ended in the middle of a chunk.")
        except ChunksMalformed as error:
            self._error = error
            raise
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def _next(self) -> None:
        if self._begun and self._source.read(2) != b"\r\n":
            raise ChunksMalformed("A chunk of the body is not as long as it says.")
        self._begun = True
        size = _SIZE.fullmatch(self._source.readline(LINE_LIMIT_BYTES))
        if size is None:
            raise ChunksMalformed("A chunk of the body does not begin with its size in hexadecimal digits.")
        self._left = int(size[1], 16)
        if not self._left:
            self._ended = True
            self._skip_trailers()

    def _skip_trailers(self) -> None:
        for _ in range(TRAILERS_LIMIT):
            line = self._source.readline(LINE_LIMIT_BYTES)
            if line == b"\r\n":
                return
            if not _TRAILER.fullmatch(line):
                break
        raise ChunksMalformed("What follows the last chunk of the body is not an empty line.")


class RequestBody:
    """The body as a view reads it. One that breaks off, or is malformed, is a client's mistake and no server error."""

    def __init__(self, source: Any, arrival: Arrival, length: int | None) -> None:
        """`length` is in bytes; None where the body itself tells its end. `arrival` is told what was read."""
        self._source = source
        self._arrival = arrival
        self._left = length

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, as `read` of a file gives them."""
        return self._take(self._source.read, size)

    def readline(self, size: int | None = -1) -> bytes:
        """The next line, or as much of it."""
        return self._take(self._source.readline, size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def _take(self, how: Callable[..., bytes], size: int | None) -> bytes:
        # Inside: a mode replaces parts of the standard library before these are imported.
        from werkzeug.exceptions import ClientDisconnected

        from phloem_server.web.errors import RequestInvalid

        if size is None or size < 0:
            size = self._left  # a socket has no end of its own
        elif self._left is not None:
            size = min(size, self._left)
        try:
            data = how() if size is None else how(size)
        except ChunksMalformed as error:
            raise RequestInvalid(str(error), headers=[("Connection", "close")]) from error
        except OSError as error:
            raise ClientDisconnected from error
        if self._left is not None:
            self._left -= len(data)
        if data and self._left != 0:
            self._arrival.go_on()
        elif size != 0 or self._left == 0:
            self._arrival.answer()
        return data
