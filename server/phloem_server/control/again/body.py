"""The body of a task's message, by its members: those that do not change stay the bytes that they are.

Of protocol 2 the members are arguments, keyword arguments and what follows; of protocol 1, which other producers still
send, the fields of an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from kombu.exceptions import KombuError
from kombu.serialization import dumps, loads, registry

from phloem.instrument.calls.call import Call
from phloem_server.control.again.errors import CallFixed

Members = dict[Any, Any]
"""The members by their names, or by their places, as their serializer has them."""

ARGS, KWARGS, FOLLOWS = 0, 1, 2
"""Places of the members of protocol 2."""

_BLANK = re.compile(r"[ \t\r\n]*")
_JSON, _MESSAGE_PACK = "application/json", "application/x-msgpack"


class Body:
    """A body that can be read and changed."""

    def __init__(self, call: Call, members: Members) -> None:
        self._call = call
        self._members = members
        self.is_first_protocol = ARGS not in members

    @classmethod
    def of(cls, call: Call, accept: set[str]) -> Body:
        """The body of a call. `accept` holds the content types that the app takes: nothing else is ever read.

        CallFixed where it cannot be read.
        """
        kind = call.content_type
        if call.body is None or kind not in accept:
            serializer = registry.type_to_name.get(kind, kind or "no named type")
            raise CallFixed(
                f"Its message is {serializer}, which the app of this server does not accept (accept_content), so "
                "nothing in it can be changed."
            )
        try:
            members = _SPLIT.get(kind, _whole)(call)
        except (KombuError, msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise _unreadable(error) from error
        if not (len(members) > FOLLOWS and ARGS in members) and "args" not in members and "kwargs" not in members:
            raise CallFixed("Its message has another form than those of Celery, so nothing in it can be changed.")
        return cls(call, members)

    @property
    def fields(self) -> set[str]:
        """Names of the fields of protocol 1; none of protocol 2."""
        return set(self._members) if self.is_first_protocol else set()

    def arguments(self) -> tuple[Any, Any]:
        """The arguments as a worker gets them. CallFixed where they cannot be read here."""
        names = ("args", "kwargs") if self.is_first_protocol else (ARGS, KWARGS)
        return self.value(names[0], ()), self.value(names[1], {})

    def follows(self) -> dict[str, Any]:
        """What follows, by kind, as signatures."""
        if self.is_first_protocol:
            return {
                name: self.value(name, None) for name in ("callbacks", "errbacks", "chord") if name in self._members
            }
        found = self.value(FOLLOWS, None)
        return dict(found) if isinstance(found, Mapping) else {}

    def value(self, member: Any, default: Any) -> Any:
        """A member as a worker gets it. CallFixed where it cannot be read here."""
        if member not in self._members:
            return default
        raw = self._members[member]
        if self._call.content_type not in _SPLIT:
            return raw
        try:
            return loads(bytes(raw), self._call.content_type, self._call.content_encoding, force=True)
        except (KombuError, ValueError, RecursionError) as error:
            raise _unreadable(error) from error

    def changed(self, members: Mapping[Any, Any]) -> bytes:
        """The body with other values of these members. CallFixed where its serializer cannot take one."""
        try:
            written = {member: self._write(value) for member, value in members.items()}
            together = self._members | written
            if self._call.content_type in _JOIN:
                return _JOIN[self._call.content_type](together, self.is_first_protocol)
            value = together if self.is_first_protocol else tuple(together[place] for place in sorted(together))
            return _encoded(value, self._call.content_type)
        except (KombuError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise CallFixed(f"Its serializer cannot take that: {error}.") from error

    def _write(self, value: Any) -> Any:
        if self._call.content_type not in _SPLIT:
            return value
        return _encoded(value, self._call.content_type)


def _unreadable(error: Exception) -> CallFixed:
    reason = " ".join(str(error).split())[:300]
    return CallFixed(
        f"This server cannot read its message ({type(error).__name__}: {reason}), so nothing in it can be changed."
    )


def _encoded(value: Any, content_type: str) -> bytes:
    encoded = dumps(value, serializer=registry.type_to_name[content_type])[2]
    return encoded.encode() if isinstance(encoded, str) else bytes(encoded)


def _whole(call: Call) -> Members:
    """Members of a body that can only be read as a whole."""
    value = loads(call.body, call.content_type, call.content_encoding, force=True)
    return _members(value)


def _json(call: Call) -> Members:
    text = (call.body or b"").decode()
    found, at = {}, _skip(text, 0)
    opened = text[at : at + 1]
    if opened not in ("[", "{"):
        raise ValueError("it holds neither a list nor an object")
    end, number = "]" if opened == "[" else "}", 0
    at = _skip(text, at + 1)
    while text[at : at + 1] != end:
        name: Any = number
        if opened == "{":
            name, at = _scanner.raw_decode(text, at)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                raise ValueError(f"a colon is missing at {at}")
            at = _skip(text, at + 1)
        start = at
        _, at = _scanner.raw_decode(text, at)
        found[name], number = text[start:at].encode(), number + 1
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != end:
            raise ValueError(f"a comma is missing at {at}")
    return found


def _json_joined(members: Members, named: bool) -> bytes:
    if named:
        pairs = (json.dumps(name).encode() + b": " + raw for name, raw in members.items())
        return b"{" + b", ".join(pairs) + b"}"
    return b"[" + b", ".join(members[place] for place in sorted(members)) + b"]"


def _message_pack(call: Call) -> Members:
    return _members(_packed.decode(call.body or b""))


def _message_packed(members: Members, named: bool) -> bytes:
    raw = {name: msgspec.Raw(bytes(each)) for name, each in members.items()}
    return msgspec.msgpack.encode(raw if named else [raw[place] for place in sorted(raw)])


def _members(value: Any) -> Members:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    raise ValueError("it holds neither a list nor an object")


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


_scanner = json.JSONDecoder()
_packed = msgspec.msgpack.Decoder(list[msgspec.Raw] | dict[str, msgspec.Raw])
_SPLIT: dict[str, Callable[[Call], Members]] = {_JSON: _json, _MESSAGE_PACK: _message_pack}
_JOIN: dict[str, Callable[[Members, bool], bytes]] = {_JSON: _json_joined, _MESSAGE_PACK: _message_packed}
