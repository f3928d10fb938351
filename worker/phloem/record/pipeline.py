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

    def send(self, commands: Iterable[Sequence[object]]) -> list[Any]:
        """The answers to commands, in order; an error that the server answered stands in its command's place.

        Later commands are made and sent while the server works on earlier ones. Raises as redis-py does when the
        connection breaks; which of the commands were carried out is then unknown, and none is sent again.
        """
        answers: list[Any] = []
        with self._lock:
            connection = self._usable()
            unanswered = 0
            try:
                for words in commands:
                    if unanswered == UNANSWERED_LIMIT:
                        answers += [_answer(connection) for _ in range(unanswered)]
                        unanswered = 0
                    connection.send_command(*words, check_health=False)
                    unanswered += 1
                answers += [_answer(connection) for _ in range(unanswered)]
            except BaseException:
                connection.disconnect()  # a late answer must not be taken for that of the next command
                raise
        return answers

    def _usable(self) -> Any:
        if self._pid != os.getpid():
            self._connection, self._pid = self._client.connection_pool.get_connection(), os.getpid()
            weakref.finalize(self, self._connection.disconnect)
        with suppress(redis.ConnectionError, OSError):
            if not self._connection.can_read():
                return self._connection
        self._connection.disconnect()
        return self._connection


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error
