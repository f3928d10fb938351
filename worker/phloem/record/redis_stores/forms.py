"""What workers can run, in Redis: each form once, and for each worker the list of its forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import msgspec
import redis

from phloem.record.function_calls import FunctionCalls
from phloem.record.record import ChannelError
from phloem.record.redis_errors import translated
from phloem.record.redis_stores.workers import RedisWorkers
from phloem.record.stores.forms import Catalogue, Digests, Offer, TaskForm, digest, digests

Kept = TypeVar("Kept")

_CALLS = 3
"""The first tells which forms are new, the second brings them; meanwhile some that were known may be forgotten."""

_BROUGHT = 200
"""Forms that one call brings, at most: bounds its time."""


class RedisForms:
    """Forms under keys that begin with a prefix. See `FormStore`. What was read once is not read again."""

    def __init__(
        self, client: redis.Redis, address: str, prefix: str, functions: FunctionCalls, workers: RedisWorkers
    ) -> None:
        self._redis = client
        self._address = address
        self._offers, self._catalogues, self._forms = (f"{prefix}{each}" for each in ("offers", "catalogues", "forms"))
        self._functions = functions
        self._workers = workers
        self._known: Mapping[str, Catalogue] = {}

    def offer(self, lease: str, catalogue: Catalogue) -> None:
        """Keeps what the worker of a lease can run. See `FormStore.offer`."""
        listed, forms = digests(catalogue)
        encoded = msgspec.json.encode(listed)
        told = lease, digest(encoded), encoded
        missing: Sequence[bytes] = self._functions.call("offer", *told)
        for _ in range(_CALLS):
            if not missing:
                return
            for start in range(0, len(missing), _BROUGHT):
                brought = [each.decode() for each in missing[start : start + _BROUGHT]]
                pairs = (part for each in brought for part in (each, forms[each]))
                left: Sequence[bytes] = self._functions.call("offer", *told, *pairs)
            missing = left
        if missing:
            raise ChannelError(f"Redis at {self._address} forgot forms of tasks as fast as they were brought")

    def all(self) -> tuple[Offer, ...]:
        """What each known worker can run. See `FormStore.all`."""
        workers = self._workers.by_lease()
        with translated(self._address):
            held: Mapping[bytes, bytes] = self._redis.hgetall(self._offers)  # type: ignore[assignment]  # or a coroutine
        offers = {each.decode(errors="replace"): named.decode(errors="replace") for each, named in held.items()}
        offers = {lease: named for lease, named in offers.items() if lease in workers}
        self._known = self._read({*offers.values()})
        return tuple(
            Offer(worker=workers[lease].facts, ended_at=workers[lease].ended_at, catalogue=self._known[named])
            for lease, named in offers.items()
            if named in self._known
        )

    def _read(self, wanted: Collection[str]) -> dict[str, Catalogue]:
        """Catalogues by their digests. One that cannot be read is left out."""
        known = {each: self._known[each] for each in wanted if each in self._known}
        lists = {
            each: listed
            for each, encoded in self._get(self._catalogues, [each for each in wanted if each not in known]).items()
            if (listed := _decoded(encoded, Digests)) is not None
        }
        named = {form for listed in lists.values() for form in listed.tasks.values()}
        forms = {
            each: form
            for each, encoded in self._get(self._forms, [*named]).items()
            if (form := _decoded(encoded, TaskForm)) is not None
        }
        for each, listed in lists.items():
            tasks = tuple(forms[form] for form in listed.tasks.values() if form in forms)
            known[each] = Catalogue(app=listed.app, tasks=tasks)
        return known

    def _get(self, key: str, fields: Sequence[str]) -> dict[str, bytes]:
        if not fields:
            return {}
        with translated(self._address):
            found: list[bytes | None] = self._redis.hmget(key, list(fields))  # type: ignore[assignment]  # as above
        return {name: value for name, value in zip(fields, found, strict=True) if value is not None}


def _decoded(encoded: bytes, of_type: type[Kept]) -> Kept | None:
    """What somebody else wrote in its place is None."""
    try:
        return msgspec.json.decode(encoded, type=of_type)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
