"""Wrong tries in Redis: a hash for each name, which Redis forgets by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import redis

from phloem.record.redis_errors import translated
from phloem.record.stores.guesses import Pauses

# They run in a Redis that is full as well.
_WAITS = (
    "local time, waits = redis.call('TIME'), 0\n"
    "local now = time[1] + time[2] / 1000000\n"
    "for at = 1, tonumber(ARGV[1]) do\n"
    "  waits = math.max(waits, (redis.call('HGET', KEYS[at], 'waits_until') or 0) - now)\n"
    "end\n"
)
_ASK = f"#!lua flags=allow-oom\n{_WAITS}return tostring(waits)"
_COUNT = (
    f"#!lua flags=allow-oom\n{_WAITS}"
    "if waits > 0 then return tostring(waits) end\n"
    "for at, key in ipairs(KEYS) do\n"
    "  local free, longest, kept, since_first = unpack(ARGV, 4 * at - 2, 4 * at + 1)\n"
    "  local wrong, pause = redis.call('HINCRBY', key, 'wrong', 1), 0\n"
    "  local over = wrong - free\n"
    "  if over >= 0 then pause = math.min(2 ^ math.min(over, 10), tonumber(longest)) end\n"
    "  redis.call('HSET', key, 'waits_until', string.format('%.6f', now + pause))\n"
    "  if wrong == 1 or since_first == '0' then redis.call('EXPIRE', key, kept) end\n"
    "end\n"
    "return '0'"
)


class RedisGuesses:
    """Wrong tries in Redis, under keys that begin with a prefix, by its clock. See `Guesses`."""

    def __init__(self, client: redis.Redis, address: str, prefix: str) -> None:
        self._redis = client
        self._address = address
        self._prefix = prefix

    def waits(self, names: Mapping[str, Pauses]) -> float:
        """For how long the next has to wait. See `Guesses.waits`."""
        with translated(self._address):
            return float(self._redis.eval(_ASK, len(names), *map(self._key, names), str(len(names))))

    def count(self, names: Mapping[str, Pauses], also: Mapping[str, Pauses]) -> float:
        """Counts a wrong try. See `Guesses.count`."""
        every = {**names, **also}
        numbers = [
            str(number)
            for each in every.values()
            for number in (each.free, each.longest_seconds, each.kept_seconds, int(each.since_first))
        ]
        with translated(self._address):
            return float(self._redis.eval(_COUNT, len(every), *map(self._key, every), str(len(names)), *numbers))

    def _key(self, name: str) -> str:
        # People also type passwords where names belong.
        return self._prefix + hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
