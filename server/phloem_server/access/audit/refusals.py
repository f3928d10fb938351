"""Many refusals of one kind as one entry with a count: a million guesses must not make a million entries.

What failed counts as what was refused: while a provider or Redis is away, anybody can have signing in fail. Of one
address, actor, action and code, the first is told at once, and all that follow within a minute together when it is
over. While it goes on, the time doubles, up to an hour. Of one action and code, BEGUN_PER_HOUR may begin in an hour;
what is beyond that is told as of several addresses. So a flood of refusals, wherever it comes from, cannot push out
what was done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from phloem_server.access.audit.entry import Entry

WINDOW_SECONDS = 60.0
LONGEST_WINDOW_SECONDS = 3600.0
BEGUN_PER_HOUR = 100

SEVERAL = "several"
"""The address of refusals of which there were too many to tell them apart."""


@dataclass(slots=True)
class _Window:
    """Refusals of one kind, since the last entry about them."""

    until: float
    seconds: float = WINDOW_SECONDS
    last: Entry | None = None
    count: int = 0


class Refusals:
    """Refusals that were not told yet. Times are those of the entries. Not safe to use from several threads."""

    def __init__(self) -> None:
        self._windows: dict[tuple[object, ...], _Window] = {}
        self._hour, self._begun = 0, Counter[tuple[str, str]]()

    def take(self, entry: Entry) -> Entry | None:
        """The entry if it is the first of its kind: it is to be told at once. Else it is counted."""
        kind = (entry.action, entry.code)
        known = self._windows.get((entry.address, entry.actor, *kind))
        if known is None:
            if not self._may_begin(kind, entry.at):
                entry = msgspec.structs.replace(entry, actor=None, kind="none", address=SEVERAL, target="")
                known = self._windows.get((SEVERAL, None, *kind))
            if known is None:
                self._windows[(entry.address, entry.actor, *kind)] = _Window(until=entry.at + WINDOW_SECONDS)
                return entry
        known.count += entry.count
        known.last = entry
        return None

    def due(self, now: float) -> Iterator[Entry]:
        """What was counted, of each kind whose time is over."""
        for kind, window in list(self._windows.items()):
            if now < window.until:
                continue
            if window.last is None:
                del self._windows[kind]
                continue
            yield msgspec.structs.replace(window.last, count=window.count)
            window.seconds = min(2 * window.seconds, LONGEST_WINDOW_SECONDS)
            window.until, window.last, window.count = now + window.seconds, None, 0

    def all(self) -> Iterator[Entry]:
        """What was counted, of each kind, whether its time is over or not."""
        return self.due(float("inf"))

    def _may_begin(self, kind: tuple[str, str], now: float) -> bool:
        if (hour := int(now // 3600)) != self._hour:
            self._hour = hour
            self._begun.clear()
        self._begun[kind] += 1
        return self._begun[kind] <= BEGUN_PER_HOUR
