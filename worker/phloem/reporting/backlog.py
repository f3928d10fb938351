"""Events in the order in which they are sent, bounded in number and in bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from phloem.model.event import Event

CAPACITY = 10_000
"""Events that are kept; beyond that the oldest are given up."""

ROOM = 16 * 1024 * 1024
"""Bytes that they may take, as estimated. Beyond that the oldest lose their arguments as sent and their long forms,
and when none has any left, the oldest are given up."""

BATCH = 100
"""Most events in one batch: bounds how long recording it keeps Redis busy (about 2 ms)."""

BATCH_ROOM = 1024 * 1024
"""Bytes of a batch, as estimated; an event that is larger is one by itself."""

IN_A_ROW = 8
"""Most batches that are sent one after the other: the end of a task waits for a row, not for the whole backlog."""

_PLAIN = 1000
"""Bytes of an event beside its texts; 740 were measured for a task that was received, on CPython 3.11."""


class Backlog:
    """The events that wait, or that were sent lately. Not for several threads at once."""

    def __init__(self) -> None:
        self._events: deque[tuple[int, float, Event]] = deque()
        self._bytes = 0
        self._light = 0

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return (event for _, _, event in self._events)

    def add(self, event: Event, now: float = 0.0) -> list[Event]:
        """Takes an event as the last, at the time `now`. Those that had to be given up for it."""
        size = _size(event)
        self._events.append((size, now, event))
        self._bytes += size
        given_up = []
        while len(self._events) > CAPACITY or self._bytes > ROOM:
            if len(self._events) <= CAPACITY and self._light < len(self._events):
                self._lighten()
            else:
                given_up.append(self._pop())
        return given_up

    def add_before(self, events: Iterable[Event]) -> list[Event]:
        """Takes events that were sent before, each to where its number belongs. Those that had to be given up."""
        ordered = {event.seq: event for event in (*events, *self)}
        self.clear()
        return [lost for seq in sorted(ordered) for lost in self.add(ordered[seq])]

    def batches(self) -> list[list[Event]]:
        """The oldest events, in as many batches as are sent in a row; none if there are no events."""
        batches: list[list[Event]] = []
        room = 0
        for size, _, event in self._events:
            room -= size
            if not batches or room < 0 or len(batches[-1]) == BATCH:
                if len(batches) == IN_A_ROW:
                    break
                batches.append([])
                room = BATCH_ROOM - size
            batches[-1].append(event)
        return batches

    def settle(self, seq: int) -> None:
        """Lets go of the events up to that number."""
        while self._events and self._events[0][2].seq <= seq:
            self._pop()

    def forget(self, before: float) -> None:
        """Lets go of the events that it took before that time."""
        while self._events and self._events[0][1] < before:
            self._pop()

    def clear(self) -> None:
        """Lets go of all."""
        self._events.clear()
        self._bytes = self._light = 0

    def _pop(self) -> Event:
        size, _, event = self._events.popleft()
        self._bytes -= size
        self._light = max(0, self._light - 1)
        return event

    def _lighten(self) -> None:
        """What is left of an event tells all that lists show."""
        size, at, event = self._events[self._light]
        light = msgspec.structs.replace(
            event, call=None, long_args=None, long_kwargs=None, long_result=None, long_error=None
        )
        self._events[self._light] = _size(light), at, light
        self._bytes += _size(light) - size
        self._light += 1


def _size(event: Event) -> int:
    long = event.call, event.args, event.kwargs, event.result, event.long_args, event.long_kwargs, event.long_result
    errors = (text for error in (event.error, event.long_error) if error for text in (error.message, error.traceback))
    lines = sum(len(line.message) + 100 for line in event.log)
    return _PLAIN + lines + sum(len(text) for text in (*long, *errors) if text)
