"""Events and tasks as the function library in Redis reads and keeps them: MessagePack around fields of JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from phloem.model.event import ARRIVAL, DESCRIPTION, LONG, OUTCOME, Event
from phloem.model.state import State
from phloem.model.task import Task

_json = msgspec.json.Encoder().encode
_msgpack = msgspec.msgpack.Encoder().encode


def pack(events: Sequence[Event]) -> bytes:
    """A batch. Raises UnicodeEncodeError for half of a surrogate pair."""
    return _msgpack([_parts(event) for event in events])


class Kept(msgspec.Struct, frozen=True):
    """A task as the function library keeps it, as far as it concerns us: fields as JSON text.

    Lua cannot tell an empty table from an empty list.
    """

    id: str
    state: State
    offset: int
    first: int
    run: str | None = None
    told: str = ""
    row: dict[str, str] | tuple[()] = ()
    long: dict[str, str] | tuple[()] = ()

    def task(self) -> Task:
        """With its long fields."""
        own = {
            "id": _text_of(self.id),
            "state": f'"{self.state}"',
            "offset": str(self.offset),
            "first_offset": str(self.first),
            "run": _text_of(self.run),
        }
        told = {
            name: _text(raw) for name, raw in _said.decode(f"{{{self.told[1:]}}}").items()
        }  # it begins with a comma
        fields = own | told | dict(self.row) | dict(self.long)
        return msgspec.json.decode("{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}", type=Task)


kept = msgspec.msgpack.Decoder(Kept)
_said = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PLACES = {
    **{name: ("first", name) for name in DESCRIPTION},
    **{name: ("set", name) for name in ARRIVAL + OUTCOME},
    **{LONG[name]: ("long_first", name) for name in DESCRIPTION if name in LONG},
    **{LONG[name]: ("long_set", name) for name in OUTCOME if name in LONG},
}
"""Where the function library looks for a field of an event, and the name that it has there."""


def _parts(event: Event) -> dict[str, Any]:
    """An event as the function library reads it: values as JSON text, so that Lua never has to understand them."""
    said = _said.decode(_json(event))
    parts: dict[str, Any] = {
        "id": event.id,
        "rank": event.rank,
        "attempt": event.attempt,
        "source": event.source,
        "seq": event.seq,
        "at": _text(said["at"]),
    }
    if event.state is not None:
        parts["state"] = event.state
    if event.run is not None:
        parts["run"] = event.run
    if event.lease is not None:
        parts["lease"] = event.lease
    if event.call is not None:
        parts["call"] = event.call
    if event.log:
        parts["log"] = [_json(value).decode() for line in event.log for value in (line.at, line.level, line.message)]
    if passed := event.passed:
        parts["passed"] = [text for state, at in passed for text in (state, _json(at).decode())]
    if event.steps is not None:
        parts["set"] = {"percent": "null"}  # steps say what is known of the whole: that nothing is known, too
    for name in ("id", "run"):
        if name in said and (text := _text(said[name])) != f'"{parts[name]}"':
            parts[f"json_{name}"] = text
    for field, value in said.items():
        if field in _PLACES:
            place, name = _PLACES[field]
            parts.setdefault(place, {})[name] = _text(value)
    return parts


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


def _text_of(value: str | None) -> str:
    return _json(value).decode()
