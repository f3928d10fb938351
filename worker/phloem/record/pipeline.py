"""One connection to Redis that is kept: a client's way through its pool takes longer than a call."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import redis

UNDER_WAY = 32
"""Most calls whose answers were not read yet. An answer is some hundred bytes, so all of them fit into a socket."""


class Connection:
    """Made at the first call, anew in a forked child, and anew when the server has closed it. For many threads."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._connection: Any = None
        self._pid = 0

    def call(self, *words: object) -> Any:
        """The answer to a command; raises as the client does. An answer that did not come is not asked for again."""
        [answer] = self.calls([words])
        if isinstance(answer, redis.ResponseError):
            raise answer
        return answer

    def calls(self, commands: Iterable[Sequence[object]]) -> list[Any]:
        """The answers to commands, in order; an error that the server answered stands in its command's place.

        The next command is sent before the last one is answered, so the server works while they are made. Raises
        when the connection breaks; then nobody knows which commands were carried out.
        """
        answers: list[Any] = []
        with self._lock:
            connection = self._usable()
            under_way = 0
            try:
                for words in commands:
                    if under_way == UNDER_WAY:
                        answers += [_answer(connection) for _ in range(under_way)]
                        under_way = 0
                    connection.send_command(*words, check_health=False)
                    under_way += 1
                answers += [_answer(connection) for _ in range(under_way)]
            except BaseException:
                connection.disconnect()  # an answer that comes late is not the next one's
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
