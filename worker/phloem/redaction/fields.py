"""Fields of a log line: names with values, as what JSON has for one value, bounded and without secrets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from phloem.model.task import Scalar
from phloem.redaction.bounds import clip, text
from phloem.redaction.free import REDACTED, scrub, scrub_again
from phloem.redaction.names import hides
from phloem.redaction.values import show

FIELDS_LIMIT = 16
"""Most fields of a line; one more, `REST`, says how many others there were."""

NAME_LIMIT_BYTES = 64
"""Longest name of a field, in bytes of UTF-8."""

VALUE_LIMIT_BYTES = 256
"""Longest text of a field, in bytes of UTF-8."""

REST = "…"
"""The name of the field that says how many were left out."""

_INTEGER_LIMIT = 2**53
"""JavaScript counts exactly up to there."""

_READ_BYTES = 4 * VALUE_LIMIT_BYTES
"""Of a longer text so much is read: a secret that is cut off may not be recognised."""

_READ_NAME_BYTES = 4 * NAME_LIMIT_BYTES
"""Likewise of a longer name."""


def fields_of(given: Mapping[str, object]) -> dict[str, Scalar]:
    """The fields as they are logged. Names and texts are yet to be hidden and cut, see `hidden_fields`."""
    fields: dict[str, Scalar] = {}
    for name, value in given.items():
        if len(fields) == FIELDS_LIMIT:
            fields[_untaken(REST, fields)] = f"{len(given) - FIELDS_LIMIT} more were left out"
            break
        read = _untaken(text(name, _READ_NAME_BYTES), fields, _READ_NAME_BYTES)
        fields[read] = REDACTED if hides(name, value) else _scalar(value)
    return fields


def hidden_fields(fields: Mapping[str, Scalar], known: Sequence[str] = ()) -> dict[str, Scalar]:
    """The fields without secrets in their texts; those that are `known` are some wherever they stand."""
    hidden: dict[str, Scalar] = {}
    for name, value in fields.items():
        hidden[_untaken(clip(scrub_again(name, known), NAME_LIMIT_BYTES), hidden)] = _hidden(value, known)
    return hidden


def _untaken(name: str, fields: Mapping[str, Scalar], limit: int = NAME_LIMIT_BYTES) -> str:
    """`name`, with a number where another field has it: names may be alike once they are hidden and cut."""
    free, number = name, 1
    while free in fields:
        number += 1
        mark = f" ({number})"
        free = clip(name, limit - len(mark)) + mark
    return free


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(str.__str__(value), _READ_BYTES)
    if isinstance(value, int) and -_INTEGER_LIMIT <= value <= _INTEGER_LIMIT:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return text(value, _READ_BYTES) if isinstance(value, int | float) else show(value, _READ_BYTES)


def _hidden(value: Scalar, known: Sequence[str]) -> Scalar:
    if isinstance(value, str):
        return text(scrub(value, known), VALUE_LIMIT_BYTES)
    if known and isinstance(value, int | float) and not isinstance(value, bool) and str(value) in known:
        return REDACTED
    return value
