"""The one Redis that an address names: redis://, rediss:// or unix://."""

from __future__ import annotations

import redis

from phloem.record.connections.options import (
    CONNECTION_WAIT_SECONDS,
    CONNECTIONS_LIMIT,
    client,
    of_connections,
)
from phloem.settings import RedisUrl


class ServerConnections:
    """Connections to one server. See `ConnectionFactory`."""

    is_cluster = False

    def __init__(
        self,
        url: RedisUrl,
        address: str,
        *,
        limit: int = CONNECTIONS_LIMIT,
        wait_seconds: float = CONNECTION_WAIT_SECONDS,
    ) -> None:
        """`limit` is the most connections of one client, for which a caller waits `wait_seconds` at most."""
        self._url = url
        self.address = address
        self._of_pools = {"limit": limit, "wait_seconds": wait_seconds}

    def client(self) -> redis.Redis:
        """A client with a pool of its own. See `ConnectionFactory.client`."""
        options = {**of_connections(self._url), **self._of_pools}
        if self._url.kind == "socket":
            return client(redis.UnixDomainSocketConnection, path=self._url.socket, **options)
        [(host, port)] = self._url.hosts
        return client(redis.SSLConnection if self._url.tls else redis.Connection, host=host, port=port, **options)
