"""The audit in memory, under the same contract as that in Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice

import msgspec

from phloem.record.stores.audit import End, Keep, Link


class MemoryAudit:
    """The audit in the memory of this process. See `AuditStore`. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._links: list[Link] = []
        self._removed = self._end = End()
        self._positions: dict[str, str] = {}

    def append(self, after: End, links: Sequence[Link], keep: Keep) -> End:
        """Appends entries. See `AuditStore.append`."""
        with self._lock:
            if after != self._end:
                return self._end
            milliseconds = int(self._clock() * 1000)
            for link in links:
                self._links.append(msgspec.structs.replace(link, id=f"{milliseconds}-{link.number}"))
                self._end = End(link.number, link.hash)
            while self._links and (
                len(self._links) > keep.most or _order(self._links[0].id)[0] < int(keep.since * 1000)
            ):
                gone = self._links.pop(0)
                self._removed = End(gone.number, gone.hash)
            return self._end

    def ends(self) -> tuple[End, End]:
        """Where what was removed ends, and where the chain does. See `AuditStore.ends`."""
        with self._lock:
            return self._removed, self._end

    def newest(self, before: str, limit: int) -> tuple[Link, ...]:
        """Entries before one of them. See `AuditStore.newest`."""
        with self._lock:
            found = (each for each in reversed(self._links) if not before or _order(each.id) < _order(before))
            return tuple(islice(found, limit))

    def following(self, after: str, limit: int) -> tuple[Link, ...]:
        """Entries after one of them. See `AuditStore.following`."""
        with self._lock:
            found = (each for each in self._links if not after or _order(each.id) > _order(after))
            return tuple(islice(found, limit))

    def position(self, reader: str) -> str:
        """Up to where a reader has got. See `AuditStore.position`."""
        return self._positions.get(reader, "")

    def move(self, reader: str, position: str) -> None:
        """Keeps up to where a reader has got. See `AuditStore.move`."""
        self._positions[reader] = position


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
