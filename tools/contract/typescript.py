"""Writes types in TypeScript, formatted as the page's other sources are."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from phloem.model.state import RANKS, State
from tools.contract import subject
from tools.contract.records import Field, constant, record

_WIDTH = 100
_DEFINED = re.compile(r"^export (?:interface|type|const) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)
_NAME = re.compile(r"\w+")
_TOTALS = "export type Totals = Readonly<Partial<Record<State, number>>>;"
_PLAIN: Mapping[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    NoneType: "null",
    Any: "unknown",
    State: "State",
}


def generated() -> dict[str, str]:
    """The modules of frontend/src/contract/generated, by name."""
    boards = _interface("Boards", [_member(*item) for item in _boards()])
    modules = {
        "task": [
            _states(),
            *_types(subject.TASK),
            *_types(subject.RECORD),
            _documented("How many tasks are in each state.", _TOTALS),
        ],
        "messages": [
            *_types(subject.QUERY, optional=True),
            *_types(subject.TO_SERVER, optional=True),
            *_types(subject.TO_CLIENT),
            *_types(subject.PAGE),
        ],
        "boards": [*_types(subject.BOARD_PARTS), _documented("The boards, by name.", boards)],
        "call": _types(subject.CALL),
        "mailbox": _types(subject.MAILBOX),
        "access": _types(subject.ACCESS),
        "limits": [_limits()],
    }
    defined = {name: module for module, parts in modules.items() for name in _DEFINED.findall("\n\n".join(parts))}
    written = {module: _module(_imports(module, parts, defined), *parts) for module, parts in modules.items()}
    return {**written, "index": _module("\n".join(f'export * from "./{module}";' for module in sorted(modules)))}


def _module(*parts: str) -> str:
    head = _comment(
        "The contract of the server and its clients, as the server's types have it.",
        "",
        "Written by bin/contract: what is changed here by hand is lost. Times are Unix seconds, unknown is null.",
    )
    return "\n\n".join([head, *filter(None, parts)]) + "\n"


def _imports(module: str, parts: Sequence[str], defined: Mapping[str, str]) -> str:
    """Imports of what other modules define: `defined` has the module of each name."""
    used = set(_NAME.findall(_COMMENT.sub("", "\n".join(parts))))
    sources: dict[str, list[str]] = {}
    for name in sorted(used & defined.keys()):
        if defined[name] != module:
            sources.setdefault(defined[name], []).append(name)
    return "\n".join(
        f'import type {{ {", ".join(names)} }} from "./{source}";' for source, names in sorted(sources.items())
    )


def embedded() -> str:
    """The part of frontend/public/embed.d.ts about a task."""
    union = "\n".join(f'  | "{state}"' for state in State)
    return "\n\n".join([f"export type State =\n{union};", *_types(subject.TASK, more="Task")])


def _states() -> str:
    groups = (
        _documented(constant("phloem.model.state", name).text, _array(name, [s for s in State if s in states], "State"))
        for name, states in subject.GROUPS.items()
    )
    ranks = "\n".join(f"  {state}: {RANKS[state]}," for state in State)
    return "\n\n".join(
        [
            _array("STATES", list(State)),
            "export type State = (typeof STATES)[number];",
            _documented(
                constant("phloem.model.state", "RANKS").text,
                f"export const RANKS: Readonly<Record<State, number>> = {{\n{ranks}\n}};",
            ),
            *groups,
        ]
    )


def _array(name: str, values: Sequence[str], of: str = "") -> str:
    typed, end = (f": readonly {of}[]", "") if of else ("", " as const")
    items = [f'"{value}"' for value in values]
    line = f"export const {name}{typed} = [{', '.join(items)}]{end};"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"export const {name}{typed} = [", *(f"  {item}," for item in items), f"]{end};"])


def _limits() -> str:
    written = []
    for name, (module, own) in subject.LIMITS.items():
        limit = constant(module.__name__, own)
        written.append(_documented(limit.text, f"export const {name} = {limit.value};"))
    return "\n\n".join(written)


def _boards() -> Iterator[tuple[str, str]]:
    for name, kind in subject.BOARDS.items():
        yield f"readonly {name}: {subject.NAMES[kind]};", ""


def _types(kinds: Mapping[str, type[msgspec.Struct]], *, optional: bool = False, more: str = "") -> list[str]:
    """Each type. `optional`: clients write it, so what has a default may be left out. `more`: the one that may grow."""
    written = []
    for name, kind in kinds.items():
        known = record(kind)
        if known.is_list:
            members = [_member(f"{each.name}: {_type(each.hint)},", each.text) for each in known.fields]
            body = f"export type {name} = readonly [\n" + "\n".join(members) + "\n];"
        else:
            members = [
                _member(f"readonly {_property(kind, each, optional=optional)};", each.text) for each in known.fields
            ]
            if name == more:
                members.append("  readonly [field: string]: unknown;")
            body = _interface(name, members)
        written.append(_documented(known.text, body))
    return written


def _property(kind: type[msgspec.Struct], field: Field, *, optional: bool) -> str:
    if (narrower := subject.NARROWER.get((kind, field.name))) is not None:
        written = narrower
    elif optional and not field.required:
        written = _type(_without(field.hint, NoneType))
    else:
        written = _type(_without(field.hint, msgspec.UnsetType))
    left_out = (optional and not field.required) or msgspec.UnsetType in get_args(field.hint)
    return f"{field.name}{'?' if left_out else ''}: {written}"


def _without(hint: Any, kind: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return Union[tuple(each for each in get_args(hint) if each is not kind)]  # noqa: UP007  # of types that are computed


def _type(hint: Any) -> str:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return " | ".join(f'"{value}"' for value in _values(arguments[1:])) or _type(arguments[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(map(_type, arguments)))  # int and float are one type there
    if origin is tuple and arguments[-1] is not Ellipsis:
        return f"readonly [{', '.join(map(_type, arguments))}]"
    if origin is tuple:
        of = _type(arguments[0])
        return f"readonly ({of})[]" if " " in of and not of.startswith("Readonly<") else f"readonly {of}[]"
    if origin is dict:
        return f"Readonly<Record<{_type(arguments[0])}, {_type(arguments[1])}>>"
    return subject.NAMES[hint]


def _values(annotations: Sequence[Any]) -> list[str]:
    """The values that a field can have, where its annotation lists them."""
    schemas = [each.extra_json_schema or {} for each in annotations if isinstance(each, msgspec.Meta)]
    return [value for schema in schemas for value in schema.get("enum", ())]


def _interface(name: str, members: Sequence[str]) -> str:
    return "\n".join([f"export interface {name} {{", *members, "}"])


def _member(line: str, text: str) -> str:
    return textwrap.indent(_documented(text, line), "  ")


def _documented(text: str, code: str) -> str:
    return f"{_comment(text, indent=2)}\n{code}" if text else code


def _comment(*lines: str, indent: int = 0) -> str:
    """A comment for tools that show it beside the name. `indent`: the room that will stand before it."""
    texts = [line.replace("*/", "* /") for line in lines]
    if len(texts) == 1 and len(texts[0]) + indent + len("/**  */") <= _WIDTH:
        return f"/** {texts[0]} */"
    wrapped = [part for text in texts for part in textwrap.wrap(text, _WIDTH - indent - 3) or [""]]
    return "\n".join(["/**", *(f" * {part}".rstrip() for part in wrapped), " */"])
