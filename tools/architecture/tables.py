"""The rooms as tables of docs/architecture.md."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from tools.architecture.rooms import Room, Tree


def table(tree: Tree) -> str:
    """A table of a tree's rooms from the top: what each holds, and what it may import. Rooms to come are left out."""
    rows = ["| room | holds | may import |", "|---|---|---|"]
    for layer in tree.layers:
        here = tuple(room for room in layer.rooms if room.is_here)
        if layer.holds:
            rows.append(_row(here, layer.holds, tree))
        else:
            rows += [_row((room,), room.holds, tree) for room in here]
    return "\n".join(rows)


def to_come(trees: Iterable[Tree]) -> str:
    """The rooms that have no code yet, in one sentence; empty where there are none."""
    names = [_code(room.name) for tree in trees for layer in tree.layers for room in layer.rooms if not room.is_here]
    return f"Rooms to come, dashed in the picture: {', '.join(names)}." if names else ""


def _row(rooms: tuple[Room, ...], holds: str, tree: Tree) -> str:
    allowed = ", ".join(map(_code, tree.importable(rooms[0].name))) or "nothing of ours"
    names = ", ".join(_code(room.name) for room in rooms)
    return f"| {names} | {escape(holds, quote=False)} | {allowed} |"


def _code(name: str) -> str:
    return f"`{name}`"
