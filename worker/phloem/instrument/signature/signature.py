"""The arguments of a task: their JSON Schema, and a check of given ones against it.

Both come from the function itself: its signature, its type hints and its docstring.

    signature = Signature.of(resize)
    signature.schema["properties"]["width"]     # {"type": "integer", "minimum": 1, "default": 1200}
    signature.check(["cat.jpg"], {"width": 0})  # ArgumentsError: width: expected `int` >= 1, got 0

Three words of it are not JSON Schema's own: `"format": "upload"` marks the id of an upload, and `"accept"` beside it
lists the media types of files that make sense there; `"format": "multiline"` marks a text of several lines.
"""

from __future__ import annotations

import inspect
import json
import math
import re
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import Parameter
from typing import Any, Self

import msgspec

from phloem.errors import PhloemError
from phloem.instrument.signature.annotations import checked_type
from phloem.instrument.signature.docstring import read
from phloem.redaction import REDACTED, hides, is_secret, redact, scrub

SHOWN_CHARACTERS = 80
"""Characters of a refused value that are shown."""

FAULTS_NAMED = 5
"""Faults that one refusal names; of more, it gives the number."""


VARIABLE = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
"""Kinds of parameters that stand for any number of arguments."""

_QUOTED = re.compile(r" '[^']*'")


UNCHECKED = object()
"""Stands for an argument whose type is not checked: JSON may not be able to hold it."""


class ArgumentsError(PhloemError, ValueError):
    """Arguments that do not fit. The text is one line that says which, what came, and what was expected."""

    code = "arguments_invalid"


class Signature:
    """What a task may be called with."""

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        types: Mapping[str, Any],
        doc: str,
        schema: dict[str, Any],
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        """`secrets` are parameters whose values are not shown, beside those whose names tell that."""
        self.parameters = parameters
        self.types = types
        self.doc = doc
        """What the docstring says of the task, without what it says of each argument."""
        self.schema = schema
        """JSON Schema of all arguments that have a name."""
        self._secrets = secrets
        self._named = {name: each for name, each in parameters.items() if each.kind not in VARIABLE}
        self._positional = [name for name, each in self._named.items() if each.kind is not Parameter.KEYWORD_ONLY]
        kinds = {each.kind: name for name, each in parameters.items()}
        self._more_positional = kinds.get(Parameter.VAR_POSITIONAL)
        self._more_keywords = kinds.get(Parameter.VAR_KEYWORD)

    @classmethod
    def of(cls, function: Callable[..., object]) -> Self:
        """The signature of a function or a Celery task; the `self` of a bound task is no argument.

        A parameter without a type, or with one that JSON Schema cannot express, takes anything.
        """
        function = getattr(function, "run", function)
        parameters = inspect.signature(function).parameters
        namespace = getattr(inspect.unwrap(function), "__globals__", {})
        types = {name: checked_type(each.annotation, namespace) for name, each in parameters.items()}
        doc, descriptions = read(inspect.getdoc(function) or "")
        return cls(parameters, types, doc, _schema(parameters, types, descriptions))

    @classmethod
    def of_task(cls, task: Any) -> Self:
        """The signature of a Celery task; of one without any, such as a function in C, one that takes anything."""
        try:
            return cls.of(task)
        except (TypeError, ValueError):
            return cls.of(_anything)

    def check(self, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """Raises ArgumentsError unless a call with these arguments, as JSON holds them, fits."""
        faults = [*self._misplaced(args, kwargs), *self._unfit(args, kwargs)]
        if faults:
            more = [f"{len(faults) - FAULTS_NAMED} more"] if len(faults) > FAULTS_NAMED else []
            raise ArgumentsError("; ".join(faults[:FAULTS_NAMED] + more))

    def _misplaced(self, args: Sequence[object], kwargs: Mapping[str, object]) -> Iterator[str]:
        """Faults of arguments that are missing, given twice or not known."""
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
        """Faults of values that are not of their parameter's type."""
        for position, value in enumerate(args):
            if position < len(self._positional):
                name = self._positional[position]
                yield from _misfit(name, value, self.types[name], name in self._secrets)
            elif self._more_positional is not None:
                name = f"{self._more_positional}[{position - len(self._positional)}]"
                hidden = self._more_positional in self._secrets
                yield from _misfit(name, value, self.types[self._more_positional], hidden)
        for name, value in kwargs.items():
            if name in self._named:
                yield from _misfit(name, value, self.types[name], name in self._secrets)
            elif self._more_keywords is not None:
                hidden = self._more_keywords in self._secrets
                yield from _misfit(_shown(name), value, self.types[self._more_keywords], hidden)


def _anything(*args: object, **kwargs: object) -> None: ...


def _schema(
    parameters: Mapping[str, Parameter], types: Mapping[str, Any], descriptions: Mapping[str, str]
) -> dict[str, Any]:
    named = {name: each for name, each in parameters.items() if each.kind not in VARIABLE}
    schemas, definitions = schemas_of([types[name] for name in named])
    properties = {}
    for (name, parameter), of_type in zip(named.items(), schemas, strict=True):
        properties[name] = {
            **of_type,
            **({"description": descriptions[name]} if name in descriptions else {}),
            **_default(parameter),
        }
    return {
        "type": "object",
        "properties": _without_secrets(properties),
        "required": [name for name, each in named.items() if _required(each)],
        "additionalProperties": any(each.kind is Parameter.VAR_KEYWORD for each in parameters.values()),
        **({"$defs": {name: _definition(each) for name, each in definitions.items()}} if definitions else {}),
    }


def schemas_of(types: Sequence[Any]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """The JSON Schemas of types, and the definitions that they refer to."""
    return msgspec.json.schema_components(types, ref_template="#/$defs/{name}")


def _required(parameter: Parameter) -> bool:
    return parameter.default is Parameter.empty


def _default(parameter: Parameter) -> dict[str, Any]:
    """The default as a part of the schema; empty where JSON cannot hold it."""
    if _required(parameter):
        return {}
    try:
        plain = msgspec.to_builtins(parameter.default)
        return {"default": json.loads(json.dumps(plain, allow_nan=False))}
    except (TypeError, ValueError, RecursionError):
        return {}


def _definition(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": _without_secrets(schema["properties"])} if "properties" in schema else schema


def _without_secrets(properties: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Properties in which secrets are marked as passwords, and have no default."""
    shown = {}
    for name, schema in properties.items():
        # Whether something is on or off is no secret, whatever its name is.
        hidden = is_secret(name) and schema.get("type") != "boolean"
        if hidden or _holds_secret(schema.get("default")):
            schema = {key: value for key, value in schema.items() if key != "default"}
        shown[name] = {"format": "password", **schema, "writeOnly": True} if hidden else schema
    return shown


def _holds_secret(value: object) -> bool:
    """Whether plain data has a secret anywhere: by its name, or by its shape."""
    if isinstance(value, str):
        return scrub(value) != value
    if isinstance(value, dict):
        return any(is_secret(key) or _holds_secret(each) for key, each in value.items())
    return isinstance(value, list) and any(map(_holds_secret, value))


def _misfit(name: str, value: object, wanted: Any, hidden: bool) -> Iterator[str]:
    """The fault of a value that does not fit its type. What is `hidden`, or has the name of a secret, is not shown."""
    if value is UNCHECKED:
        return
    try:
        if not _finite(value):
            yield f"{name}: expected finite numbers, got {_shown(value, name, hidden)}"
            return
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        # "Expected `int` >= 1 - at `$[2].width`": what is expected, and where within the value.
        expected, _, place = str(error).partition(" - at `")
        path = place.rpartition("$")[2].rstrip("`")
        before = ", in" if path else "" if ", got " in expected else ", got"
        if hidden or is_secret(f"{name}{path}"):
            expected = _QUOTED.sub("", expected)  # "Invalid enum value 'geheim'"
        yield f"{name}{path}: {scrub(expected[0].lower() + expected[1:])}{before} {_shown(value, name, hidden)}"
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


def _shown(value: object, name: str = "", hidden: bool = False) -> str:
    """The value that goes by `name`, as JSON without secrets, clipped."""
    if hidden or hides(name, value):
        return REDACTED
    value = redact(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        text = reprlib.repr(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
