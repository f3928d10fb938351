"""How many watch: the same view, and at all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from phloem_server.live.protocol import Watching

TELL_EVERY = 2.0
"""Seconds between two frames that tell of nothing but others who came or left."""


class Presence:
    """Who looks at what, in numbers; and what each view's viewers were told of it last.

    A thousand who come and go are told once. What is told with an answer is told to one viewer alone.
    """

    def __init__(self) -> None:
        self.connected = 0
        self._looking: Counter[str] = Counter()
        self._told: dict[str, Watching] = {}
        self._told_at = time.monotonic()

    def enter(self, key: str) -> None:
        """One more looks at this view."""
        self._looking[key] += 1

    def leave(self, key: str) -> bool:
        """One less does. Whether that was the last."""
        self._looking[key] -= 1
        if self._looking[key] > 0:
            return False
        del self._looking[key]
        self._told.pop(key, None)
        return True

    def of(self, key: str) -> Watching:
        """The numbers of a view now. Where one is alone with it, all who look at it have been told by that."""
        if self._looking[key] == 1:
            self.tell(key)
        return self._now(key)

    def tell(self, key: str) -> None:
        """All who look at this view are told the numbers now."""
        self._told[key] = self._now(key)

    def news(self, now: float) -> Iterator[str]:
        """The views whose numbers are not what was told of them, if it is time to tell. They are told by `tell`."""
        if now - self._told_at < TELL_EVERY:
            return
        self._told_at = now
        yield from [key for key in self._looking if self._told.get(key) != self._now(key)]

    def _now(self, key: str) -> Watching:
        return Watching(view=self._looking[key], all=self.connected)
