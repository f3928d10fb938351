"""What a broker has of one queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker has of one queue. None is what it does not tell."""

    messages: int | None = None
    """Count of messages that wait for a consumer."""

    consumers: int | None = None
    """Count of consumers."""

    unacknowledged: int | None = None
    """Count of messages that consumers have, and have not acknowledged."""

    kind: str | None = None
    """`classic`, `quorum` or `stream`."""

    incoming: float | None = None
    """Messages per second that came in."""

    outgoing: float | None = None
    """Messages per second that consumers were given."""

    memory: int | None = None
    """Bytes of the broker's memory."""

    idle_since: float | None = None
    """Since when nothing happened in it, in Unix seconds; None also where something happens."""

    by_priority: Mapping[int, int] = {}
    """Count of messages that wait, by priority; those of which none waits may be left out."""

    def filled(self, other: Held) -> Held:
        """This, with what only the other tells."""
        missing = {name: getattr(other, name) for name in self.__struct_fields__ if getattr(self, name) in (None, {})}
        return msgspec.structs.replace(self, **missing)


ABSENT = Held(messages=0, consumers=0)
"""A queue that the broker does not have."""

UNKNOWN = Held()
"""A queue of which the broker tells nothing."""


def together(several: Iterable[Held]) -> Held:
    """Several queues as one: those that workers have for one broadcast."""
    found = list(several)
    if len(found) == 1:
        return found[0]
    by_priority: Counter[int] = Counter()
    for each in found:
        by_priority.update(each.by_priority)
    return Held(
        **{name: _sum(getattr(each, name) for each in found) for name in _COUNTS},
        kind=found[0].kind if found else None,
        by_priority=dict(by_priority),
    )


_COUNTS = ("messages", "consumers", "unacknowledged", "incoming", "outgoing", "memory")


def _sum(counts: Iterable[Any]) -> Any:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
