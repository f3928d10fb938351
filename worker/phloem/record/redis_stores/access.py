"""Sessions in Redis, in a hash which outlives the processes that read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.stores.access import Session, outdated

_session = msgspec.json.Decoder(Session)

# They run in a Redis that is full as well: people have to get in to see what is wrong.
_KEEP = "#!lua flags=allow-oom\nreturn redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])"
_SAW = (
    "#!lua flags=allow-oom\n"
    "for at = 1, #ARGV, 2 do\n"
    "  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1\n"
    "  and tonumber(redis.call('HGET', KEYS[2], ARGV[at]) or 0) < tonumber(ARGV[at + 1]) then\n"
    "    redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])\n"
    "  end\n"
    "end\n"
    "return 1"
)


class RedisSessions:
    """Sessions under one key, and when they were used under another. See `SessionStore`."""

    def __init__(self, client: redis.Redis, address: str, key: str) -> None:
        self._redis = client
        self._address = address
        self._key = key
        self._seen_key = f"{key}-seen"

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
                self._redis.hdel(self._seen_key, *session_ids)

    def get(self, session_ids: Collection[str]) -> dict[str, Session]:
        """Some sessions. See `SessionStore.get`."""
        if not session_ids:
            return {}
        wanted = list(session_ids)
        with translated(self._address):
            found: list[bytes | None] = self._redis.hmget(self._key, wanted)  # type: ignore[assignment]  # or a coroutine
        read = {each: None if value is None else _read(value) for each, value in zip(wanted, found, strict=True)}
        return {each: session for each, session in read.items() if session is not None}

    def ids(self) -> frozenset[str]:
        """The ids of all sessions."""
        with translated(self._address):
            found: list[bytes] = self._redis.hkeys(self._key)  # type: ignore[assignment]  # as above
        return frozenset(each.decode(errors="replace") for each in found)

    def all(self) -> dict[str, Session]:
        """All sessions. See `SessionStore.all`."""
        with translated(self._address):
            found: dict[bytes, bytes] = self._redis.hgetall(self._key)  # type: ignore[assignment]  # as above
        torn = Session(started_at=0.0)
        sessions = {key.decode(errors="replace"): _read(value) or torn for key, value in found.items()}
        return dict(sorted(sessions.items(), key=lambda item: item[1].started_at))

    def saw(self, times: Mapping[str, float]) -> None:
        """Notes when sessions were used. See `SessionStore.saw`."""
        if times:
            arguments = [word for session_id, at in times.items() for word in (session_id, repr(at))]
            with translated(self._address):
                self._redis.eval(_SAW, 2, self._key, self._seen_key, *arguments)

    def seen(self) -> dict[str, float]:
        """When sessions were used. See `SessionStore.seen`."""
        with translated(self._address):
            found: dict[bytes, bytes] = self._redis.hgetall(self._seen_key)  # type: ignore[assignment]  # as above
        return {key.decode(errors="replace"): _time(value) for key, value in found.items()}


def _read(value: bytes) -> Session | None:
    try:
        return _session.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _time(value: bytes) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0
