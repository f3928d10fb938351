"""The Redis server, for who looks after it: what it is, what time it has, and who else keeps a record there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.stores.workers import WorkerFacts


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a Redis server says of itself. Sizes are in bytes; a `maxmemory` of 0 is no limit."""

    version: str
    maxmemory: int
    used_memory: int
    policy: str
    """What it does when it is full: `maxmemory-policy`."""


class RedisServer:
    """The server that keeps the record under keys which begin with a prefix. Every method raises ChannelError."""

    def __init__(self, client: redis.Redis, address: str, prefix: str) -> None:
        self._redis = client
        self._address = address
        self._prefix = prefix

    def facts(self) -> ServerFacts:
        """What it says of itself. ChannelRefused where this user may not ask."""
        with translated(self._address):
            info: dict[str, Any] = self._redis.info()
        return ServerFacts(
            version=str(info.get("redis_version", "unknown")),
            maxmemory=int(info.get("maxmemory", 0)),
            used_memory=int(info.get("used_memory", 0)),
            policy=str(info.get("maxmemory_policy", "noeviction")),
        )

    def has_record(self) -> bool:
        """Whether the record has begun. To read one that has not begins it."""
        with translated(self._address):
            return bool(self._redis.exists(f"{self._prefix}meta"))

    def clock_ahead(self, clock: Callable[[], float] = time.time) -> float | None:
        """Seconds by which `clock`, in Unix seconds, is ahead of its own; None where this user may not ask."""
        with translated(self._address):
            return clock_ahead(self._redis, clock)

    def neighbours(self) -> dict[str, tuple[WorkerFacts, ...]]:
        """The workers of other namespaces in this database, those that are gone included."""
        found: dict[str, tuple[WorkerFacts, ...]] = {}
        with translated(self._address):
            for key in self._redis.scan_iter(match="phloem:{*}:workers", count=1000):
                name = key.decode(errors="replace")
                if name != f"{self._prefix}workers":
                    said: list[bytes] = self._redis.hvals(name)  # type: ignore[assignment]  # or a coroutine
                    found[name.split("{")[1].split("}")[0]] = tuple(_facts(said))
        return found


def clock_ahead(client: redis.Redis, clock: Callable[[], float]) -> float | None:
    """Seconds by which a clock is ahead of that of the server, half of the way there and back taken off."""
    before = clock()
    try:
        seconds, microseconds = client.time()
    except redis.ResponseError:
        return None
    return (before + clock()) / 2 - seconds - microseconds / 1_000_000


def _facts(said: list[bytes]) -> Iterator[WorkerFacts]:
    for each in said:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            yield msgspec.json.decode(each, type=WorkerFacts)
