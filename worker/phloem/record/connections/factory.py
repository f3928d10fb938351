"""Where Redis is: a factory that is given to the record, so that it need not know."""

from __future__ import annotations

from typing import Protocol

import redis

from phloem.record.connections.cluster import ClusterConnections
from phloem.record.connections.sentinel import SentinelConnections
from phloem.record.connections.server import ServerConnections
from phloem.settings import RedisUrl, without_password


class ConnectionFactory(Protocol):
    """Where Redis is, and how to connect to it."""

    @property
    def address(self) -> str:
        """Where Redis is, as it may be shown: without a password."""

    @property
    def is_cluster(self) -> bool:
        """Whether that is a cluster: there, a message is published to the nodes of its channel's slot alone."""

    def client(self) -> redis.Redis:
        """A client with a pool of its own, which connects when it is first used.

        It must not repeat a command that may have been carried out, nor reconnect a subscription: that would hide from
        its caller that messages were missed.
        """


def connections_to(url: str, key: str) -> ConnectionFactory:
    """Connections to the Redis at `url`, in any spelling of `RedisUrl`: to the server that holds `key`. ValueError."""
    read, address = RedisUrl.parse(url), without_password(url)
    if read.kind == "sentinel":
        return SentinelConnections(read, address)
    if read.kind == "cluster":
        return ClusterConnections(read, address, key)
    return ServerConnections(read, address)
