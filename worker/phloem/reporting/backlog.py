"""A queue of events, bounded in number and in bytes."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from phloem.model.event import Event

CAPACITY = 10_000
"""Most events that are kept; beyond that the oldest are dropped."""

CAPACITY_BYTES = 16 * 1024 * 1024
"""Most bytes that they may take, as estimated. Beyond that the oldest lose their original arguments and their long
forms; once none has any left, the oldest are dropped."""

BATCH_EVENTS = 100
"""Most events of one batch: bounds the time that recording it keeps Redis busy (about 2 ms)."""

BATCH_BYTES = 1024 * 1024
"""Most bytes of one batch, as estimated; a larger event is a batch by itself."""

BATCHES_IN_A_ROW = 8
"""Most batches that are sent without waiting: the end of a task waits for these, not for the whole queue."""

_PLAIN_EVENT_BYTES = 1000
"""Size of an event beside its texts; 740 were measured for a task that was received, on CPython 3.11."""

_PLAIN_LINE_BYTES = 100

_texts = operator.attrgetter("call", "args", "kwargs", "result", "long_args", "long_kwargs", "long_result")


class Backlog:
    """Events in the order of their numbers. Not safe to use from several threads at once."""

    def __init__(self) -> None:
        self._events: deque[tuple[int, float, Event]] = deque()  # estimated bytes, time, event
        self.bytes = 0
        """Their bytes, as estimated."""
        self._lightened = 0

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return (event for _, _, event in self._events)

    def oldest_at(self) -> float | None:
        """When the oldest event was added; None if there is none."""
        return self._events[0][1] if self._events else None

    def add(self, event: Event, now: float = 0.0) -> list[Event]:
        """Adds an event at its end, at the time `now`. Returns the events that had to be dropped for it."""
        size = _size(event)
        self._events.append((size, now, event))
        self.bytes += size
        dropped = []
        while len(self._events) > CAPACITY or self.bytes > CAPACITY_BYTES:
            if len(self._events) <= CAPACITY and self._lightened < len(self._events):
                self._lighten()
            else:
                dropped.append(self._pop())
        return dropped

    def add_before(self, events: Iterable[Event]) -> list[Event]:
        """Adds events that were sent before, each where its number belongs. Returns those that had to be dropped."""
        ordered = {event.seq: event for event in (*events, *self)}
        self.clear()
        return [dropped for seq in sorted(ordered) for dropped in self.add(ordered[seq])]

    def batches(self) -> list[list[Event]]:
        """The oldest events, in as many batches as are sent in a row; an empty list if there are no events."""
        batches: list[list[Event]] = []
        room = 0
        for size, _, event in self._events:
            room -= size
            if not batches or room < 0 or len(batches[-1]) == BATCH_EVENTS:
                if len(batches) == BATCHES_IN_A_ROW:
                    break
                batches.append([])
                room = BATCH_BYTES - size
            batches[-1].append(event)
        return batches

    def last(self) -> Event | None:
        """The event that was added last; None if there is none."""
        return self._events[-1][2] if self._events else None

    def remove_last(self) -> None:
        """Removes the event that was added last."""
        size, _, _ = self._events.pop()
        self.bytes -= size
        self._lightened = min(self._lightened, len(self._events))

    def remove_through(self, seq: int) -> None:
        """Removes the events up to the number `seq`, that one included."""
        while self._events and self._events[0][2].seq <= seq:
            self._pop()

    def remove_before(self, time: float) -> None:
        """Removes the events that were added before `time`."""
        while self._events and self._events[0][1] < time:
            self._pop()

    def clear(self) -> None:
        """Removes all events."""
        self._events.clear()
        self.bytes = self._lightened = 0

    def _pop(self) -> Event:
        size, _, event = self._events.popleft()
        self.bytes -= size
        self._lightened = max(0, self._lightened - 1)
        return event

    def _lighten(self) -> None:
        """Takes from the oldest event that has it what lists do not show."""
        size, at, event = self._events[self._lightened]
        light = msgspec.structs.replace(
            event, call=None, long_args=None, long_kwargs=None, long_result=None, long_error=None
        )
        self._events[self._lightened] = _size(light), at, light
        self.bytes += _size(light) - size
        self._lightened += 1


def _size(event: Event) -> int:
    size = _PLAIN_EVENT_BYTES
    for text in _texts(event):
        if text:
            size += len(text)
    for error in (event.error, event.long_error):
        if error is not None:
            size += len(error.message or "") + len(error.traceback or "")
    for line in event.log:
        size += len(line.message) + _PLAIN_LINE_BYTES * (1 + len(line.fields or ()))
    return size
