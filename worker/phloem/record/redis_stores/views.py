"""Shared views in Redis, in a hash which outlives the processes that read it."""

from __future__ import annotations

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.stores import views
from phloem.record.stores.views import Saved, SharedView

_view = msgspec.json.Decoder(SharedView)

_SAVE = (
    "local there = redis.call('HEXISTS', KEYS[1], ARGV[1])\n"
    "if there == 1 and ARGV[4] == '0' then return 'taken' end\n"
    "if there == 0 and #redis.call('HKEYS', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end\n"
    "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])\n"
    "return 'saved'"
)


class RedisViews:
    """Shared views under one key. See `ViewStore`."""

    def __init__(self, client: redis.Redis, address: str, key: str) -> None:
        self._redis = client
        self._address = address
        self._key = key

    def save(self, view: SharedView, *, replace: bool = False) -> Saved:
        """Keeps a view. See `ViewStore.save`."""
        kept, most = msgspec.json.encode(view).decode(), str(views.VIEWS_LIMIT)
        with translated(self._address):
            became: bytes = self._redis.eval(_SAVE, 1, self._key, view.name, kept, most, str(int(replace)))
        saved: Saved = msgspec.convert(became.decode(), Saved)
        return saved

    def remove(self, name: str) -> bool:
        """Removes a view. See `ViewStore.remove`."""
        with translated(self._address):
            return bool(self._redis.hdel(self._key, name))

    def all(self) -> tuple[SharedView, ...]:
        """All views. See `ViewStore.all`."""
        with translated(self._address):
            found: dict[bytes, bytes] = self._redis.hgetall(self._key)  # type: ignore[assignment]  # or a coroutine
        return tuple(view for _, kept in sorted(found.items()) if (view := _read(kept)) is not None)


def _read(kept: bytes) -> SharedView | None:
    try:
        return _view.decode(kept)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
