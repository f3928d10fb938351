"""Users in Redis, in a hash which outlives the processes that read it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.stores import users
from phloem.record.stores.users import User

_user = msgspec.json.Decoder(User)

# They run in a Redis that is full as well: people have to get in to see what is wrong.
_ADD = (
    "#!lua flags=allow-oom\n"
    "if #redis.call('HKEYS', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end\n"
    "return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])"
)
_CHANGE = (
    "#!lua flags=allow-oom\n"
    "if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end\n"
    "redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])\n"
    "return 1"
)


class RedisUsers:
    """Users under one key. See `UserStore`."""

    def __init__(self, client: redis.Redis, address: str, key: str) -> None:
        self._redis = client
        self._address = address
        self._key = key

    def add(self, user: User) -> bool:
        """Keeps a user. See `UserStore.add`."""
        with translated(self._address):
            return bool(self._redis.eval(_ADD, 1, self._key, user.name, _text(user), str(users.USERS_LIMIT)))

    def change(self, name: str, change: Callable[[User], User]) -> User | None:
        """Changes a user. See `UserStore.change`."""
        while True:
            with translated(self._address):
                kept: bytes | None = self._redis.hget(self._key, name)  # type: ignore[assignment]  # or a coroutine
                before = None if kept is None else _read(name, kept)
                if kept is None or before is None:
                    return None
                after = change(before)
                # As text: redis-py's types of `eval` take no bytes, and what was read as JSON is UTF-8.
                if self._redis.eval(_CHANGE, 1, self._key, name, kept.decode(), _text(after)):
                    return after

    def remove(self, name: str) -> bool:
        """Removes a user. See `UserStore.remove`."""
        with translated(self._address):
            return bool(self._redis.hdel(self._key, name))

    def all(self) -> dict[str, User | None]:
        """All users. See `UserStore.all`."""
        with translated(self._address):
            found: dict[bytes, bytes] = self._redis.hgetall(self._key)  # type: ignore[assignment]  # as above
        named = {name.decode(errors="replace"): value for name, value in sorted(found.items())}
        return {name: _read(name, value) for name, value in named.items()}


def _text(user: User) -> str:
    return msgspec.json.encode(user).decode()


def _read(name: str, value: bytes) -> User | None:
    try:
        user = _user.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return user if user.name == name else None
