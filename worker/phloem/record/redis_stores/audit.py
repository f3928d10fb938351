"""The audit in Redis: a stream, and a hash that says where the chain ends and begins."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from phloem.record.function_calls import FunctionCalls
from phloem.record.redis_errors import translated
from phloem.record.stores.audit import End, Keep, Link


class RedisAudit:
    """The audit under keys that begin with a prefix. See `AuditStore`."""

    def __init__(self, client: redis.Redis, address: str, prefix: str, functions: FunctionCalls) -> None:
        self._redis = client
        self._address = address
        self._stream = f"{prefix}audit"
        self._chain, self._readers = f"{self._stream}:chain", f"{self._stream}:readers"
        self._functions = functions

    def append(self, after: End, links: Sequence[Link], keep: Keep) -> End:
        """Appends entries. See `AuditStore.append`."""
        parts = [part for link in links for part in (link.number, link.text, link.hash, link.key)]
        number, digest = self._functions.call(
            "append", after.number, after.hash, int(keep.since * 1000), keep.most, *parts
        )
        return _end(number, digest)

    def ends(self) -> tuple[End, End]:
        """Where what was removed ends, and where the chain does. See `AuditStore.ends`."""
        with translated(self._address):
            said: list[bytes | None] = self._redis.hmget(  # type: ignore[assignment]  # or a coroutine
                self._chain, ["removed", "removed_hash", "number", "hash"]
            )
        return _end(*said[:2]), _end(*said[2:])

    def newest(self, before: str, limit: int) -> tuple[Link, ...]:
        """Entries before one of them. See `AuditStore.newest`."""
        with translated(self._address):
            found = self._redis.xrevrange(self._stream, max=f"({before}" if before else "+", count=limit)
        return _links(found)

    def following(self, after: str, limit: int) -> tuple[Link, ...]:
        """Entries after one of them. See `AuditStore.following`."""
        with translated(self._address):
            found = self._redis.xrange(self._stream, min=f"({after}" if after else "-", count=limit)
        return _links(found)

    def position(self, reader: str) -> str:
        """Up to where a reader has got. See `AuditStore.position`."""
        with translated(self._address):
            kept: bytes | None = self._redis.hget(self._readers, reader)  # type: ignore[assignment]  # as above
        return (kept or b"").decode(errors="replace")

    def move(self, reader: str, position: str) -> None:
        """Keeps up to where a reader has got. See `AuditStore.move`."""
        with translated(self._address):
            self._redis.hset(self._readers, reader, position)


def _links(found: object) -> tuple[Link, ...]:
    """Entries as redis-py has them. What somebody else wrote into the stream is there without text and hash."""
    entries: list[tuple[bytes, dict[bytes, bytes]]] = found  # type: ignore[assignment]  # redis-py says less
    return tuple(
        Link(
            id=entry_id.decode(),
            number=_number(fields.get(b"number")),
            text=_text(fields.get(b"text")),
            hash=_text(fields.get(b"hash")),
            key=_text(fields.get(b"key")),
        )
        for entry_id, fields in entries
    )


def _end(number: bytes | None, digest: bytes | None) -> End:
    return End(_number(number), _text(digest))


def _number(said: bytes | None) -> int:
    return int(said) if said is not None and said.isdigit() and len(said) < 20 else 0


def _text(said: bytes | None) -> str:
    return (said or b"").decode(errors="replace")
