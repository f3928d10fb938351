"""How many tasks came to each queue, and how many left it, in the last minute."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable

from phloem.model.state import WAITING
from phloem.model.task import Task

SPAN_SECONDS = 60
"""How far is looked back."""

AHEAD_SECONDS = 60
"""By which a worker's clock may be ahead of ours; times beyond are ignored."""

SLOT_SECONDS = 5
"""Times are counted in slots of this length: a minute costs the same however much comes in it."""

_Counts = defaultdict[str, Counter[int]]
"""By queue, the count in each slot, by its number."""


class Flow:
    """Counts by queue. A task comes to its queue when it is sent, and leaves it when it starts, or ends unstarted."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._came: _Counts = defaultdict(Counter)
        self._left: _Counts = defaultdict(Counter)
        self._over = 0
        """The slots up to this one are over, and forgotten."""

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
        self._forget(self._clock())
        return _summed(self._came), _summed(self._left)

    def _count(self, counts: _Counts, queue: str, at: float | None) -> None:
        now = self._clock()
        if at is None or at > now + AHEAD_SECONDS:
            return
        self._forget(now)
        slot = int(at // SLOT_SECONDS)
        if slot > self._over:
            counts[queue][slot] += 1

    def _forget(self, now: float) -> None:
        """Removes the slots that are over, and the queues that are left without any: once for each slot of time."""
        over = int((now - SPAN_SECONDS) // SLOT_SECONDS)
        if over == self._over:
            return
        self._over = over
        for counts in (self._came, self._left):
            for queue, slots in list(counts.items()):
                for slot in [slot for slot in slots if slot <= over]:
                    del slots[slot]
                if not slots:
                    del counts[queue]


def _summed(counts: _Counts) -> dict[str, int]:
    return {queue: slots.total() for queue, slots in counts.items()}
