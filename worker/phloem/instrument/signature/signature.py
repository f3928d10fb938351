"""The arguments of a task: their JSON Schema, and a check of given ones against it.

Both come from the function itself: its signature, its type hints and its docstring.

    signature = Signature.of(resize)
    signature.schema["properties"]["width"]     # {"type": "integer", "minimum": 1, "default": 1200}
    signature.check(["cat.jpg"], {"width": 0})  # ArgumentsError: width: expected `int` >= 1, got 0

Three words in it are not JSON Schema's own: `"format": "upload"` is the id of an upload, and `"accept"`
beside it lists the media types of files that make sense there; `"format": "multiline"` is a text of
several lines.
"""

from __future__ import annotations

import inspect
import json
import math
import re
import reprlib
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from inspect import Parameter
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from phloem.errors import PhloemError
from phloem.redaction import secret

SHOWN = 80
"""Characters of a refused value that are shown."""

TOLD = 5
"""Faults that one refusal tells."""


class ArgumentsError(PhloemError, ValueError):
    """Arguments that do not fit: one line that says which, what came, and what was expected."""

    code = "arguments_invalid"


class Signature:
    """What a task may be called with."""

    def __init__(self, parameters: Mapping[str, Parameter], types: Mapping[str, Any], doc: str) -> None:
        self._types = types
        self._named = {
            name: each
            for name, each in parameters.items()
            if each.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        }
        self._positional = [name for name, each in self._named.items() if each.kind is not Parameter.KEYWORD_ONLY]
        kinds = {each.kind: name for name, each in parameters.items()}
        self._more_positional = kinds.get(Parameter.VAR_POSITIONAL)
        self._more_keywords = kinds.get(Parameter.VAR_KEYWORD)
        self.doc, descriptions = _read(doc)
        self.schema = self._schema(descriptions)

    @classmethod
    def of(cls, function: Callable[..., object]) -> Self:
        """The signature of a function or a Celery task; the `self` of a bound task is no argument.

        A parameter without a type, or with one that JSON Schema cannot express, takes anything.
        """
        function = getattr(function, "run", function)
        parameters = inspect.signature(function).parameters
        namespace = getattr(inspect.unwrap(function), "__globals__", {})
        types = {name: _type(each.annotation, namespace) for name, each in parameters.items()}
        return cls(parameters, types, inspect.getdoc(function) or "")

    def check(self, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """ArgumentsError unless a call with these (as JSON holds them) fits."""
        faults = [*self._misplaced(args, kwargs), *self._unfit(args, kwargs)]
        if faults:
            more = [f"{len(faults) - TOLD} more"] if len(faults) > TOLD else []
            raise ArgumentsError("; ".join(faults[:TOLD] + more))

    def _schema(self, descriptions: Mapping[str, str]) -> dict[str, Any]:
        types = [self._types[name] for name in self._named]
        schemas, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
        properties = {}
        for (name, parameter), of_type in zip(self._named.items(), schemas, strict=True):
            properties[name] = {
                **of_type,
                **({"description": descriptions[name]} if name in descriptions else {}),
                **_default(parameter),
            }
        return {
            "type": "object",
            "properties": _discreet(properties),
            "required": [name for name, each in self._named.items() if _required(each)],
            "additionalProperties": self._more_keywords is not None,
            **({"$defs": {name: _definition(each) for name, each in definitions.items()}} if definitions else {}),
        }

    def _misplaced(self, args: Sequence[object], kwargs: Mapping[str, object]) -> Iterator[str]:
        """What is missing, given twice or not known."""
        by_position = self._positional[: len(args)]
        if len(args) > len(self._positional) and self._more_positional is None:
            yield f"at most {len(self._positional)} positional arguments are taken, got {len(args)}"
        for name, parameter in self._named.items():
            only_position = parameter.kind is Parameter.POSITIONAL_ONLY
            if name in by_position:
                if name in kwargs and not only_position:
                    yield f"{name}: given twice, by position and by name"
            elif name in kwargs and only_position:
                yield f"{name}: must be given by position"
            elif _required(parameter) and name not in kwargs:
                yield f"{name}: missing"
        if self._more_keywords is None:
            for name in kwargs:
                if name not in self._named:
                    yield f"{_shown(name)}: unexpected; there is {', '.join(self._named) or 'none'}"

    def _unfit(self, args: Sequence[object], kwargs: Mapping[str, object]) -> Iterator[str]:
        """Values that are not of their parameter's type."""
        for position, value in enumerate(args):
            if position < len(self._positional):
                name = self._positional[position]
                yield from _misfit(name, value, self._types[name])
            elif self._more_positional is not None:
                name = f"{self._more_positional}[{position - len(self._positional)}]"
                yield from _misfit(name, value, self._types[self._more_positional])
        for name, value in kwargs.items():
            if name in self._named:
                yield from _misfit(name, value, self._types[name])
            elif self._more_keywords is not None:
                yield from _misfit(_shown(name), value, self._types[self._more_keywords])


def _type(annotation: object, namespace: dict[str, Any]) -> Any:
    """The annotation, or Any where there is none that JSON Schema can express."""
    if annotation is Parameter.empty:
        return Any
    try:
        # One by one: a name that is only there for the type checker spoils no other parameter.
        holder = SimpleNamespace(__annotations__={"it": annotation})
        hint = _harmless(get_type_hints(holder, namespace, include_extras=True)["it"])
        msgspec.json.schema_components([hint])
    except Exception:  # noqa: BLE001 - evaluating a stranger's annotation may raise anything
        return Any
    return hint


def _harmless(hint: Any, beside: bool = False) -> Any:
    """The same type; `beside` a container, the pattern of a text is told in the schema and not checked.

    msgspec 0.22 corrupts memory, and so ends the process, once it has read a union of a text that has a pattern with
    a container: `Annotated[str, Meta(pattern="a+")] | list[str]`. Within classes it does not.
    """
    origin, of = _parts(hint)
    if origin is Annotated:
        return Annotated[(_harmless(of[0], beside), *(_told(note) if beside else note for note in of[1:]))]
    beside = origin is Union and (beside or _contains(hint))
    within = tuple(_harmless(each, beside) for each in of)
    return hint if within == of else origin[within]


def _contains(hint: Any) -> bool:
    """Whether a type is a container, or a union with one."""
    origin, of = _parts(hint)
    if origin is Annotated:
        return _contains(of[0])
    if origin is Union:
        return any(map(_contains, of))
    return isinstance(origin, type) and issubclass(origin, Collection) and not issubclass(origin, str | bytes)


def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a type is, and of what: `list` and `(int,)`. Other names for a type are that type."""
    while (named := getattr(hint, "__supertype__", getattr(hint, "__value__", None))) is not None:
        hint = named
    origin = get_origin(hint) or hint
    return Union if origin is UnionType else origin, get_args(hint)


def _told(note: object) -> object:
    """Metadata with its pattern, if any, as what is only said."""
    if not isinstance(note, Meta) or note.pattern is None:
        return note
    rest = {name: value for name, value in note.__rich_repr__() if name != "pattern"}
    return Meta(**{**rest, "extra_json_schema": {"pattern": note.pattern, **(note.extra_json_schema or {})}})


def _required(parameter: Parameter) -> bool:
    return parameter.default is Parameter.empty


def _default(parameter: Parameter) -> dict[str, Any]:
    """The default as JSON Schema has it; nothing where JSON cannot hold it."""
    if _required(parameter):
        return {}
    try:
        plain = msgspec.to_builtins(parameter.default)
        return {"default": json.loads(json.dumps(plain, allow_nan=False))}
    except (TypeError, ValueError, RecursionError):
        return {}


def _definition(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": _discreet(schema["properties"])} if "properties" in schema else schema


def _discreet(properties: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Properties with secrets marked as passwords, and without what a secret is by default."""
    told = {}
    for name, schema in properties.items():
        # Whether something is on or off is no secret, whatever its name.
        hidden = secret(name) and schema.get("type") != "boolean"
        if hidden or _names_secret(schema.get("default")):
            schema = {key: value for key, value in schema.items() if key != "default"}
        told[name] = {"format": "password", **schema, "writeOnly": True} if hidden else schema
    return told


def _names_secret(value: object) -> bool:
    """Whether a secret stands anywhere in plain data."""
    if isinstance(value, dict):
        return any(secret(key) or _names_secret(each) for key, each in value.items())
    return isinstance(value, list) and any(map(_names_secret, value))


def _misfit(name: str, value: object, wanted: Any) -> Iterator[str]:
    """Why `value` does not fit, if it does not."""
    try:
        if not _finite(value):
            yield f"{name}: expected finite numbers, got {_shown(value)}"
            return
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        # "Expected `int` >= 1 - at `$[2].width`": what was wanted, and where within the value.
        expected, _, place = str(error).partition(" - at `")
        path = place.rpartition("$")[2].rstrip("`")
        before = ", in" if path else "" if ", got " in expected else ", got"
        yield f"{name}{path}: {expected[0].lower()}{expected[1:]}{before} {_shown(value)}"
    except RecursionError:
        yield f"{name}: nested too deeply"


def _finite(value: object) -> bool:
    """Whether there is no NaN and no infinity in it: JSON has neither."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_finite, value))
    return True


def _shown(value: object) -> str:
    """The value as JSON, clipped."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        text = reprlib.repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


# A section of "name: text" or "name (type): text"; further lines of an entry are indented deeper.
_SECTION = re.compile(r"^(?:Args|Arguments|Parameters):\n((?:[ \t].*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^\**(\w+)(?: *\(.*?\))?:(.*(?:\n(?:[ \t].*)?)*)", re.MULTILINE)
_FIELD = re.compile(r"^:param (?:[^:\n]* )?\**(\w+):(.*(?:\n[ \t].*)*)\n", re.MULTILINE)


def _read(doc: str) -> tuple[str, dict[str, str]]:
    """A docstring's text, and apart from it what it says about each argument."""
    doc += "\n"
    about: dict[str, str] = dict(_FIELD.findall(doc))
    for section in _SECTION.findall(doc):
        about |= _ENTRY.findall(textwrap.dedent(section))
    text = _FIELD.sub("", _SECTION.sub("", doc)).strip()
    return text, {name: " ".join(words.split()) for name, words in about.items()}
