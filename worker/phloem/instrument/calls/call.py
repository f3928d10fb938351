"""The call of a task, kept so that it can be run again: its message as the broker had it.

What is kept is never taken apart to be put together anew: a date, a set or a pickled object would not come back as what
it was.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from kombu.utils import json

from phloem.errors import PhloemError
from phloem.instrument.messages.headers import OURS
from phloem.record.record import CALL_LIMIT_BYTES

PROPERTIES = frozenset(
    {
        "correlation_id",
        "reply_to",
        "delivery_mode",
        "priority",
        "expiration",
        "message_id",
        "timestamp",
        "type",
        "app_id",
    }
)
"""Properties that a message is sent again with. The others belong to one delivery, or to a connection."""

NAMES = 20
"""Tasks that follow which are named, at most, in each kind."""

_OWN = ""
"""Stands for the task's own id in what is kept: another run gets another."""

IDS = frozenset({"id", "root_id", "correlation_id"})
"""Under which names a message holds the id of its task."""

_USUAL: Mapping[str, Any] = {
    "lang": "py",
    "id": _OWN,
    "shadow": None,
    "eta": None,
    "expires": None,
    "group": None,
    "group_index": None,
    "retries": 0,
    "timelimit": [None, None],
    "root_id": _OWN,
    "parent_id": None,
    "ignore_result": False,
    "replaced_task_nesting": 0,
    "stamped_headers": None,
    "stamps": {},
}
"""Headers that most messages of Celery have, with the values that they mostly have: left out, they take no room."""

FOLLOW = ("chain", "callbacks", "errbacks", "chord")
"""Under which names a message holds what follows its task."""

_TEXT = frozenset({str})
_PLAIN = frozenset({str, int, bool, type(None)})

_REST = ""  # the name of a header that stands for those


class CallUnreadable(PhloemError):
    """What is kept of a call is no call."""

    code = "call_not_kept"


class Follows(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the tasks that a message makes follow its own, in the order in which they run."""

    chain: tuple[str, ...] = ()
    """What runs after it, one after the other."""

    callbacks: tuple[str, ...] = ()
    """What its success calls."""

    errbacks: tuple[str, ...] = ()
    """What its failure calls."""

    chord: tuple[str, ...] = ()
    """What runs once all members of its chord, of which it is one, have ended."""

    def __bool__(self) -> bool:
        return bool(self.chain or self.callbacks or self.errbacks or self.chord)


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A message. `headers` and `properties` are JSON, in which "" stands for the task's own id.

    Without a `body` it cannot be sent again, and `refusal` says why.
    """

    name: str
    headers: str
    properties: str
    content_type: str
    content_encoding: str
    exchange: str
    routing_key: str
    body: bytes | None = None
    refusal: str | None = None
    embedded: Follows | None = None

    @property
    def follows(self) -> Follows:
        """What follows it."""
        return self.embedded or Follows()

    def headers_for(self, task_id: str) -> dict[str, Any]:
        """The headers for a message of this id."""
        return _read(self.headers, task_id)

    def properties_for(self, task_id: str) -> dict[str, Any]:
        """The properties for a message of this id."""
        return _read(self.properties, task_id)


_json_encode = msgspec.json.Encoder().encode
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Call)


def kept(message: Any, task_id: str, name: str, *, hidden: bool = False) -> bytes:
    """The call in a message that a worker received, as the record keeps it.

    Of one whose sender has `hidden` something of the arguments, only that is kept. Never raises for what is in the
    message: a call that cannot be kept says why.
    """
    arrived = message.delivery_info or {}
    body, refusal = _body(message), None
    headers = properties = "{}"
    try:
        headers = _written(message.headers, task_id, OURS.__contains__)
        properties = _written(message.properties, task_id, _is_of_delivery)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        refusal = f"A header of its message cannot be kept ({type(error).__name__}: {error})."
    size = len(body or b"") + len(headers)
    if hidden:
        refusal = "Its sender chose texts to be shown that hide something of its arguments, so they were not kept."
    elif body is None:
        refusal = f"The body of its message is of type {type(message.body).__name__}, which cannot be kept."
    elif size > CALL_LIMIT_BYTES:
        refusal = f"Its message has {size:,} bytes; up to {CALL_LIMIT_BYTES:,} are kept."
        headers = headers if len(headers) <= CALL_LIMIT_BYTES else "{}"
    return _encoder.encode(
        Call(
            name=name,
            headers=headers,
            properties=properties,
            content_type=str(message.content_type or ""),
            content_encoding=str(message.content_encoding or ""),
            exchange=str(arrived.get("exchange") or ""),
            routing_key=str(arrived.get("routing_key") or ""),
            body=body if refusal is None else None,
            refusal=refusal,
            embedded=_follows(message) or None,
        )
    )


def arguments(message: Any) -> tuple[Any, Any]:
    """The arguments in a message; None where they cannot be told."""
    try:
        payload = message.payload
    except Exception:  # noqa: BLE001  # of its serializer, or code of the application; the task has not begun
        return None, None
    if isinstance(payload, Mapping):
        return payload.get("args"), payload.get("kwargs")
    return (payload[0], payload[1]) if isinstance(payload, list | tuple) and len(payload) > 1 else (None, None)


def read(held: bytes) -> Call:
    """A call from what the record keeps. CallUnreadable."""
    try:
        return _decoder.decode(held)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CallUnreadable(f"What was kept of its call cannot be read: {error}.") from error


def _body(message: Any) -> bytes | None:
    body = message.body
    if isinstance(body, str):
        try:
            return body.encode(message.content_encoding or "utf-8")
        except (LookupError, UnicodeEncodeError):
            return None
    return bytes(body) if isinstance(body, bytes | bytearray | memoryview) else None


def _follows(message: Any) -> Follows:
    """What follows, by the message that its worker has read already."""
    try:
        payload = message.payload
    except Exception:  # noqa: BLE001  # of its serializer, or code of the application; the task has not begun
        return Follows()
    embedded = payload[2] if isinstance(payload, list | tuple) and len(payload) > 2 else payload
    if not isinstance(embedded, Mapping) or not any(map(embedded.get, FOLLOW)):
        return Follows()
    chain = embedded.get("chain")
    chain = chain[::-1] if isinstance(chain, list | tuple) else ()
    return Follows(
        chain=_names(chain),
        callbacks=_names(embedded.get("callbacks")),
        errbacks=_names(embedded.get("errbacks")),
        chord=_names(embedded.get("chord") or next(filter(None, map(_chord_of, chain)), None)),
    )


def _chord_of(signature: Any) -> Any:
    """The chord that a signature is a member of: where a chain is, its last task says so."""
    options = signature.get("options") if isinstance(signature, Mapping) else None
    return options.get("chord") if isinstance(options, Mapping) else None


def _names(signatures: Any) -> tuple[str, ...]:
    """Names of the tasks of signatures, and of those within them; at most NAMES, and then how many more."""
    if not isinstance(signatures, list | tuple):
        signatures = [signatures] if signatures else []
    names = [name for each in signatures for name in _within(each)]
    more = len(names) - NAMES
    return tuple(names[:NAMES]) + ((f"{more:,} more",) if more > 0 else ())


def _within(signature: Any, depth: int = 4) -> list[str]:
    if not isinstance(signature, Mapping):
        return [str(signature)]
    name, held = str(signature.get("task")), signature.get("kwargs")
    if not name.startswith("celery.") or not isinstance(held, Mapping) or depth == 0:
        return [name]
    parts = [held.get("tasks"), held.get("header"), held.get("body")]
    flat = [each for part in parts for each in (part if isinstance(part, list | tuple) else [part]) if each]
    return [found for each in flat for found in _within(each, depth - 1)] or [name]


def _is_of_delivery(name: object) -> bool:
    return name not in PROPERTIES


def _written(fields: Mapping[str, Any], task_id: str, left_out: Callable[[object], bool]) -> str:
    kept: dict[str, Any] = {}
    has_usual = _USUAL.keys() <= fields.keys()
    plain = True
    for key, value in fields.items():
        if left_out(key):
            continue
        if key in IDS and str(value) == task_id:
            value = _OWN  # what is kept of it
        if has_usual and key in _USUAL and _is(value, _USUAL[key]):
            continue
        kept[key] = value
        plain = plain and (type(value) in _PLAIN or _is_plain(value)) and type(key) is str
    if has_usual:
        kept[_REST] = True
    if plain:  # msgspec is many times as fast, and would write a date as a text like any other
        with contextlib.suppress(OverflowError, UnicodeEncodeError):
            return _json_encode(kept).decode()
    return str(json.dumps(kept, separators=(",", ":")))


def _read(text: str, task_id: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(text)
    if fields.pop(_REST, False):
        fields = {**copy.deepcopy(_USUAL), **fields}
    return fields | {key: task_id for key in IDS if fields.get(key) == _OWN}


def _is(value: Any, usual: Any) -> bool:
    return value is usual or (type(value) is type(usual) and bool(value == usual))


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is dict:
        return {*map(type, value)} <= _TEXT and all(map(_is_plain, value.values()))
    return kind is list and all(map(_is_plain, value))
