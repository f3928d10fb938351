"""Reads a type of the contract: its fields, their types and defaults, and the text below each of them.

Texts are the string literals that follow a field or a constant. Python drops them when it compiles, so they cost
nothing where the types are used; here they are read from the source.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, get_type_hints

import msgspec

from phloem_server.mirror.scope import Scope

_UNIT = re.compile(r"(?i:\b(seconds|units|messages a second)\b)|\b0 to 100\b")
"""What the text of a number with a fraction has to name."""

_CONSTANT = re.compile(r"\{(?:([a-z_.]+)\.)?([A-Z_]+)\}")
"""In a text: a constant of the same module, or of the module of ours whose name comes before it."""


class Undescribed(Exception):
    """Something has no text that says what it is, or none that says its unit."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field as it is in JSON. `hint` is its type; without `required`, a sender may leave it out."""

    name: str
    hint: Any
    required: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """A type of the contract. `is_list` says that its JSON is a list of its fields' values."""

    text: str
    fields: tuple[Field, ...]
    is_list: bool


@dataclass(frozen=True, kw_only=True)
class Constant:
    """A limit or another number, and what it bounds."""

    value: float
    text: str


def record(kind: type[msgspec.Struct]) -> Record:
    """Reads a type. Raises Undescribed."""
    hints = get_type_hints(kind, include_extras=True)
    fields = []
    for field in msgspec.structs.fields(kind):
        hint, owner = hints[field.name], _defines(kind, field.name)
        place = f"{owner.__name__}.{field.name}"
        if Scope in _parts(hint):  # which no message contains
            continue
        text = _text(owner.__module__, place)
        if float in _parts(hint) and not _UNIT.search(text):
            raise Undescribed(f"{owner.__module__}: {place} is a number, and the text below it names no unit: {text}")
        fields.append(Field(name=field.encode_name, hint=hint, required=field.required, text=text))
    is_list = kind.__struct_config__.array_like
    return Record(text=first_paragraph(kind.__doc__ or ""), fields=tuple(fields), is_list=is_list)


def constant(module: str, name: str) -> Constant:
    """Reads a number. Raises Undescribed."""
    return Constant(value=getattr(sys.modules[module], name), text=_text(module, name))


def member_texts(kind: type[Enum]) -> Mapping[str, str]:
    """The texts below the members of an enumeration. Raises Undescribed."""
    return {name: _text(kind.__module__, f"{kind.__name__}.{name}") for name in kind.__members__}


def _defines(kind: type, name: str) -> type:
    """The type that a field of `kind` comes from: itself, or a base."""
    return next(base for base in kind.__mro__ if name in inspect.get_annotations(base))


def _text(module: str, name: str) -> str:
    """The text below something, in one line, with the constants that it names. Raises Undescribed."""
    text = _texts(module).get(name)
    if text is None:
        raise Undescribed(f"{module}: {name} has no text below it that says what it is.")
    return _CONSTANT.sub(lambda match: _value(match[1] or module, match[2]), first_paragraph(text))


@cache
def _texts(module: str) -> Mapping[str, str]:
    """The texts of one module, by "NAME" for its constants and "CLASS.FIELD" for fields."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    found = dict(_described(tree.body))
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            found.update((f"{statement.name}.{name}", text) for name, text in _described(statement.body))
    return found


def _described(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, after in itertools.pairwise(body):
        match statement, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, text


def _value(module: str, name: str) -> str:
    """A constant of a module of ours. Raises Undescribed where there is none, or more than one module of that name."""
    found = [
        each for each in sys.modules if each == module or (each.startswith("phloem") and each.endswith(f".{module}"))
    ]
    if len(found) != 1 or not hasattr(sys.modules[found[0]], name):
        raise Undescribed(f"A text names {module}.{name}, which is not a constant of exactly one module.")
    return f"{getattr(sys.modules[found[0]], name):,}"


def first_paragraph(text: str) -> str:
    return " ".join(inspect.cleandoc(text).partition("\n\n")[0].split())


def _parts(hint: Any) -> set[Any]:
    """All types that a hint is made of, fields of other records aside."""
    return {hint}.union(*(_parts(each) for each in getattr(hint, "__args__", ())))
