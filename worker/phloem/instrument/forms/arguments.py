"""The arguments of a task as a worker tells them, and the signature that they make where they are read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from inspect import Parameter
from typing import Any

from phloem.instrument.arguments import Places
from phloem.instrument.signature import Signature
from phloem.instrument.signature.annotations import without_words
from phloem.instrument.signature.json_types import reads_alike, type_of
from phloem.instrument.signature.signature import VARIABLE, schemas_of
from phloem.record.stores.forms import Argument, Kind, TaskForm
from phloem.redaction import is_secret

_KINDS: Mapping[Any, Kind] = {
    Parameter.POSITIONAL_ONLY: "by_position",
    Parameter.POSITIONAL_OR_KEYWORD: "by_either",
    Parameter.VAR_POSITIONAL: "more_by_position",
    Parameter.KEYWORD_ONLY: "by_name",
    Parameter.VAR_KEYWORD: "more_by_name",
}
_OF_KIND = {kind: each for each, kind in _KINDS.items()}


def told(signature: Signature) -> Iterator[Argument]:
    """The arguments of a signature, in its order."""
    properties = signature.schema["properties"]
    for name, parameter in signature.parameters.items():
        [checked], _ = schemas_of([without_words(signature.types[name])])
        yield Argument(
            name=name,
            kind=_KINDS[parameter.kind],
            required=parameter.default is Parameter.empty and parameter.kind not in VARIABLE,
            secret=is_secret(name),
            type=None if name in properties and reads_alike(properties[name], checked) else checked,
        )


def signature(form: TaskForm) -> Signature:
    """The signature of a task, by its form."""
    parameters, types = {}, {}
    properties, definitions = form.schema.get("properties", {}), form.schema.get("$defs", {})
    for each in form.arguments:
        default = None if not each.required and _OF_KIND[each.kind] not in VARIABLE else Parameter.empty
        parameters[each.name] = Parameter(each.name, _OF_KIND[each.kind], default=default)
        schema = properties.get(each.name, {}) if each.type is None else each.type
        types[each.name] = type_of(schema, definitions)
    hidden = frozenset(each.name for each in form.arguments if each.secret and not is_secret(each.name))
    return Signature(parameters, types, form.doc, form.schema, hidden)


def places(form: TaskForm) -> Places | None:
    """Where a task takes secrets, by its form; None where that cannot be told. See `instrument.arguments.places_of`."""
    if not form.judged:
        return None
    by_position = [each for each in form.arguments if each.kind in ("by_position", "by_either")]
    more = next((each for each in form.arguments if each.kind == "more_by_position"), None)
    others = next((each for each in form.arguments if each.kind == "more_by_name"), None)
    return Places(
        at=frozenset(place for place, each in enumerate(by_position) if _is_hidden(each)),
        rest=len(by_position) if more is not None and _is_hidden(more) else math.inf,
        most=len(by_position) if more is None else math.inf,
        named=frozenset(each.name for each in form.arguments) if others is not None and _is_hidden(others) else None,
    )


def _is_hidden(argument: Argument) -> bool:
    return argument.secret or is_secret(argument.name)
