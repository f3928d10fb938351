"""Tokens in Redis: a hash of what is known of them, and one of when those that were revoked expire."""

from __future__ import annotations

import math

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.stores.tokens import Token, expired

_token = msgspec.json.Decoder(Token)

# They run in a Redis that is full as well: a token that leaked has to be revoked all the same.
_KEEP = "#!lua flags=allow-oom\nreturn redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])"
_REVOKE = (
    "#!lua flags=allow-oom\n"
    "local kept = redis.call('HGET', KEYS[1], ARGV[1])\n"
    "local before = kept and tonumber(kept) or math.huge\n"  # what cannot be read is kept
    "if kept and before >= (tonumber(ARGV[2]) or math.huge) then return 0 end\n"
    "return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])"
)


class RedisTokens:
    """Tokens under one key, and under another that begins with it. See `TokenStore`."""

    def __init__(self, client: redis.Redis, address: str, key: str) -> None:
        self._redis = client
        self._address = address
        self._key = key
        self._revoked = f"{key}:revoked"

    def keep(self, token: Token, now: float) -> None:
        """Keeps what is known of a token. See `TokenStore.keep`."""
        with translated(self._address):
            self._redis.eval(_KEEP, 1, self._key, token.id, msgspec.json.encode(token).decode())
        self.forget(now)

    def all(self) -> dict[str, Token]:
        """What is known of tokens, the oldest first. One that cannot be read counts as expired."""
        tokens = {each: _read(each, value) for each, value in self._hash(self._key).items()}
        return dict(sorted(tokens.items(), key=lambda item: item[1].made_at))

    def revoke(self, token_id: str, until: float, now: float) -> None:
        """Keeps that a token is revoked. See `TokenStore.revoke`."""
        with translated(self._address):
            self._redis.eval(_REVOKE, 1, self._revoked, token_id, repr(until))
        self._remove(self._key, [token_id])
        self.forget(now)

    def revoked(self) -> frozenset[str]:
        """The ids of those that were revoked."""
        with translated(self._address):
            found: list[bytes] = self._redis.hkeys(self._revoked)  # type: ignore[assignment]  # or a coroutine
        return frozenset(each.decode(errors="replace") for each in found)

    def forget(self, now: float) -> None:
        """Forgets what had expired. See `TokenStore.forget`."""
        self._remove(self._key, expired(self.all(), now))
        ends = self._hash(self._revoked)
        self._remove(self._revoked, [each for each, end in ends.items() if _seconds(end) <= now])

    def clear(self) -> None:
        """Forgets all. See `TokenStore.clear`."""
        with translated(self._address):
            self._redis.delete(self._key, self._revoked)

    def _hash(self, key: str) -> dict[str, bytes]:
        with translated(self._address):
            found: dict[bytes, bytes] = self._redis.hgetall(key)  # type: ignore[assignment]  # or a coroutine
        return {each.decode(errors="replace"): value for each, value in found.items()}

    def _remove(self, key: str, token_ids: list[str]) -> None:
        if token_ids:
            with translated(self._address):
                self._redis.hdel(key, *token_ids)


def _read(token_id: str, value: bytes) -> Token:
    try:
        return _token.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Token(id=token_id, made_at=0.0, expires_at=0.0)


def _seconds(text: bytes) -> float:
    """When a revoked token expires. What cannot be read is kept: nothing that is revoked becomes valid again."""
    try:
        return float(text)
    except ValueError:
        return math.inf
