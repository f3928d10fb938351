"""Offsets in ascending order; adding and removing one costs the same however many there are."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable
from operator import itemgetter

_BLOCK = 512

_end = itemgetter(-1)


class Offsets:
    """A list of sorted blocks. Blocks are arrays: 8 bytes an offset, and not seen by the cyclic garbage collector."""

    __slots__ = ("_blocks", "_length")

    def __init__(self) -> None:
        self._blocks: list[array[int]] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, offset: int) -> None:
        """Adds an offset that is not there yet; one above all others is the usual case."""
        blocks = self._blocks
        self._length += 1
        if not blocks:
            blocks.append(array("q", (offset,)))
            return
        number = len(blocks) - 1
        block = blocks[number]
        if offset > block[-1]:
            block.append(offset)
        else:
            number = bisect_left(blocks, offset, key=_end)
            block = blocks[number]
            insort(block, offset)
        if len(block) > 2 * _BLOCK:
            blocks.insert(number + 1, block[_BLOCK:])
            del block[_BLOCK:]

    def discard(self, offset: int) -> None:
        """Removes an offset, if it is there."""
        blocks = self._blocks
        number = bisect_left(blocks, offset, key=_end)
        if number == len(blocks):
            return
        block = blocks[number]
        at = bisect_left(block, offset)
        if block[at] == offset:
            del block[at]
            self._length -= 1
            if not block:
                del blocks[number]

    def first(self, value: int, key: Callable[[int], int]) -> int | None:
        """The first offset whose `key`, which grows with offsets, is `value` or more; None where there is none."""
        number = bisect_left(self._blocks, value, key=lambda block: key(block[-1]))
        if number == len(self._blocks):
            return None
        block = self._blocks[number]
        return block[bisect_left(block, value, key=key)]

    def before(self, offset: int, count: int) -> list[int]:
        """Up to `count` offsets below `offset`, highest first."""
        blocks = self._blocks
        number = bisect_left(blocks, offset, key=_end)
        found: list[int] = []
        if number < len(blocks):
            end = bisect_left(blocks[number], offset)
            found += blocks[number][max(0, end - count) : end][::-1]
        while len(found) < count and number > 0:
            number -= 1
            found += blocks[number][-(count - len(found)) :][::-1]
        return found
