"""The keys of a namespace in Redis, in a hash which outlives the processes that read it."""

from __future__ import annotations

import redis

from phloem.record.redis_errors import translated
from phloem.record.stores.keys import new_key

_KEEP = (
    "#!lua flags=allow-oom\n"
    "redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])\n"
    "return redis.call('HGET', KEYS[1], ARGV[1])"
)
"""Of two processes that both made a key, the first one's stays. Also runs in a Redis that is full."""

_RENEW = "#!lua flags=allow-oom\nreturn redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])"


class RedisKeys:
    """Secrets under one key of Redis. See `Keys`."""

    def __init__(self, client: redis.Redis, address: str, key: str) -> None:
        self._redis = client
        self._address = address
        self._key = key

    def get(self, name: str) -> str:
        """The key of that name. See `Keys.get`."""
        with translated(self._address):
            kept: bytes | None = self._redis.hget(self._key, name)  # type: ignore[assignment]  # or a coroutine
            if kept is None:
                kept = self._redis.eval(_KEEP, 1, self._key, name, new_key())
        assert kept is not None
        return kept.decode(errors="replace")

    def renew(self, name: str) -> str:
        """Another key of that name. See `Keys.renew`."""
        key = new_key()
        with translated(self._address):
            self._redis.eval(_RENEW, 1, self._key, name, key)
        return key
