"""One connection to Redis that is kept, and over which commands are sent without waiting for each answer.

Taking a connection from the client's pool and returning it takes longer than a call does.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import redis

from phloem.record.connections.found import Elsewhere, has_moved
from phloem.record.redis_py import take_connection

UNANSWERED_LIMIT = 32
"""Most commands that are sent before their answers are read. An answer has some hundred bytes, so all of them fit into
the buffers of one socket, and neither side waits for the other to read."""


class Pipeline:
    """A connection that is opened with the first command, and again in a forked child or once the server closed it.

    Safe to use from several threads; commands of two threads are not interleaved.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._connection: Any = None
        self._pid = 0
        self._stands = False
        """Whether the last commands were answered: the connection is open, as far as this side knows."""

    def send(self, commands: Iterable[Sequence[object]], patience: float | None = None) -> list[Any]:
        """The answers to commands, in order; an error that the server answered stands in its command's place. After
        `Elsewhere` the next command goes to the right server.

        Later commands are made and sent while the server works on earlier ones. Raises as redis-py does when the
        connection breaks; which of the commands were carried out is then unknown, and none is sent again.

        With `patience` it waits for so many seconds at most for the first answer, and does not connect; a connection
        that the server has closed shows to be so only then.
        """
        answers: list[Any] = []
        with self._lock:
            connection = self._usable() if patience is None else self._open()
            unanswered = 0
            try:
                for words in commands:
                    if unanswered == UNANSWERED_LIMIT:
                        answers += [_answer(connection) for _ in range(unanswered)]
                        unanswered = 0
                    connection.send_packed_command([_packed(words)], check_health=False)
                    unanswered += 1
                if patience is not None and not connection.can_read(patience):
                    raise redis.TimeoutError(f"no answer within {patience:g} s")
                answers += [_answer(connection) for _ in range(unanswered)]
                self._stands = True
            except BaseException:
                self._stands = False
                connection.disconnect()  # a late answer must not be taken for that of the next command
                raise
            if any(isinstance(answer, Elsewhere) for answer in answers):
                self._stands = False
                connection.disconnect()
        return answers

    def _open(self) -> Any:
        """The connection, if there is one in this process."""
        if self._pid != os.getpid() or not self._stands:
            raise redis.ConnectionError("not connected")
        return self._connection

    def _usable(self) -> Any:
        if self._pid != os.getpid():
            self._connection, self._pid = take_connection(self._client), os.getpid()
            weakref.finalize(self, self._connection.disconnect)
        with suppress(redis.ConnectionError, OSError):
            if not self._connection.can_read() and not has_moved(self._connection):
                return self._connection
        self._connection.disconnect()
        return self._connection


def _packed(words: Sequence[object]) -> bytes:
    """A command as it is sent. The client's own way takes five times as long, since it takes words of any type."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except (redis.ResponseError, Elsewhere) as error:
        return error
