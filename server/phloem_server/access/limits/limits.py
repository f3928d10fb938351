"""Who is counted, and for what.

Each principal has buckets of its own, and so has each address; an address has ADDRESS_SHARE times as much, since many
people may share one. A principal without a name, as on an open server, is counted by its address alone. Each web
process counts for itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from phloem_server.access.errors import RateLimited
from phloem_server.access.limits.buckets import Buckets, Left
from phloem_server.access.principal import Principal
from phloem_server.settings.limits import VARIABLES, Kind, Rate, Rates
from phloem_server.web.environ import PEER, PRINCIPAL

ADDRESS_SHARE = 10

_WORDS: dict[Kind, str] = {
    "requests": "calls",
    "watches": "watch messages",
    "connections": "new connections",
    "uploads": "bytes of uploads",
    "launches": "launches",
}


class Limits:
    """The limits of one web process. `clock` gives monotonic seconds."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = time.monotonic) -> None:
        given = {kind: rate for kind, rate in rates.items() if rate is not None}
        self._own = {kind: Buckets(rate, clock) for kind, rate in given.items()}
        self._addresses = {
            kind: Buckets(Rate(rate.count * ADDRESS_SHARE, rate.seconds), clock) for kind, rate in given.items()
        }

    def take(self, kind: Kind, environ: Mapping[str, Any], count: int = 1) -> Left | None:
        """Counts what the client of the request with this environ does; what it has left, None where there is no limit.
        RateLimited.
        """
        tightest: Left | None = None
        for whose, left in self._taken(kind, environ, count):
            if not left.allowed:
                raise RateLimited(
                    f"{whose} may make {left.rate.count:,} {_WORDS[kind]} within {left.rate.seconds} s "
                    f"({VARIABLES[kind]}), and made them. Try again in {math.ceil(left.again)} s.",
                    headers=[("Retry-After", str(max(1, math.ceil(left.again)))), *headers(left)],
                )
            if tightest is None or left.remaining < tightest.remaining:
                tightest = left
        return tightest

    def count_message(self, caller: Mapping[str, Any], name: str) -> None:
        """Counts a message of Socket.IO of the connection that a request with this environ opened. RateLimited."""
        if name == "watch":
            self.take("watches", caller)

    def _taken(self, kind: Kind, environ: Mapping[str, Any], count: int) -> Iterator[tuple[str, Left]]:
        if kind not in self._own:
            return
        if (key := _key(environ.get(PRINCIPAL))) is not None:
            yield "You", self._own[kind].take(key, count)
        if (peer := environ.get(PEER)) is not None:
            yield "Your address", self._addresses[kind].take(peer, count)


def headers(left: Left) -> list[tuple[str, str]]:
    """What tells a client how much it has left: the fields of draft-ietf-httpapi-ratelimit-headers-06."""
    return [
        ("RateLimit-Limit", str(left.rate.count)),
        ("RateLimit-Remaining", str(left.remaining)),
        ("RateLimit-Reset", str(math.ceil(left.full))),
    ]


def _key(principal: Principal | None) -> str | None:
    """What a principal is counted by; None for those that many clients share."""
    if principal is None:
        return None
    if principal.kind == "token":
        return f"token {principal.token or principal.name}"
    if principal.account is not None:
        return f"account {principal.account}"
    return None if principal.session is None else f"session {principal.session}"
