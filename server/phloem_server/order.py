"""Places in ascending order, kept so that taking one in or out costs the same however many there are."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from operator import itemgetter

Place = tuple[float, str]
"""An offset or a time, and the id of the task that stands there."""

FIRST: Place = (float("-inf"), "")
"""Before all others."""

LAST: Place = (float("inf"), "")
"""After all others."""

_BLOCK = 512

_end = itemgetter(-1)


class Order:
    """Blocks of places. While `since` is in use, nothing may be added or discarded."""

    __slots__ = ("_blocks", "_length")

    def __init__(self) -> None:
        self._blocks: list[list[Place]] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, place: Place) -> None:
        """Takes in a place that is not there yet; the last one of all is the usual case."""
        blocks = self._blocks
        self._length += 1
        if not blocks:
            blocks.append([place])
            return
        number = len(blocks) - 1
        block = blocks[number]
        if place > block[-1]:
            block.append(place)
        else:
            number = bisect_left(blocks, place, key=_end)
            block = blocks[number]
            insort(block, place)
        if len(block) > 2 * _BLOCK:
            blocks.insert(number + 1, block[_BLOCK:])
            del block[_BLOCK:]

    def discard(self, place: Place) -> None:
        """Takes out a place, if it is there."""
        blocks = self._blocks
        number = bisect_left(blocks, place, key=_end)
        if number == len(blocks):
            return
        block = blocks[number]
        at = bisect_left(block, place)
        if block[at] == place:
            del block[at]
            self._length -= 1
            if not block:
                del blocks[number]

    def before(self, place: Place, count: int) -> list[Place]:
        """Up to `count` places before one, from the nearest on."""
        blocks = self._blocks
        number = bisect_left(blocks, place, key=_end)
        found: list[Place] = []
        if number < len(blocks):
            end = bisect_left(blocks[number], place)
            found = blocks[number][max(0, end - count) : end][::-1]
        while len(found) < count and number > 0:
            number -= 1
            found += blocks[number][-(count - len(found)) :][::-1]
        return found

    def since(self, place: Place) -> Iterator[Place]:
        """The places from one on, it included."""
        blocks = self._blocks
        number = bisect_left(blocks, place, key=_end)
        if number < len(blocks):
            block = blocks[number]
            yield from block[bisect_left(block, place) :]
            for after in range(number + 1, len(blocks)):
                yield from blocks[after]
