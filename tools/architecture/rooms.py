"""Reads the import contracts: the rooms of each tree, layer by layer from the top, and what each room holds."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OPTIONAL = re.compile(r"\((?P<name>\w+)\)")


class Unreadable(Exception):
    """A contract, or a room that it names, is not what the picture expects."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """A folder or a module of a tree."""

    name: str
    holds: str = ""
    """One sentence. Empty where the sentence belongs to the layer."""

    is_here: bool = True
    """False for a room that a contract names and that has no code yet."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Rooms that stand beside each other. Each may import the rooms of every layer below."""

    rooms: tuple[Room, ...]
    holds: str = ""
    are_independent: bool = True
    """Whether the rooms of this layer may not import one another."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One of the three programs."""

    title: str
    folder: str
    layers: tuple[Layer, ...]

    def importable(self, name: str) -> tuple[str, ...]:
        """The rooms that the room `name` may import, in the order of the layers."""
        for place, layer in enumerate(self.layers):
            if name in {room.name for room in layer.rooms}:
                beside = () if layer.are_independent else layer.rooms
                below = [room for lower in self.layers[place + 1 :] for room in lower.rooms]
                return tuple(room.name for room in (*beside, *below) if room.is_here and room.name != name)
        raise Unreadable(f"{self.folder} has no room {name}")


def trees(root: Path) -> tuple[Tree, ...]:
    """Library, server and page of the clone at `root`. Unreadable where a contract is not as expected."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return (
        _python_tree("Library", root, Path("worker/phloem"), _contract(contracts, "library-layers")),
        _python_tree("Server", root, Path("server/phloem_server"), _contract(contracts, "server-layers")),
        _page_tree(root),
    )


def _contract(contracts: list[dict[str, Any]], name: str) -> list[str]:
    for contract in contracts:
        if contract.get("id") == name:
            layers: list[str] = contract["layers"]
            return layers
    raise Unreadable(f"pyproject.toml has no import contract with the id {name}")


def _python_tree(title: str, root: Path, folder: Path, layers: list[str]) -> Tree:
    return Tree(title=title, folder=str(folder), layers=tuple(_python_layer(root / folder, line) for line in layers))


def _python_layer(folder: Path, line: str) -> Layer:
    """One line of a contract, such as "transport | (history)", as import-linter reads it."""
    rooms = []
    for part in re.split(r"[|:]", line):
        optional = _OPTIONAL.fullmatch(part.strip())
        name = optional["name"] if optional else part.strip()
        source = next((path for path in (folder / name / "__init__.py", folder / f"{name}.py") if path.is_file()), None)
        if source is None and not optional:
            raise Unreadable(f"{folder.name} has no room {name}, which its import contract names")
        rooms.append(Room(name=name, holds=_summary(source) if source else "", is_here=source is not None))
    return Layer(rooms=tuple(rooms), are_independent=":" not in line)


def _summary(source: Path) -> str:
    """The first paragraph of a module's docstring, in one line."""
    text = ast.get_docstring(ast.parse(source.read_text())) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _page_tree(root: Path) -> Tree:
    table = json.loads((root / "frontend/layers.json").read_text())
    layers = tuple(
        Layer(rooms=tuple(Room(name=name) for name in layer["rooms"]), holds=layer["holds"])
        for layer in table["layers"]
    )
    return Tree(title="Page", folder="frontend/src", layers=layers)
