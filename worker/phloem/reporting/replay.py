"""Recorded events that are recorded again if Redis forgets them.

A Redis that comes back from a crash, or a replica that takes over, may lack the latest events; another epoch shows it.
"""

from __future__ import annotations

from collections.abc import Iterable

from phloem.model.event import Event
from phloem.model.state import State
from phloem.reporting.backlog import Backlog

_RUNS = State.PROGRESS.rank
"""The rank up to which a run goes on."""


class Replay:
    """The events of the last seconds, and of each run in progress the event with which it started.

    Not safe to use from several threads at once. Times are monotonic, in seconds.
    """

    def __init__(self, memory_seconds: float) -> None:
        self._memory_seconds = memory_seconds
        self._recent = Backlog()
        self._starts: dict[str | None, Event] = {}

    def __bool__(self) -> bool:
        return bool(self._recent or self._starts)

    def remember(self, events: Iterable[Event], now: float) -> None:
        """Takes events that were just recorded."""
        for event in events:
            if event.rank > _RUNS:
                if (start := self._starts.pop(event.run, None)) is not None:
                    self._recent.add(start, now)
            elif event.started_at is not None:
                self._starts[event.run] = event
            self._recent.add(event, now)
        self.expire(now)

    def expire(self, now: float) -> None:
        """Forgets the events that are too old to be missing after a crash."""
        self._recent.remove_before(now - self._memory_seconds)

    def drop_starts(self, ends: Iterable[Event]) -> None:
        """Forgets the starts of runs whose end was dropped before it was recorded."""
        for event in ends:
            if event.rank > _RUNS:
                self._starts.pop(event.run, None)

    def take(self) -> tuple[Event, ...]:
        """The events that have to be recorded again; they are remembered again once they are."""
        events = (*self._starts.values(), *self._recent)
        self._recent.clear()
        return events
