"""Writes the tables of docs/contract.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from phloem.model.state import State
from phloem_server.live import protocol
from tools.contract import subject
from tools.contract.codes import codes
from tools.contract.records import Field, member_texts, record

_GROUPS = {"WAITING": "waits", "RUNNING": "runs", "ENDED": "has ended"}
_PLAIN: Mapping[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    Any: "object",
    State: "string",
    NoneType: "null",
}


def tables() -> dict[str, str]:
    """The tables, by the names that their markers have."""
    return {
        "states": _states(),
        "messages": _messages(),
        "codes": _codes(),
        **{name: _fields(record(kind).fields) for name, kind in subject.TABLES.items()},
    }


def _states() -> str:
    groups = {each: _GROUPS[name] for name, states in subject.GROUPS.items() for each in states}
    texts = member_texts(State)
    return _table(
        "state | the task | meaning", ((f"`{s}`", groups.get(s, "waits to be retried"), texts[s]) for s in State)
    )


def _messages() -> str:
    return _table(
        "message | direction | content | meaning",
        (
            (f"`{name}`", direction, f"`{{{', '.join(map(_short, record(kind).fields))}}}`", record(kind).text)
            for direction, kinds in (("to the server", protocol.TO_SERVER), ("to the client", protocol.TO_CLIENT))
            for name, kind in kinds.items()
        ),
    )


def _codes() -> str:
    return _table(
        "code | HTTP | Socket.IO | meaning",
        (
            (
                f"`{code.name}`",
                str(code.status or ("" if code.in_refusals else "other")),
                "" if not code.in_refusals else "with `again`" if code.temporary else "yes",
                code.text,
            )
            for code in codes()
        ),
    )


def _short(field: Field) -> str:
    is_list = any(get_origin(each) is tuple for each in (field.hint, *get_args(field.hint)))
    return f"{field.name}{'[]' if is_list else ''}{'?' if _left_out(field.hint) else ''}"


def _fields(fields: Iterable[Field]) -> str:
    return _table("field | type | meaning", ((f"`{each.name}`", _type(each.hint), each.text) for each in fields))


def _table(head: str, rows: Iterable[Iterable[str]]) -> str:
    columns = head.count("|") + 1
    lines = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join([f"| {head} |", "|---" * columns + "|", *(f"| {line} |" for line in lines)])


def _left_out(hint: Any) -> bool:
    return msgspec.UnsetType in get_args(hint)


def _type(hint: Any) -> str:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return "string"
    if origin in (Union, UnionType):
        return " or ".join("left out" if each is msgspec.UnsetType else _type(each) for each in arguments)
    if origin is tuple and arguments[0] is Any:
        return "list"
    if origin is tuple:
        return f"list of {'lists' if get_origin(arguments[0]) is tuple else f'{_type(arguments[0])}s'}"
    return "object"
