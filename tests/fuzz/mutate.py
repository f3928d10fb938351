"""Mutations of messages: of their bytes, and of what their JSON says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

VALUES: tuple[Callable[[random.Random], Any], ...] = (
    lambda _: None,
    lambda _: True,
    lambda _: 0,
    lambda _: -1,
    lambda _: 1e308,
    lambda chance: 2 ** chance.choice((31, 53, 63, 64, 1000)),
    lambda chance: -(2 ** chance.choice((31, 63, 64))),
    lambda _: "",
    lambda _: "\x00",
    lambda _: "\ud800",
    lambda chance: "x" * chance.choice((100, 10_000, 70_000)),
    lambda chance: "*" * chance.choice((1, 30, 500)),
    lambda _: "(a+)+$",
    lambda _: [],
    lambda _: {},
    lambda _: {"_placeholder": True, "num": 0},
    lambda _: [[], {}, None, 1.5, "é"],
    lambda chance: {str(n): n for n in range(chance.choice((3, 300)))},
)
BYTES = (b"", b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"0", b"-", b'"', b"[", b"{", b"\x1e", b"\r\n", b"%00")
DEEP = 60_000
"""Brackets within brackets: more than a message of 64 KB could close, and enough for any stack."""


def bent(chance: random.Random, message: bytes, others: Sequence[bytes]) -> bytes:
    """`message` with one to four faults in its bytes."""
    data = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        place = chance.randint(0, len(data))
        end = min(len(data), place + chance.choice((1, 1, 2, 8, 64)))
        match chance.randrange(7):
            case 0 if data:
                data[place % len(data)] ^= 1 << chance.randrange(8)
            case 1:
                del data[place:end]
            case 2:
                data[place:place] = chance.choice(BYTES) * chance.choice((1, 1, 3, 100))
            case 3:
                data[place:place] = data[place:end] * chance.choice((1, 2, 50))
            case 4:
                del data[place:]
            case 5:
                other = chance.choice(others)
                data[place:] = other[chance.randint(0, len(other)) :]
            case _:
                data[place:end] = chance.randbytes(end - place)
    return bytes(data)


def retold(chance: random.Random, content: Any) -> Any:
    """`content`, as of JSON, with one to three things in it replaced, left out, renamed or added."""
    content = json.loads(json.dumps(content))
    for _ in range(chance.randint(1, 3)):
        places = list(_places(content))
        if not places:
            return chance.choice(VALUES)(chance)
        holder, key = chance.choice(places)
        match chance.randrange(5):
            case 0 | 1 | 2:
                holder[key] = chance.choice(VALUES)(chance)
            case 3:
                del holder[key]
            case _ if isinstance(holder, dict):
                holder[chance.choice(("", "view", "task", "since", "\x00", "__proto__"))] = holder[key]
            case _:
                holder.append(holder[key])
    return content


def deep(chance: random.Random) -> str:
    """JSON that is nested deeper than anybody reads, closed or not."""
    depth = chance.choice((50, 500, 5_000, DEEP))
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}")))
    if len(opening) * depth > DEEP:
        depth = DEEP // len(opening) // 2
    return opening * depth + chance.choice(("", "1" + closing * depth if len(closing) * depth < DEEP // 2 else ""))


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Every place within: what holds it, and its key."""
    found: list[tuple[Any, Any]] = []
    waiting = [content]
    while waiting:
        holder = waiting.pop()
        keys = range(len(holder)) if isinstance(holder, list) else list(holder) if isinstance(holder, dict) else ()
        for key in keys:
            found.append((holder, key))
            waiting.append(holder[key])
    return found
