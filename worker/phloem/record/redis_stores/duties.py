"""Duties in Redis: a key for each, which expires unless its holder renews it."""

from __future__ import annotations

import redis

from phloem.record.redis_errors import translated

_HOLD = (
    "#!lua flags=allow-oom\n"
    "local holder = redis.call('GET', KEYS[1])\n"
    "if holder and holder ~= ARGV[1] then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
    "return 1"
)
_LET_GO = (
    "#!lua flags=allow-oom\nif redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end\nreturn 1"
)


class RedisDuties:
    """Duties under keys that begin with a prefix. See `DutyStore`."""

    def __init__(self, client: redis.Redis, address: str, prefix: str) -> None:
        self._redis = client
        self._address = address
        self._prefix = prefix

    def hold(self, duty: str, holder: str, seconds: float) -> bool:
        """Takes or renews a duty. See `DutyStore.hold`."""
        with translated(self._address):
            return bool(self._redis.eval(_HOLD, 1, f"{self._prefix}{duty}", holder, str(int(seconds * 1000))))

    def let_go(self, duty: str, holder: str) -> None:
        """Leaves a duty to others. See `DutyStore.let_go`."""
        with translated(self._address):
            self._redis.eval(_LET_GO, 1, f"{self._prefix}{duty}", holder)
