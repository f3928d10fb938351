"""Where the record is, and what befalls it there: a crash, a failover, a slot that moves."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from redis.crc import key_slot

from tests.chaos.faults import crash
from tests.processes import Redis
from tests.redis_servers import Cluster, Watched
from tests.waiting import wait_until

SLOT = key_slot(b"phloem:{phloem}:meta")
CHANNEL = "phloem:{phloem}:events"

DOWN_AFTER = 3000
"""Milliseconds after which Sentinels take a silent master for dead. Under this load one is silent for a second or two
though it lives."""


class Place(Protocol):
    """Where the record is."""

    forgets: bool
    """Whether its faults make it forget what it has acknowledged, and how much is known."""

    @property
    def url(self) -> str:
        """Its address, as Phloem is told of it."""

    def server(self) -> str:
        """The address of the one server that has the record now."""

    def start(self) -> object:
        """Starts it."""

    def stop(self) -> None:
        """Ends it."""

    def fail(self, chance: random.Random) -> int:
        """What befalls it. Returns when it is over, with the bytes that were forgotten."""

    def subscribe(self, pubsub: Any) -> None:
        """Subscribes to the messages of the record."""


class Alone:
    """One server, which crashes and comes back with what was on its disk."""

    forgets = True

    def __init__(self, folder: Path) -> None:
        self._redis = Redis(folder)

    @property
    def url(self) -> str:
        return self._redis.url

    def server(self) -> str:
        return self._redis.url

    def start(self) -> object:
        return self._redis.start()

    def stop(self) -> None:
        self._redis.stop()

    def fail(self, chance: random.Random) -> int:
        return crash(self._redis, chance)

    def subscribe(self, pubsub: Any) -> None:
        pubsub.subscribe(CHANNEL)


class BehindSentinels:
    """A master that is replaced by its replica, in turn because it is killed and though it lives."""

    forgets = False

    def __init__(self, folder: Path) -> None:
        self._watched = Watched(folder, DOWN_AFTER)
        self._failed = 0

    @property
    def url(self) -> str:
        return self._watched.url

    def server(self) -> str:
        return self._watched.master.url

    def start(self) -> object:
        return self._watched.start()

    def stop(self) -> None:
        self._watched.stop()

    def fail(self, chance: random.Random) -> int:  # both kinds come in turn
        self._watched.heal()
        self._failed += 1
        if self._failed % 2:
            self._watched.fail_over()
        else:
            self._watched.switch()
        return 0

    def subscribe(self, pubsub: Any) -> None:
        pubsub.subscribe(CHANNEL)


class InCluster:
    """A slot that moves from node to node, in turn key by key and at once."""

    forgets = False

    def __init__(self, folder: Path) -> None:
        self._cluster = Cluster(folder)
        self._failed = 0

    @property
    def url(self) -> str:
        return self._cluster.url

    def server(self) -> str:
        return self._cluster.owner(SLOT).url

    def start(self) -> object:
        return self._cluster.start()

    def stop(self) -> None:
        self._cluster.stop()

    def fail(self, chance: random.Random) -> int:  # as above
        wait_until(self._cluster.is_well, 30, "all nodes agree")
        self._failed += 1
        if self._failed % 2:
            self._cluster.move(SLOT)
        else:
            self._cluster.move_at_once(SLOT)
        return 0

    def subscribe(self, pubsub: Any) -> None:
        pubsub.ssubscribe(CHANNEL)


PLACES: dict[str, Callable[[Path], Place]] = {
    "alone": Alone,
    "sentinel": BehindSentinels,
    "cluster": InCluster,
}
