"""Events as the functions in Redis read them: whatever an event says reaches them."""

from __future__ import annotations

from typing import Any, get_type_hints

import msgspec
import pytest

from phloem.model.event import Event
from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Error, Line, Step
from phloem.record.encoding import encode_events

OTHERWISE: dict[str, tuple[str, object]] = {
    "known_by": ("by", KnownBy.EVENTS.rank),
    "own_label": ("latest label", '"own_label"'),
    "revoked_at": ("latest revoked_at", "12.5"),
    "log": ("log", ["7.5", '"info"', '"Sent","step":"1","run":"run"']),
    "begins": ("rank", State.RECEIVED.rank),
    "unsent": ("rank", State.LOST.rank),
    "call": ("call", "call"),
}
"""What is told under another name, or in another form than as it is or as JSON."""


def _value(name: str, kind: Any, number: int) -> Any:
    """One of the type of a field, that no other field has."""
    values: dict[Any, Any] = {
        str: name,
        float: number + 0.5,
        int: number,
        bool: True,
        bytes: name.encode(),
        State: State.PROGRESS,
        KnownBy: KnownBy.EVENTS,
        Error: Error(type=name),
        tuple[Step, ...]: (Step(key=name),),
        tuple[Line, ...]: (Line(at=7.5, level="info", message="Sent", step="1"),),
    }
    [found] = [value for each, value in values.items() if kind in (each, each | None)]
    return found


HINTS = get_type_hints(Event)
FULL = {name: _value(name, HINTS[name], number) for number, name in enumerate(Event.__struct_fields__, 1)}
FULL["revoked_at"] = 12.5


def _told(event: Event) -> dict[str, object]:
    """All that is told, by the names of fields; beside it what else the functions read."""
    [parts] = msgspec.msgpack.decode(encode_events([event]))
    found: dict[str, object] = {}
    for group in ("first", "arrival"):
        for line in parts.pop(group).splitlines():
            found |= {name: msgspec.json.encode(value).decode() for name, value in _fields(line).items()}
    for group, prefix in {"set": "", "long_first": "long_", "long_set": "long_", "latest": "latest "}.items():
        found |= {prefix + name: text for name, text in parts.pop(group).items()}
    found |= parts
    return found


def _fields(line: str) -> dict[str, object]:
    fields: dict[str, object] = msgspec.json.decode(f"{{{line[1:]}}}")
    return fields


@pytest.mark.parametrize("name", Event.__struct_fields__)
def test_every_field_of_an_event_reaches_the_functions(name: str) -> None:
    others = {each: False for each in ("begins", "unsent", "if_waits") if each != name}  # they tell the same in part
    told = _told(Event(**{**FULL, **others}))
    where, expected = OTHERWISE.get(name, (name, FULL[name]))
    assert told.get(where) in (expected, msgspec.json.encode(expected).decode())
