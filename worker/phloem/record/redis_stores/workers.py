"""Workers in Redis, under their leases, in hashes which outlive the processes that read them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec
import redis

from phloem.record.redis_errors import translated
from phloem.record.redis_stores.server import clock_ahead
from phloem.record.stores.workers import GONE_KEPT_SECONDS, KnownLease, WorkerFacts


class _Measured(msgspec.Struct, frozen=True):
    """What is kept beside what a worker says."""

    clock_ahead: float | None = None


class RedisWorkers:
    """Workers under keys that begin with a prefix. See `WorkerStore`. `clock` gives Unix seconds.

    The functions in Redis write into `departed` when and how a lease ended.
    """

    def __init__(self, client: redis.Redis, address: str, prefix: str, clock: Callable[[], float] = time.time) -> None:
        self._redis = client
        self._address = address
        self._workers, self._departed, self._leases = f"{prefix}workers", f"{prefix}departed", f"{prefix}leases"
        self._clock = clock

    def introduce(self, lease: str, facts: WorkerFacts) -> None:
        """Keeps a worker, and forgets those that are gone for long. See `WorkerStore.introduce`."""
        with translated(self._address):
            kept = msgspec.structs.asdict(facts) | {"clock_ahead": clock_ahead(self._redis, self._clock)}
            self._redis.hset(self._workers, lease, msgspec.json.encode(kept).decode())
            departed: Mapping[bytes, bytes] = self._redis.hgetall(self._departed)  # type: ignore[assignment]  # or a coroutine
            oldest = self._clock() - GONE_KEPT_SECONDS
            if old := [each for each, how in departed.items() if _departure(how)[0] < oldest]:
                self._redis.hdel(self._workers, *old)
                self._redis.hdel(self._departed, *old)

    def all(self) -> tuple[KnownLease, ...]:
        """All workers. See `WorkerStore.all`."""
        return tuple(self.by_lease().values())

    def by_lease(self) -> dict[str, KnownLease]:
        """All workers, by their leases."""
        with translated(self._address), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(self._workers)
            pipeline.hgetall(self._departed)
            pipeline.zrange(self._leases, 0, -1)
            workers, departed, leases = pipeline.execute()
        lasting, oldest = set(leases), self._clock() - GONE_KEPT_SECONDS
        found = {}
        for lease, said in workers.items():
            name = lease.decode(errors="replace")
            known = _known(said)
            # A lease of which nothing at all is known was in a Redis that forgot it, and comes back with its worker.
            if known is None or (lease not in lasting and lease not in departed):
                continue
            if lease in lasting:
                found[name] = known
                continue
            ended_at, goodbye = _departure(departed[lease])
            if ended_at >= oldest:
                found[name] = msgspec.structs.replace(known, ended_at=ended_at, said_goodbye=goodbye)
        return found


def _known(said: bytes) -> KnownLease | None:
    try:
        facts = msgspec.json.decode(said, type=WorkerFacts)
        return KnownLease(facts=facts, clock_ahead=msgspec.json.decode(said, type=_Measured).clock_ahead)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _departure(how: bytes) -> tuple[float, bool]:
    """When a worker was gone, and whether it said goodbye."""
    at, _, word = how.decode(errors="replace").partition(" ")
    try:
        return float(at), word == "goodbye"
    except ValueError:
        return 0.0, False
