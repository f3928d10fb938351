"""How the record connects to Redis: a factory that is given to it, so that it need not know where Redis is."""

from __future__ import annotations

from typing import Protocol

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from phloem.settings import without_password

CONNECTIONS_LIMIT = 16
"""Most connections of one client. The record keeps one for its own calls, each listener takes one, and the others are
for readers of single tasks, which take turns."""

CONNECTION_WAIT_SECONDS = 5.0
"""How long a caller waits for a connection while all are in use."""

CONNECT_TIMEOUT_SECONDS = 2
ANSWER_TIMEOUT_SECONDS = 5


class ConnectionFactory(Protocol):
    """Where Redis is, and how to connect to it."""

    @property
    def address(self) -> str:
        """Where Redis is, as it may be shown: without a password."""

    def client(self) -> redis.Redis:
        """A client with a pool of its own, which connects when it is first used.

        It must not repeat a command by itself, nor reconnect a subscription: that would hide from its caller that
        messages were missed.
        """


class UrlConnections:
    """Connections to the one Redis that a URL names: redis://, rediss:// or unix://."""

    def __init__(
        self, url: str, *, limit: int = CONNECTIONS_LIMIT, wait_seconds: float = CONNECTION_WAIT_SECONDS
    ) -> None:
        """`limit` is the most connections of one client, for which a caller waits `wait_seconds` at most."""
        self._url = url
        self._limit = limit
        self._wait_seconds = wait_seconds

    @property
    def address(self) -> str:
        """The URL without user and password."""
        return without_password(self._url)

    def client(self) -> redis.Redis:
        """A client with a pool of its own. See `ConnectionFactory.client`."""
        pool = redis.BlockingConnectionPool.from_url(
            self._url,
            max_connections=self._limit,
            timeout=self._wait_seconds,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            socket_timeout=ANSWER_TIMEOUT_SECONDS,
            health_check_interval=0,
        )
        return redis.Redis.from_pool(pool)
