"""Users in Redis, in a hash which outlives the processes that read it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.stores import users
from phloem.record.stores.users import LastAdmin, User, steps_down

_user = msgspec.json.Decoder(User)

# They run in a Redis that is full as well: people have to get in to see what is wrong.
_ADD = (
    "#!lua flags=allow-oom\n"
    "if #redis.call('HKEYS', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end\n"
    "return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])"
)
_CHECKED = (  # that each of these users is still as it was read
    "#!lua flags=allow-oom\n"
    "for at = ARGV[1] + 1, #ARGV, 2 do\n"
    "  if redis.call('HGET', KEYS[1], ARGV[at]) ~= ARGV[at + 1] then return 0 end\n"
    "end\n"
)
_CHANGE = f"{_CHECKED}redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])\nreturn 1"
_REMOVE = f"{_CHECKED}return redis.call('HDEL', KEYS[1], ARGV[2])"


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
            kept = self._get(name)
            before = None if kept is None else _read(name, kept)
            if kept is None or before is None:
                return None
            after = change(before)
            staying = self._other_admin(name) if steps_down(before, after) else ()
            if self._call(_CHANGE, [name, _text(after)], name, kept, *staying):
                return after

    def remove(self, name: str, *, last: bool = False) -> bool:
        """Removes a user. See `UserStore.remove`."""
        while True:
            kept = self._get(name)
            if kept is None:
                return False
            staying = self._other_admin(name) if steps_down(_read(name, kept), None) and not last else ()
            if self._call(_REMOVE, [name], name, kept, *staying):
                return True

    def all(self) -> dict[str, User | None]:
        """All users. See `UserStore.all`."""
        named = {name.decode(errors="replace"): value for name, value in sorted(self._texts().items())}
        return {name: _read(name, value) for name, value in named.items()}

    def _other_admin(self, name: str) -> tuple[bytes, bytes]:
        """The name of an admin beside that user, and what is kept of them. LastAdmin if there is none."""
        for other, text in self._texts().items():
            user = _read(other.decode(errors="replace"), text)
            if user is not None and user.role == "admin" and user.name != name:
                return other, text
        raise LastAdmin.of(name)

    def _get(self, name: str) -> bytes | None:
        with translated(self._address):
            kept: bytes | None = self._redis.hget(self._key, name)  # type: ignore[assignment]  # or a coroutine
        return kept

    def _texts(self) -> dict[bytes, bytes]:
        with translated(self._address):
            found: dict[bytes, bytes] = self._redis.hgetall(self._key)  # type: ignore[assignment]  # as above
        return found

    def _call(self, script: str, arguments: list[str], *read: str | bytes) -> bool:
        """Runs a script, unless a user is not any more as it was `read`: the name and the text of each in turn."""
        with translated(self._address):
            return bool(self._redis.eval(script, 1, self._key, str(len(arguments) + 1), *arguments, *read))


def _text(user: User) -> str:
    return msgspec.json.encode(user).decode()


def _read(name: str, value: bytes) -> User | None:
    try:
        user = _user.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return user if user.name == name else None
