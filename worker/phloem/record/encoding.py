"""Events and tasks as the functions in Redis read and keep them: MessagePack around fields of JSON text."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from phloem.model.event import ARRIVAL, DESCRIPTION, LATEST, LONG, OUTCOME, PASSED, Event
from phloem.model.state import State
from phloem.model.task import Error, Line, Task, Try
from phloem.model.tries import present_try, with_tries


class StoredTask(msgspec.Struct, frozen=True):
    """A task as the functions keep it, without their bookkeeping. The values of fields are JSON text.

    `told` is the joined fields that describe the task and its run, beginning with a comma. `row` holds the fields that
    change in a run, `long` the long forms. An empty Lua table arrives as an empty list. `tries` are those that are
    over; while `kept`, the row shows what came of the last of them. `tried_at` is when the try of the row ended.
    """

    id: str
    state: State
    offset: int
    first: int
    known: str = "null"
    run: str | None = None
    told: str = ""
    row: dict[str, str] | tuple[()] = ()
    long: dict[str, str] | tuple[()] = ()
    tries: tuple[dict[str, str], ...] = ()
    left_out: int = 0
    kept: bool = False
    tried_at: str | None = None

    def task(self) -> Task:
        """The task with its long fields."""
        own = {
            "id": _json_text(self.id),
            "state": f'"{self.state}"',
            "offset": str(self.offset),
            "first_offset": str(self.first),
            "known_at": self.known,
            "run": _json_text(self.run),
        }
        told = {name: _text(raw) for name, raw in _raw_fields.decode(f"{{{self.told[1:]}}}").items()}
        task = _task.decode(_object(own | told | dict(self.row) | dict(self.long)))
        return with_tries(task, [_try.decode(_object(each)) for each in self.tries], self.left_out, self._present(task))

    def _present(self, task: Task) -> Try | None:
        if self.kept:
            return None
        short = dict(self.row).get("error")
        error = None if short is None else _error.decode(short)
        return present_try(task, error, None if self.tried_at is None else float(self.tried_at))


_json, _lines = msgspec.json.Encoder().encode, msgspec.json.Encoder().encode_lines
_msgpack = msgspec.msgpack.Encoder().encode
_raw_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_stored = msgspec.msgpack.Decoder(StoredTask)
_task = msgspec.json.Decoder(Task)
_try = msgspec.json.Decoder(Try)
_error = msgspec.json.Decoder(Error)

_FIRST_NAMES = (*(name for name in DESCRIPTION if name != "priority"), "priority")
"""What describes a task, in the order in which all tell it, so that one text begins another that knows more: a worker
alone knows the priority of a message that names none."""

_TOLD = ("at", "id", "run", *_FIRST_NAMES, *ARRIVAL, *OUTCOME)
"""Fields of an event that are sent as JSON text."""

_LABELS = tuple(f',"{name}":' for name in _TOLD)

_told_by, _long_of = operator.attrgetter(*_TOLD), operator.attrgetter(*LONG.values())
_NO_LONG = (None,) * len(LONG)

_FIRST = slice(3, 3 + len(_FIRST_NAMES))
_ARRIVAL = slice(_FIRST.stop, _FIRST.stop + len(ARRIVAL))
_OUTCOME = slice(_ARRIVAL.stop, None)
_RUN = slice(_ARRIVAL.start, None)
_NO_RUN = ["null"] * len(ARRIVAL + OUTCOME)
"""Texts of an event that tells nothing of how a run came about, and of what came of it: as that a task was sent."""

_PASSED = tuple((_TOLD.index(name), state, state.rank) for name, state in PASSED.items())

_UNTOLD = "null"


def _object(fields: Mapping[str, str]) -> str:
    """Fields of JSON text as an object."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"


def encode_events(events: Sequence[Event]) -> bytes:
    """A batch of events as the functions read it. Raises UnicodeEncodeError for half of a surrogate pair."""
    return _msgpack([_parts(event) for event in events])


def decode_task(stored: bytes) -> Task:
    """A task, with its long fields, from what the functions keep."""
    return _stored.decode(stored).task()


def _parts(event: Event) -> dict[str, Any]:
    """An event as the functions read it: values are JSON text, so that Lua never has to understand them."""
    texts = _lines(_told_by(event))[:-1].decode().split("\n")  # one call of msgspec writes all
    at, own_id, run = texts[:3]
    rank = event.rank
    parts: dict[str, Any] = {
        "id": event.id,
        "rank": rank,
        "attempt": event.attempt,
        "source": event.source,
        "seq": event.seq,
        "at": at,
    }
    if event.state is not None:
        parts["state"] = event.state
    if event.run is not None:
        parts["run"] = event.run
        if run != f'"{event.run}"':
            parts["json_run"] = run
    if own_id != f'"{event.id}"':
        parts["json_id"] = own_id
    if event.lease is not None:
        parts["lease"] = event.lease
    if event.if_waits:
        parts["if_waits"] = True
    if event.known_by is not None:
        parts["by"] = event.trust
    if event.call is not None:
        parts["call"] = _bytes(event.call)
    if event.own_label is not None or event.revoked_at is not None:
        latest = {"label": event.own_label, **{name: getattr(event, name) for name in LATEST}}
        parts["latest"] = {name: _json_text(value) for name, value in latest.items() if value is not None}
    if event.log:
        named = event.run if event.attempt else None  # readers take a line without one for one of the first run
        parts["log"] = [
            text for line in event.log for text in (_json_text(line.at), _json_text(line.level), _said(line, named))
        ]
    if rank:
        passed = [(state, texts[i]) for i, state, before in _PASSED if before < rank and texts[i] != _UNTOLD]
        if passed:
            parts["passed"] = [text for each in passed for text in each]
    # Most events are about a task and a run that others have described.
    if first := _joined(_FIRST, texts):
        parts["first"] = first
    if texts[_RUN] != _NO_RUN:
        if arrival := _joined(_ARRIVAL, texts):
            parts["arrival"] = arrival
        told = {name: text for name, text in zip(OUTCOME, texts[_OUTCOME], strict=True) if text != _UNTOLD}
        if event.steps is not None:  # they tell all that is known of the whole, also that nothing is
            told.setdefault("percent", _UNTOLD)
        if told:
            parts["set"] = told
    if (long := _long_of(event)) != _NO_LONG:
        for name, value in zip(LONG, long, strict=True):
            if value is not None:
                parts.setdefault("long_first" if name in DESCRIPTION else "long_set", {})[name] = _json_text(value)
    return parts


def _said(line: Line, run: str | None) -> str:
    """The message of a line as JSON text, and behind it what else its entry of the log holds."""
    text = _json_text(line.message)
    if run is None and line.step is None and line.fields is None:  # as of most
        return text
    for name, value in (("step", line.step), ("run", run), ("fields", line.fields)):
        if value:
            text += f',"{name}":{_json_text(value)}'
    return text


def _joined(part: slice, texts: Sequence[str]) -> str:
    """Fields as the functions join those of a task, see `task/task.lua`."""
    labelled = zip(_LABELS[part], texts[part], strict=True)
    return "".join([f"{label}{text}\n" for label, text in labelled if text != _UNTOLD])


def _bytes(value: bytes) -> msgspec.Raw:
    """Bytes as a text of MessagePack: Redis does not know its type for bytes, and takes any bytes as text."""
    return msgspec.Raw(b"\xdb" + len(value).to_bytes(4, "big") + value)


def _text(raw: msgspec.Raw) -> str:
    return str(raw, "utf-8")


def _json_text(value: object) -> str:
    return _json(value).decode()
