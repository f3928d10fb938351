"""Positions as clients know them. Offsets count the changes of all tasks: clients that see the tasks of some alone are
told moments in their place, which say nothing of the others.

A moment is a time in whole microseconds since 1970. As offsets do, the moments of one view only grow, and those of
tasks are in the order in which they became known: what a client does with offsets it can do with moments.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Protocol

from phloem.model.task import Task

TOLD_LIMIT = 1000
"""Moments of a view that are remembered. A client that comes with an older one is given the whole view."""

_MILLISECOND = 1000


def micros(seconds: float) -> int:
    """A time in Unix seconds as a moment."""
    return round(seconds * 1_000_000)


class Positions(Protocol):
    """The positions in one view, as its clients know them."""

    def epoch(self, epoch: str) -> str:
        """The name of an epoch. Positions of two that have different names do not compare."""

    def tell(self, offset: int, changes: int, now: float) -> int:
        """The position of a client that is told everything up to `offset` now (Unix seconds), where the view has had so
        many changes.
        """

    def last(self) -> int:
        """The last one that a client was told; 0 where there is none."""

    def upto(self, offset: int) -> int:
        """The last one of a client that was told no more than everything up to `offset`."""

    def since(self, offset: int) -> int:
        """The first one of a client that was told everything up to `offset`."""

    def told(self, position: int) -> int | None:
        """Up to which offset a client with this position was told everything; None where nobody was told it here."""

    def offset(self, position: int) -> int:
        """The same; that of the position before it where nobody was told it here."""


class Counted:
    """Offsets themselves, for clients that see all tasks."""

    def epoch(self, epoch: str) -> str:
        return epoch

    def tell(self, offset: int, changes: int, now: float) -> int:  # noqa: ARG002  # a count needs no more
        return offset

    def last(self) -> int:
        return 0

    def upto(self, offset: int) -> int:
        return offset

    def since(self, offset: int) -> int:
        return offset

    def told(self, position: int) -> int | None:
        return position

    def offset(self, position: int) -> int:
        return position


class Timed:
    """Moments, for clients that see the tasks of some: when the first of them was told of a change of the view, by the
    clock alone. A moment stands for all offsets up to that of the next change.
    """

    def __init__(self) -> None:
        self._moments: list[int] = []
        self._first: list[int] = []  # the first and the last of the offsets that each stands for
        self._last: list[int] = []
        self._changes = -1
        # A client is given the rest of a view only by who told it the moment: two processes hardly tell the same one.
        self._within = random.SystemRandom().randrange(_MILLISECOND)

    def epoch(self, epoch: str) -> str:
        return limited_epoch(epoch)

    def tell(self, offset: int, changes: int, now: float) -> int:
        if changes == self._changes:
            self._last[-1] = offset
            return self.last()
        self._changes = changes
        moment = micros(now) // _MILLISECOND * _MILLISECOND + self._within
        self._moments.append(max(moment, self.last() + _MILLISECOND))
        self._first.append(offset)
        self._last.append(offset)
        if len(self._moments) > TOLD_LIMIT:
            for each in (self._moments, self._first, self._last):
                del each[: TOLD_LIMIT // 2]
        return self.last()

    def last(self) -> int:
        return self._moments[-1] if self._moments else 0

    def upto(self, offset: int) -> int:
        number = bisect_right(self._first, offset)
        return self._moments[number - 1] if number else 0

    def since(self, offset: int) -> int:
        number = bisect_left(self._last, offset)
        return self._moments[number] if number < len(self._moments) else self.last() + 1

    def told(self, position: int) -> int | None:
        number = bisect_left(self._moments, position)
        return self._last[number] if self._moments[number : number + 1] == [position] else None

    def offset(self, position: int) -> int:
        number = bisect_right(self._moments, position)
        return self._last[number - 1] if number else 0


def positions(*, limited: bool) -> Positions:
    """The positions of a new view."""
    return Timed() if limited else Counted()


def limited_epoch(epoch: str) -> str:
    """The name of an epoch for clients that are told moments: a server of an earlier version tells them offsets."""
    return f"{epoch}.moments" if epoch else ""


class Arrivals:
    """When tasks became known, by their places (`first_offset`): of one owner and one workflow later for each place.
    Tasks of several owners that became known at once may have the same times.

    The record says it. What processes of an earlier version made known has no such time: it gets one just behind that
    of its owner's task before it, or, before the first task that has one, its place itself. The caller holds the
    mirror's lock.
    """

    def __init__(self, before: Callable[[Task], int | None], at: Callable[[int], Task | None]) -> None:
        """`before` gives the place of the task before one, of the same owner, and `at` the task at a place."""
        self._before = before
        self._at = at
        self._kept: dict[int, int] = {}  # of tasks whose rows do not say it
        self._first = math.inf
        self._base = 0

    def add(self, old: Task | None, new: Task) -> None:
        """Takes in a task, or another state of it at the same place."""
        place = new.first_offset
        if new.known_at is not None:
            if place < self._first:
                self._first, self._base = place, micros(new.known_at)
        elif old is not None and old.known_at is not None:  # a process of an earlier version told of it
            self._kept[place] = micros(old.known_at)

    def discard(self, place: int) -> None:
        """Takes in that a task was removed."""
        self._kept.pop(place, None)

    def of(self, place: int) -> int:
        """When the task became known, as a moment."""
        if place < self._first:
            return place
        unknown: list[int] = []
        while (moment := self._told(place)) is None:
            unknown.append(place)
            task = self._at(place)
            before = None if task is None else self._before(task)
            if before is None or before < self._first:  # its owner has none before it that has a time
                moment = self._base
                break
            place = before
        for each in reversed(unknown):
            moment += 1
            self._kept[each] = moment
        return moment

    def _told(self, place: int) -> int | None:
        task = self._at(place)
        return self._kept.get(place) if task is None or task.known_at is None else micros(task.known_at)
