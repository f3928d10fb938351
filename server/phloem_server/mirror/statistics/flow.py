"""How many tasks came to each queue, and how many left it, in the last minute."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable

from phloem.model.state import WAITING
from phloem.model.task import Task

SPAN_SECONDS = 60
"""How far is looked back."""

SLOT_SECONDS = 5
"""Times are counted in slots of this length: a minute costs the same however much comes in it."""

_Counts = defaultdict[str, deque[list[int]]]
"""By queue, the number of each slot and the count in it."""


class Flow:
    """Counts by queue. A task comes to its queue when it is sent, and leaves it when it starts, or ends unstarted."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._came: _Counts = defaultdict(deque)
        self._left: _Counts = defaultdict(deque)

    def note(self, old: Task | None, new: Task | None) -> None:
        """Takes in a task that changed, was added (no `old`) or was removed (no `new`)."""
        if new is None or new.queue is None:
            return
        if old is None or old.queue != new.queue:
            self._count(self._came, new.queue, new.created_at or new.received_at)
        waited = old is None or old.state in WAITING
        if waited and new.state not in WAITING:
            self._count(self._left, new.queue, new.started_at or new.finished_at)

    def per_minute(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many came and how many left in the last minute, by queue; queues without any are left out."""
        return self._counted(self._came), self._counted(self._left)

    def _count(self, counts: _Counts, queue: str, at: float | None) -> None:
        if at is None or at <= self._clock() - SPAN_SECONDS:
            return
        slots, slot = counts[queue], int(at // SLOT_SECONDS)
        for known in reversed(slots):
            if known[0] == slot:
                known[1] += 1
                return
        slots.append([slot, 1])

    def _counted(self, counts: _Counts) -> dict[str, int]:
        first = int((self._clock() - SPAN_SECONDS) // SLOT_SECONDS)
        for queue in list(counts):
            kept = deque(known for known in counts[queue] if known[0] > first)
            if kept:
                counts[queue] = kept
            else:
                del counts[queue]
        return {queue: sum(count for _, count in slots) for queue, slots in counts.items()}
