"""The node of a cluster that holds the record. All keys of a record are in one slot, so one node has all of them."""

from __future__ import annotations

import itertools
from typing import Any

import redis
from redis.crc import key_slot

from phloem.record.connections.found import found_client
from phloem.record.connections.options import of_connections
from phloem.settings import RedisUrl


class ClusterConnections:
    """Connections to that node of a cluster which has the slot of `key`. See `ConnectionFactory`."""

    is_cluster = True

    def __init__(self, url: RedisUrl, address: str, key: str) -> None:
        self._url = url
        self.address = address
        self._slot = key_slot(key.encode())
        self._nodes = url.hosts

    def client(self) -> redis.Redis:
        """A client with a pool of its own. See `ConnectionFactory.client`."""
        return found_client(self._url, self.node)

    def node(self) -> tuple[str, int]:
        """Host and port of the node that has the slot now. redis.ConnectionError while no node knows of one."""
        failure: Exception | None = None
        for asked in dict.fromkeys((*self._nodes, *self._url.hosts)):
            try:
                ranges = self._ask(asked)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                failure = error
                continue
            # The next time another is asked: this one may be cut off from the cluster, and not know it.
            known = [_address(node, asked[0]) for node in itertools.chain.from_iterable(each[2:] for each in ranges)]
            self._nodes = (*(node for node in dict.fromkeys(known) if node != asked), asked)
            for first, last, master, *_ in ranges:
                if first <= self._slot <= last:
                    return _address(master, asked[0])
        raise redis.ConnectionError(f"no node of the cluster has slot {self._slot}") from failure

    def _ask(self, node: tuple[str, int]) -> Any:
        """The ranges of slots, each with its first, its last, its master and its replicas."""
        host, port = node
        with redis.Redis(host=host, port=port, ssl=self._url.tls, protocol=2, **of_connections(self._url)) as client:
            return client.execute_command("CLUSTER", "SLOTS")


def _address(node: Any, asked_host: str) -> tuple[str, int]:
    """Host and port of a node. One that does not know its own host is where it was asked."""
    return (node[0] or asked_host.encode()).decode(), int(node[1])
