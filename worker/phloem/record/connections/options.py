"""What holds for every connection of the record, and for every client."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from phloem.settings import RedisUrl

CONNECTIONS_LIMIT = 16
"""Most connections of one client. The record keeps one for its own calls, each listener takes one, and the others are
for readers of single tasks, which take turns."""

CONNECTION_WAIT_SECONDS = 5.0
"""How long a caller waits for a connection while all are in use."""

CONNECT_TIMEOUT_SECONDS = 2
ANSWER_TIMEOUT_SECONDS = 5


def of_connections(url: RedisUrl) -> dict[str, Any]:
    """Arguments of a connection, as redis-py names them. It repeats nothing by itself."""
    return {
        "db": url.database,
        "username": url.username or None,
        "password": url.password or None,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "socket_timeout": ANSWER_TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
        **url.options,
    }


def client(
    kind: type[object],
    *,
    pool: type[redis.BlockingConnectionPool] = redis.BlockingConnectionPool,
    limit: int = CONNECTIONS_LIMIT,
    wait_seconds: float = CONNECTION_WAIT_SECONDS,
    **options: Any,
) -> redis.Redis:
    """A client with a pool of connections of that kind, `limit` at most, for one of which a caller waits so long."""
    made = pool(connection_class=kind, max_connections=limit, timeout=wait_seconds, **options)
    return redis.Redis.from_pool(made)
