"""Sessions in Redis, in a hash which outlives the processes that read it, and counts by the second."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.stores.access import BUDGET_SECONDS, Session, outdated

_session = msgspec.json.Decoder(Session)

_KEEP = "#!lua flags=allow-oom\nreturn redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])"
"""Also runs in a Redis that is full: people have to get in to see what is wrong."""


class RedisSessions:
    """Sessions under one key. See `SessionStore`."""

    def __init__(self, client: redis.Redis, address: str, key: str) -> None:
        self._redis = client
        self._address = address
        self._key = key

    def begin(self, session_id: str, session: Session, oldest: float) -> None:
        """Keeps a session. See `SessionStore.begin`."""
        with translated(self._address):
            self._redis.eval(_KEEP, 1, self._key, session_id, msgspec.json.encode(session).decode())
        self.end(outdated(self.all(), oldest))

    def end(self, session_ids: Collection[str]) -> None:
        """Ends sessions. See `SessionStore.end`."""
        if session_ids:
            with translated(self._address):
                self._redis.hdel(self._key, *session_ids)

    def has(self, session_id: str) -> bool:
        """Whether a session is kept."""
        with translated(self._address):
            return bool(self._redis.hexists(self._key, session_id))

    def ids(self) -> frozenset[str]:
        """The ids of all sessions."""
        with translated(self._address):
            found: list[bytes] = self._redis.hkeys(self._key)  # type: ignore[assignment]  # or a coroutine
        return frozenset(each.decode(errors="replace") for each in found)

    def all(self) -> dict[str, Session]:
        """All sessions by their ids, the oldest first. One that cannot be read counts as ages old."""
        with translated(self._address):
            found: dict[bytes, bytes] = self._redis.hgetall(self._key)  # type: ignore[assignment]  # as above
        sessions = {key.decode(errors="replace"): _read(value) for key, value in found.items()}
        return dict(sorted(sessions.items(), key=lambda item: item[1].started_at))


class RedisBudget:
    """Counts in Redis, under keys that begin with a prefix. `clock` gives Unix seconds."""

    def __init__(self, client: redis.Redis, address: str, prefix: str, clock: Callable[[], float] = time.time) -> None:
        self._redis = client
        self._address = address
        self._prefix = prefix
        self._clock = clock

    def take(self, name: str, limit: int) -> str | None:
        """A place in this second. See `Budget.take`."""
        place = f"{self._prefix}{name}:{int(self._clock())}"
        with translated(self._address), self._redis.pipeline() as pipeline:
            pipeline.incr(place)
            pipeline.expire(place, BUDGET_SECONDS)
            taken, _ = pipeline.execute()
        return place if taken <= limit else None

    def give_back(self, place: str) -> None:
        """Leaves a place to others. See `Budget.give_back`."""
        with translated(self._address):
            self._redis.decr(place)


def _read(value: bytes) -> Session:
    try:
        return _session.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Session(started_at=0.0)
