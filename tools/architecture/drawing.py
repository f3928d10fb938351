"""The picture as SVG: three columns of rooms, the direction of imports, and the way of one progress report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from tools.architecture.layout import HEAD, ROW, STEP, Box, Column, columns
from tools.architecture.rooms import Tree, Unreadable

MARGIN = 12
"""Around the picture: the numbers reach over the edges of their rooms."""


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Colours, after those of the page in frontend/src/styles/tokens.css."""

    ink: str
    muted: str
    line: str
    room: str
    accent: str
    paper: str


LIGHT = Theme(ink="#1b211d", muted="#5f665f", line="#d6d0c0", room="#f4f1e7", accent="#3f6d1e", paper="#fbf9f3")
DARK = Theme(ink="#ebe6d8", muted="#98a298", line="#33403a", room="#141d19", accent="#9cc86b", paper="#0e1512")

WALK = (
    ("Library", "progress"),
    ("Library", "reporting"),
    ("Library", "record"),
    ("Server", "mirror"),
    ("Server", "live"),
    ("Server", "transport"),
    ("Page", "live"),
    ("Page", "pages/*"),
)
"""The rooms that one progress report passes. docs/architecture.md tells each step under its number."""

LEFT, ENTERED = ("record", "transport"), ("mirror", "live")
"""The rooms between which a report crosses from one program to the next, in this order."""

CARRIERS = ("Redis", "WebSocket")
"""What carries it there."""

FACE = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'


def draw(trees: tuple[Tree, ...], theme: Theme) -> str:
    """The picture in one theme. Unreadable where a room of the walk is not in its tree."""
    found = tuple(columns(trees, ENTERED, LEFT))
    width = found[-1].right + 2 * MARGIN
    height = HEAD + max(len(column.rows) for column in found) * STEP - (STEP - ROW) + 2 * MARGIN
    attributes = (
        f'viewBox="{-MARGIN} {-MARGIN} {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img"'
        f" font-family='{FACE}' font-size=\"12.5\""
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>',
        "<title>The rooms of library, server and page, and the direction of their imports</title>",
        *_columns(found, theme),
        *_crossings(found, theme),
        *_numbers(found, theme),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _columns(found: tuple[Column, ...], theme: Theme) -> Iterator[str]:
    for column in found:
        yield _text(column.x, 12, column.tree.title, theme.ink, "start", 'font-size="16" font-weight="600"')
        yield _text(column.x, 32, column.tree.folder, theme.muted, "start", 'font-size="12"')
        for place, row in enumerate(column.rows):
            if place:
                yield _down(column.centre, row[0].y - (STEP - ROW) + 3, row[0].y - 4, theme)
            yield from (line for box in row for line in _room(box, theme))


def _room(box: Box, theme: Theme) -> Iterator[str]:
    dashes = "" if box.room.is_here else ' stroke-dasharray="3 3"'
    fill = theme.room if box.room.is_here else "none"
    yield (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{ROW}" rx="4" fill="{fill}"'
        f' stroke="{theme.line}"{dashes}/>'
    )
    colour = theme.ink if box.room.is_here else theme.muted
    yield _text(box.x + box.width / 2, box.middle + 4.5, box.room.name, colour)


def _crossings(found: tuple[Column, ...], theme: Theme) -> Iterator[str]:
    """What passes from one program to the next: through Redis, and over a WebSocket."""
    for start, end, carrier, column, after in zip(LEFT, ENTERED, CARRIERS, found[:-1], found[1:], strict=True):
        yield from _across(column.right, _box(column, start), _box(after, end), carrier, theme)


def _across(gap: float, start: Box, end: Box, name: str, theme: Theme) -> Iterator[str]:
    """A line out of one column, through what carries it, into the next column."""
    centre, middle = gap + (end.x - gap) / 2, (start.middle + end.middle) / 2
    path = f"M{start.right:g} {start.middle:g}H{centre:g}V{end.middle:g}H{end.x - 7:g}"
    yield f'<path d="{path}" fill="none" stroke="{theme.accent}" stroke-width="1.5" stroke-linejoin="round"/>'
    yield _head(end.x - 2, end.middle, theme.accent, "right")
    wide = len(name) * 7 + 8
    yield (
        f'<rect x="{centre - wide / 2:g}" y="{middle - 11:g}" width="{wide:g}" height="22" rx="11"'
        f' fill="{theme.paper}" stroke="{theme.accent}"/>'
    )
    yield _text(centre, middle + 4, name, theme.accent, "middle", 'font-size="11.5"')


def _numbers(found: tuple[Column, ...], theme: Theme) -> Iterator[str]:
    by_title = {column.tree.title: column for column in found}
    for number, (title, name) in enumerate(WALK, 1):
        box = _box(by_title[title], name)
        yield f'<circle cx="{box.right:g}" cy="{box.y:g}" r="8.5" fill="{theme.accent}"/>'
        yield _text(box.right, box.y + 3.8, str(number), theme.paper, "middle", 'font-size="11" font-weight="600"')


def _box(column: Column, name: str) -> Box:
    try:
        return column.box(name)
    except KeyError:
        raise Unreadable(f"{column.tree.folder} has no room {name}, through which progress reports pass") from None


def _down(x: float, start: float, end: float, theme: Theme) -> str:
    line = f'<path d="M{x:g} {start:g}V{end - 4:g}" stroke="{theme.muted}" fill="none"/>'
    return line + _head(x, end, theme.muted, "down")


def _head(x: float, y: float, colour: str, towards: str) -> str:
    points = f"{x:g},{y:g} {x - 3.5:g},{y - 6:g} {x + 3.5:g},{y - 6:g}"
    if towards == "right":
        points = f"{x:g},{y:g} {x - 6:g},{y - 3.5:g} {x - 6:g},{y + 3.5:g}"
    return f'<polygon points="{points}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, colour: str, anchor: str = "middle", more: str = "") -> str:
    attributes = f'x="{x:g}" y="{y:g}" fill="{colour}" text-anchor="{anchor}" {more}'.rstrip()
    return f"<text {attributes}>{escape(text)}</text>"
