"""The master that Sentinels know: after a failover it is another server."""

from __future__ import annotations

import redis
from redis.sentinel import MasterNotFoundError, Sentinel

from phloem.record.connections.found import found_client
from phloem.record.connections.options import of_connections
from phloem.settings import RedisUrl

ASK_TIMEOUT_SECONDS = 1
"""How long one Sentinel may take to answer, before the next one is asked."""


LOOK_UP_SECONDS = 1.0
"""How often the master is looked up while a connection to it is in use. A master that lives on after a failover learns
of its successor some ten seconds later, and takes until then what nobody will read; recorders repeat the last five."""


class SentinelConnections:
    """Connections to the master that Sentinels know by a name. See `ConnectionFactory`."""

    is_cluster = False

    def __init__(self, url: RedisUrl, address: str) -> None:
        self._url = url
        self.address = address
        options = of_connections(url) if url.sentinel_options.get("ssl") else {"retry": of_connections(url)["retry"]}
        timeouts = {"socket_timeout": ASK_TIMEOUT_SECONDS, "socket_connect_timeout": ASK_TIMEOUT_SECONDS}
        own = {"db": 0, "username": None, "password": None, **timeouts, **url.sentinel_options}
        self._sentinel = Sentinel(url.hosts, sentinel_kwargs={**options, **own})  # type: ignore[no-untyped-call]

    def client(self) -> redis.Redis:
        """A client with a pool of its own. See `ConnectionFactory.client`."""
        return found_client(self._url, self.master, LOOK_UP_SECONDS)

    def master(self) -> tuple[str, int]:
        """Host and port of the master. redis.ConnectionError while no Sentinel knows of one that is up."""
        try:
            host, port = self._sentinel.discover_master(self._url.master_name)  # type: ignore[no-untyped-call]
        except MasterNotFoundError:  # its text may have the password
            raise redis.ConnectionError(f"no Sentinel knows a master {self._url.master_name} that is up") from None
        return str(host), int(port)
