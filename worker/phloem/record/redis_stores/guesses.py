"""Wrong tries in Redis: a hash for each name, which Redis forgets by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import redis

from phloem.record.redis_errors import translated
from phloem.record.stores.guesses import Pauses

# They run in a Redis that is full as well.
_COUNT = (
    "#!lua flags=allow-oom\n"
    "local time, waits = redis.call('TIME'), 0\n"
    "local now = time[1] + time[2] / 1000000\n"
    "for _, key in ipairs(KEYS) do\n"
    "  waits = math.max(waits, (redis.call('HGET', key, 'waits_until') or 0) - now)\n"
    "end\n"
    "if waits > 0 and ARGV[1] == 'begin' then return tostring(waits) end\n"
    "for _, key in ipairs(KEYS) do\n"
    "  local wrong, pause = (redis.call('HGET', key, 'wrong') or 0) + 1, 0\n"
    "  local over = wrong - ARGV[2]\n"
    "  if over >= 0 then pause = math.min(2 ^ math.min(over, 10), tonumber(ARGV[3])) end\n"
    "  redis.call('HSET', key, 'wrong', wrong, 'waits_until', string.format('%.6f', now + pause))\n"
    "  redis.call('EXPIRE', key, ARGV[4])\n"
    "end\n"
    "return '0'"
)
_TAKE_BACK = (
    "#!lua flags=allow-oom\n"
    "for _, key in ipairs(KEYS) do\n"
    "  local wrong = (redis.call('HGET', key, 'wrong') or 0) - 1\n"
    "  if wrong > 0 then redis.call('HSET', key, 'wrong', wrong, 'waits_until', 0) else redis.call('DEL', key) end\n"
    "end\n"
    "return 1"
)


class RedisGuesses:
    """Wrong tries in Redis, under keys that begin with a prefix, by its clock. See `Guesses`."""

    def __init__(self, client: redis.Redis, address: str, prefix: str) -> None:
        self._redis = client
        self._address = address
        self._prefix = prefix

    def begin(self, names: Sequence[str], pauses: Pauses) -> float:
        """Counts a try. See `Guesses.begin`."""
        return self._count("begin", names, pauses)

    def count(self, names: Sequence[str], pauses: Pauses) -> None:
        """Counts a try that was made. See `Guesses.count`."""
        self._count("count", names, pauses)

    def take_back(self, names: Sequence[str]) -> None:
        """Takes back a try. See `Guesses.take_back`."""
        with translated(self._address):
            self._redis.eval(_TAKE_BACK, len(names), *self._keys(names))

    def _count(self, how: str, names: Sequence[str], pauses: Pauses) -> float:
        numbers = (str(pauses.free), str(pauses.longest_seconds), str(pauses.kept_seconds))
        with translated(self._address):
            return float(self._redis.eval(_COUNT, len(names), *self._keys(names), how, *numbers))

    def _keys(self, names: Sequence[str]) -> list[str]:
        # People also type passwords where names belong.
        return [self._prefix + hashlib.blake2b(name.encode(), digest_size=16).hexdigest() for name in names]
