"""Types that msgspec checks, made of JSON Schema as msgspec writes it: for arguments of which only the schema is known.

What a schema says in another way is not checked: then its type is Any.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta

from phloem.instrument.signature.annotations import harmless

Schema = Mapping[str, Any]

_DEPTH = 12
"""Levels of a schema that are checked: one may contain itself."""

_PLAIN = {"integer": int, "number": float, "boolean": bool, "null": None, "string": str}

_TEXTS = {
    "date": datetime.date,
    "time": datetime.time,
    "date-time": datetime.datetime,
    "duration": datetime.timedelta,
    "uuid": uuid.UUID,
    "decimal": decimal.Decimal,
}

_BOUNDS = {
    "minimum": "ge",
    "exclusiveMinimum": "gt",
    "maximum": "le",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minProperties": "min_length",
    "maxProperties": "max_length",
    "pattern": "pattern",
}


_STRUCTURE = frozenset(
    {"$ref", "anyOf", "contentEncoding", "discriminator", "enum", "type", "items", "prefixItems", *_BOUNDS}
    | {"additionalProperties", "properties", "propertyNames", "required"}
)


def reads_alike(first: Schema, second: Schema) -> bool:
    """Whether two schemas of one property say the same type. What else they say is for people, or for a form."""
    return _structure(first) == _structure(second)


def _structure(schema: Schema) -> dict[str, Any]:
    read = {word: value for word, value in schema.items() if word in _STRUCTURE}
    return read | ({"format": schema["format"]} if schema.get("format") in _TEXTS else {})


def type_of(schema: Schema, definitions: Mapping[str, Schema]) -> Any:
    """The type of what fits a schema, whose references lead to `definitions`."""
    try:
        found = harmless(_type(schema, definitions, 0))
        msgspec.json.Decoder(found)
    except Exception:  # noqa: BLE001  # whatever a schema holds that is none of msgspec's
        return Any
    return found


def _type(schema: Schema, definitions: Mapping[str, Schema], depth: int, tag_field: str | None = None) -> Any:
    if depth > _DEPTH:
        return Any
    if "$ref" in schema:
        return _type(definitions[str(schema["$ref"]).removeprefix("#/$defs/")], definitions, depth + 1, tag_field)
    if "anyOf" in schema:
        tag_field = schema.get("discriminator", {}).get("propertyName")
        options = tuple(_type(each, definitions, depth + 1, tag_field) for each in schema["anyOf"])
        return Union[options]  # noqa: UP007  # as many as there are
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    kind = schema.get("type")
    if kind == "array":
        return _array(schema, definitions, depth)
    if kind == "object":
        return _object(schema, definitions, depth, tag_field)
    if kind == "string" and "contentEncoding" in schema:
        return bytes
    if kind == "string" and schema.get("format") in _TEXTS:
        return _TEXTS[schema["format"]]
    return _bounded(_PLAIN[str(kind)], schema) if kind is not None else Any


def _bounded(of_type: Any, schema: Schema) -> Any:
    bounds = {_BOUNDS[word]: value for word, value in schema.items() if word in _BOUNDS}
    return Annotated[of_type, Meta(**bounds)] if bounds else of_type


def _array(schema: Schema, definitions: Mapping[str, Schema], depth: int) -> Any:
    members = schema.get("prefixItems")
    if members is not None and schema.get("minItems") == schema.get("maxItems") == len(members):
        return tuple[tuple(_type(each, definitions, depth + 1) for each in members)]  # type: ignore[misc]
    item = schema.get("items") if members is None else None
    return _bounded(list[_type(item, definitions, depth + 1)] if item else list, schema)  # type: ignore[misc]


def _object(schema: Schema, definitions: Mapping[str, Schema], depth: int, tag_field: str | None) -> Any:
    if "properties" not in schema:
        key = _type(schema["propertyNames"], definitions, depth + 1) if "propertyNames" in schema else str
        value = schema.get("additionalProperties")
        of_value = _type(value, definitions, depth + 1) if isinstance(value, Mapping) else Any
        return _bounded(dict[key, of_value], schema)  # type: ignore[valid-type]
    required = set(schema.get("required", ()))
    fields: list[tuple[str, Any, Any]] = []
    for place, (name, each) in enumerate(schema["properties"].items()):
        if name != tag_field:
            field = msgspec.field(name=name) if name in required else msgspec.field(name=name, default=None)
            fields.append((f"field_{place}", _type(each, definitions, depth + 1), field))
    tag = schema["properties"][tag_field]["enum"][0] if tag_field is not None else None
    return msgspec.defstruct(
        str(schema.get("title") or "Object"),
        fields,
        kw_only=True,
        forbid_unknown_fields=schema.get("additionalProperties") is False,
        tag_field=tag_field,
        tag=tag,
    )
