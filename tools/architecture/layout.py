"""Where each room stands in the picture. Lengths are pixels of the picture; y grows downwards."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from tools.architecture.rooms import Room, Tree

HEAD = 62
"""From the top of the picture to the first layer: the titles of the columns."""

ROW = 30
STEP = 48
"""From the top of one layer to the top of the next."""

ROOM_GAP = 6
COLUMN_GAP = 84
"""Between two columns: what crosses from one program to another is drawn there."""

_LETTER = 6.2
_PADDING = 8


@dataclass(frozen=True, kw_only=True)
class Box:
    """A room in its place."""

    room: Room
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        """The y of its middle."""
        return self.y + ROW / 2

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width


@dataclass(frozen=True, kw_only=True)
class Column:
    """One tree, its layers from the top."""

    tree: Tree
    x: float
    width: float
    rows: tuple[tuple[Box, ...], ...]

    @property
    def centre(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    def box(self, name: str) -> Box:
        """The room of that name. KeyError where there is none."""
        boxes = {box.room.name: box for row in self.rows for box in row}
        return boxes[name]


def columns(trees: tuple[Tree, ...], entered: Container[str], left: Container[str]) -> Iterator[Column]:
    """The trees beside each other, each as wide as its widest layer needs.

    Rooms that a line enters stand first in their layer, those that one leaves last: lines cross no room.
    """

    def order(room: Room) -> tuple[bool, bool]:
        return room.name not in entered, room.name in left

    x = 0.0
    for tree in trees:
        width = max(_needed(layer.rooms) for layer in tree.layers)
        rows = tuple(
            tuple(_boxes(sorted(layer.rooms, key=order), x, HEAD + place * STEP, width))
            for place, layer in enumerate(tree.layers)
        )
        yield Column(tree=tree, x=x, width=width, rows=rows)
        x += width + COLUMN_GAP


def _needed(rooms: Sequence[Room]) -> float:
    return sum(map(_natural, rooms)) + ROOM_GAP * (len(rooms) - 1)


def _natural(room: Room) -> float:
    return len(room.name) * _LETTER + 2 * _PADDING


def _boxes(rooms: Sequence[Room], x: float, y: float, width: float) -> Iterator[Box]:
    """The rooms of a layer; together they fill the width of the column."""
    spare = (width - _needed(rooms)) / len(rooms)
    for room in rooms:
        own = _natural(room) + spare
        yield Box(room=room, x=x, y=y, width=own)
        x += own + ROOM_GAP
