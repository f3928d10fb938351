"""How many clients there are: of each view, and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from phloem_server.live.protocol import Watching

TELL_EVERY = 2.0
"""Seconds between two frames that tell nothing but how many clients there are."""


class Presence:
    """How many clients watch what, and which numbers each view's clients were told last.

    A thousand clients that come and go are told once. What is told with an answer is told to one client alone.
    Times are those of the monotonic clock.
    """

    def __init__(self, now: float) -> None:
        self.connected = 0
        self._watching: Counter[str] = Counter()
        self._limited: set[str] = set()
        self._told: dict[str, Watching] = {}
        self._told_at = now

    def enter(self, key: str, *, limited: bool = False) -> None:
        """Counts one more client of this view. `limited` clients see the tasks of some, and no count of all clients."""
        self._watching[key] += 1
        if limited:
            self._limited.add(key)

    def leave(self, key: str) -> bool:
        """Counts one less. Whether that was the last."""
        self._watching[key] -= 1
        if self._watching[key] > 0:
            return False
        del self._watching[key]
        self._told.pop(key, None)
        self._limited.discard(key)
        return True

    def of(self, key: str) -> Watching:
        """The numbers of a view now, to be told to one client. Where that is its only one, all were told by that."""
        if self._watching[key] == 1:
            self.tell(key)
        return self._now(key)

    def tell(self, key: str) -> None:
        """Takes in that all clients of this view are told the numbers of now."""
        self._told[key] = self._now(key)

    def news(self, now: float) -> Iterator[str]:
        """The views whose numbers are not those that were told, if it is time to tell; `tell` says that they were."""
        if now - self._told_at < TELL_EVERY:
            return
        self._told_at = now
        yield from [key for key in self._watching if self._told.get(key) != self._now(key)]

    def _now(self, key: str) -> Watching:
        here = self._watching[key]
        return Watching(view=here, all=here if key in self._limited else self.connected)
