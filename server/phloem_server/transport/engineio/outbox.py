"""Writing without waiting: what a socket takes now, and the frames that wait until it takes more."""

from __future__ import annotations

from collections.abc import Callable

OUTBOX_MESSAGES = 10_000
"""Messages that may wait for one client; a client with more keeps requesting without reading the answers. Those are
refusals, some 3 MB: larger answers are not given any more long before."""

OUTBOX_BYTES = 32 * 1024 * 1024
"""Bytes that may wait for one client, beside the last message. A client that reads never leaves that much waiting."""

OUTBOXES_BYTES = 256 * 1024 * 1024
"""Bytes that may wait for all clients of a process together. Beyond that the client with the most is disconnected."""

PONG = b"\x8a\x00"
"""An empty pong frame. Without a ping before it, it is allowed at any time and means nothing (RFC 6455, 5.5.3)."""


class Outboxes:
    """What waits for all clients together, in bytes."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = 0

    def full(self) -> bool:
        """Whether so much waits that a client has to be disconnected."""
        return self.held > OUTBOXES_BYTES


class Outbox(list[bytes]):
    """Frames that wait until the socket takes more, in order.

    It takes the place of Engine.IO's queue and offers what is read of it: `qsize` and `empty`.
    """

    __slots__ = ("_all", "held")

    def __init__(self, together: Outboxes | None = None) -> None:
        super().__init__()
        self._all = together or Outboxes()
        self.held = 0
        """Bytes of all frames together."""

    def add(self, frame: bytes) -> None:
        """Appends a frame. Of consecutive pongs only the last is kept, which RFC 6455 (5.5.3) allows."""
        if self and frame[0] == self[-1][0] == PONG[0]:
            self._count(-len(self.pop()))
        self.append(frame)
        self._count(len(frame))

    def next(self) -> bytes:
        """Removes and returns the first frame."""
        self._count(-len(self[0]))
        return self.pop(0)

    def drop(self) -> None:
        """Removes all frames."""
        self._count(-self.held)
        self.clear()

    def qsize(self) -> int:
        """The number of frames."""
        return len(self)

    def empty(self) -> bool:
        """Whether no frame waits."""
        return not self

    def full(self) -> bool:
        """Whether so much waits that the client has to be disconnected."""
        return len(self) > OUTBOX_MESSAGES or self.held > OUTBOX_BYTES

    def _count(self, by: int) -> None:
        self.held += by
        self._all.held += by


class Writer:
    """Writes what a socket takes now.

    A subclass sets `_write`, which sends without blocking and returns the number of bytes sent, and implements
    `_wait`, which sends a rest that the socket did not take.
    """

    __slots__ = ()

    _write: Callable[[bytes], int]

    def write(self, data: bytes) -> bool:
        """Writes one or more whole frames. Call it only while nothing else has to be written first.

        False means that the socket takes nothing now: no byte of `data` will be sent. After either result the writer
        may be blocked; `on_free` is called once it is not. A connection that ended is no error.
        """
        try:
            sent = self._write(data)
        except BlockingIOError:
            self._wait(memoryview(PONG))
            return False
        except OSError:  # the reader of this connection finds out
            return True
        if sent < len(data):
            self._wait(memoryview(data)[sent:])
        return True

    def _wait(self, rest: memoryview) -> None:
        raise NotImplementedError
