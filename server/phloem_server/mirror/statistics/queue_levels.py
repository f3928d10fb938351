"""How many tasks waited in each queue, for each ten seconds of the last hour.

What waits now is known of every queue. Levels of the past are counted back from it, by changes that are kept for a
bounded number of queues.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate
from operator import itemgetter

import msgspec

SHOWN_LIMIT = 5
"""Queues that are told by name: more bands than these, and one for all others, cannot be told apart on a plot."""

CHANGES_LIMIT = 200
"""Queues whose changes are kept, which bounds an hour to 0.3 MB. While more than these changed in the hour, the rest
count among all others."""


class WaitingByQueue(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks waited in each queue."""

    queues: tuple[str, ...]
    """Names of the queues in which most tasks waited at once in the hour, at most {SHOWN_LIMIT}, in the order of their
    names."""

    levels: tuple[tuple[int, ...], ...]
    """For each moment its `at`, and after it the count of tasks that waited at its end in each of these queues, in the
    same order. A moment in which none did may be left out. What `waiting` of the moment counts beyond these waited in
    other queues, or it is not known in which."""

    others: bool
    """Whether tasks waited in other queues that are known."""


class QueueLevels:
    """Tasks that wait, by queue. Intervals are numbered; a ring keeps the last `intervals` of them.

    The caller holds the mirror's lock.
    """

    def __init__(self, intervals: int) -> None:
        self._intervals = intervals
        self._waiting: dict[str, int] = {}
        """Those that wait now; queues without any are not in it."""
        self._back: dict[str, array[int]] = {}
        """For each interval how many more waited before it than at its end."""

    def change(self, queue: str, interval: int | None, by: int) -> None:
        """Counts a task that came to a queue (1) or left it (-1) in an interval; None: in one that is not kept."""
        waiting = self._waiting.get(queue, 0) + by
        if waiting:
            self._waiting[queue] = waiting
        else:
            self._waiting.pop(queue, None)
        if interval is None:
            return
        back = self._back.get(queue)
        if back is None:
            if len(self._back) >= CHANGES_LIMIT:
                return
            back = self._back[queue] = array("i", bytes(4 * self._intervals))
        back[interval % self._intervals] -= by

    def forget(self, first: int, count: int) -> None:
        """Forgets intervals that are over: later ones take their places. Queues that are left without any change go."""
        at = first % self._intervals
        for queue, back in list(self._back.items()):
            back[at : at + count] = array("i", bytes(4 * count))
            if queue not in self._waiting and not any(back):
                del self._back[queue]

    def levels(self, newest: int, count: int, seconds: int) -> WaitingByQueue:
        """The `count` intervals up to the newest one, in those queues in which most tasks waited at once.

        What waits at the end of an interval counts for that, and of the newest one, which goes on, only among equals:
        what waits for a moment does not change which queues are shown.
        """
        ranks: list[tuple[int, int, str, list[int]]] = []
        for queue, levels in self._counted_back(newest, count):
            ended, now = max(levels[1:], default=0), levels[0]
            if ended > 0 or now > 0:
                ranks.append((-ended, -now, queue, levels))
        ranks.sort()
        shown = {queue: levels for _, _, queue, levels in sorted(ranks[:SHOWN_LIMIT], key=itemgetter(2))}
        rows = zip(*shown.values(), strict=True)
        return WaitingByQueue(
            queues=tuple(shown),
            levels=tuple(
                ((newest - back) * seconds, *(max(0, level) for level in row)) for back, row in enumerate(rows)
            )[::-1],
            others=len(ranks) > SHOWN_LIMIT or any(queue not in shown for queue in self._waiting),
        )

    def _counted_back(self, newest: int, count: int) -> Iterator[tuple[str, list[int]]]:
        """The levels of each queue, the newest first."""
        at = newest % self._intervals
        for queue, ring in self._back.items():
            back = ring[at::-1] + ring[:at:-1]
            yield queue, list(accumulate(back[: count - 1], initial=self._waiting.get(queue, 0)))
        if len(self._back) < CHANGES_LIMIT:  # else what is not kept may have changed in the hour
            for queue in self._waiting.keys() - self._back.keys():
                yield queue, [self._waiting[queue]] * count
