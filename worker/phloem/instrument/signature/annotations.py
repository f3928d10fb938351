"""Type annotations as types that msgspec checks, and that JSON Schema can express."""

from __future__ import annotations

from collections.abc import Collection
from inspect import Parameter
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta


def checked_type(annotation: object, namespace: dict[str, Any]) -> Any:
    """The type that an annotation stands for, with its names looked up in `namespace`.

    Any where there is no annotation, or none that JSON Schema can express.
    """
    if annotation is Parameter.empty:
        return Any
    try:
        # One by one: a name that only the type checker imports spoils no other parameter.
        holder = SimpleNamespace(__annotations__={"it": annotation})
        hint = harmless(get_type_hints(holder, namespace, include_extras=True)["it"])
        msgspec.json.schema_components([hint])
    except Exception:  # noqa: BLE001  # evaluating the annotation runs code of the task's module
        return Any
    return hint


def harmless(hint: Any, beside_container: bool = False) -> Any:
    """The same type; beside a container in a union, the pattern of a text is in the schema and is not checked.

    msgspec 0.22 corrupts memory, and so ends the process, once it has read a union of a text that has a pattern with
    a container: `Annotated[str, Meta(pattern="a+")] | list[str]`. Within classes it does not.
    """
    origin, arguments = _parts(hint)
    if origin is Annotated:
        inner = harmless(arguments[0], beside_container)
        return Annotated[(inner, *(_unchecked(note) if beside_container else note for note in arguments[1:]))]
    beside_container = origin is Union and (beside_container or _has_container(hint))
    safe = tuple(harmless(each, beside_container) for each in arguments)
    return hint if safe == arguments else origin[safe]


def _has_container(hint: Any) -> bool:
    """Whether a type is a container, or a union with one."""
    origin, arguments = _parts(hint)
    if origin is Annotated:
        return _has_container(arguments[0])
    if origin is Union:
        return any(map(_has_container, arguments))
    return isinstance(origin, type) and issubclass(origin, Collection) and not issubclass(origin, str | bytes)


def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type's origin and its arguments: `list` and `(int,)`. An alias, or a NewType, is the type that it names."""
    while (named := getattr(hint, "__supertype__", getattr(hint, "__value__", None))) is not None:
        hint = named
    origin = get_origin(hint) or hint
    return Union if origin is UnionType else origin, get_args(hint)


def _unchecked(note: object) -> object:
    """Metadata whose pattern, if there is one, is only written into the schema."""
    if not isinstance(note, Meta) or note.pattern is None:
        return note
    rest = {name: value for name, value in note.__rich_repr__() if name != "pattern"}
    return Meta(**{**rest, "extra_json_schema": {"pattern": note.pattern, **(note.extra_json_schema or {})}})


def without_words(hint: Any) -> Any:
    """The same type without what its metadata adds to its schema alone. Within classes it stays."""
    origin, arguments = _parts(hint)
    if origin is Annotated:
        notes = (_wordless(note) for note in arguments[1:])
        return Annotated[(without_words(arguments[0]), *notes)]
    plain = tuple(without_words(each) for each in arguments)
    return hint if plain == arguments else origin[plain]


def _wordless(note: object) -> object:
    if not isinstance(note, Meta) or note.extra_json_schema is None:
        return note
    return Meta(**{name: value for name, value in note.__rich_repr__() if name != "extra_json_schema"})
