"""Values as text that may leave the worker: secrets replaced, and cut to a length a reader can bear."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from phloem.guard import spare

ROW_LIMIT = 1024
"""Longest text of a value in a list, in bytes of UTF-8."""

TASK_LIMIT = 16 * 1024
"""Longest text of a value on the task itself, in bytes of UTF-8."""

REDACTED = "[redacted]"

_SECRET = re.compile(
    r"(?i:passw|passphrase|pwd|secret|token|api[_-]?key|(^|[_-])keys?$|^key[_-]|private|authorization|bearer"
    r"|credential|cookie|session_?id)|[a-z]Key$"
)
_PAIR = re.compile(
    r"""(?<![\w.-]) ([\w.-]++) (["']?\s*+[=:]\s*+)          # name= or 'name':
        ( '(?:[^'\\]|\\.?)*+ (?:'|\Z) | "(?:[^"\\]|\\.?)*+ (?:"|\Z) | [^\s,;)\]}]+ )""",
    re.VERBOSE | re.DOTALL,
)
_DEPTH = 8
_ITEMS = 1000
_SEQUENCES = (list, tuple, set, frozenset, deque)
_LEAVES = (bool, datetime, date, time, timedelta, Decimal, UUID, Enum)
"""Single values that JSON has a type for, or a text that everybody reads."""


def secret(key: str) -> bool:
    """Whether a key by this name is likely to hold something that nobody else should read."""
    return _SECRET.search(key) is not None


def redact(value: Any) -> Any:
    """The same as plain data with the values of secret-looking keys replaced; deep or long parts are left out.

    What is not plain data stays as an object whose repr is safe to show.
    """
    return _Walk().copy(value, _DEPTH)


def clip(text: str, limit: int) -> str:
    """`text`, or its beginning and "…", in at most `limit` bytes of UTF-8."""
    encoded = text[: limit + 1].encode("utf-8", "replace")  # a character is a byte at least
    if len(encoded) <= limit:
        return encoded.decode()
    mark = "…" if limit >= 3 else ""
    return encoded[: max(0, limit - 3 * len(mark))].decode("utf-8", "ignore") + mark


def text(value: object, limit: int) -> str:
    """What a value says of itself, in at most `limit` bytes of UTF-8. Never raises."""
    try:
        return clip(value if isinstance(value, str) else str(value), limit)
    except Exception as error:  # noqa: BLE001  # whatever a stranger's object does when it is looked at
        spare(error)
        return clip(_unable(value), limit)


def show(value: Any, limit: int = TASK_LIMIT) -> str:
    """A value as text: JSON where it is plain data, else Python's repr. Secrets are replaced. Never raises."""
    for write in (_as_json, repr):
        try:
            return clip(write(redact(value)), limit)
        except Exception as error:  # noqa: BLE001  # whatever a stranger's object does when it is looked at
            spare(error)
    return clip(_unable(value), limit)


def both(value: Any) -> tuple[str, str | None]:
    """The text of a value for lists, and the longer one for the task itself where it says more."""
    long = show(value)
    short = clip(long, ROW_LIMIT)
    return short, None if short == long else long


class _Shown:
    """The repr of something that is not plain data. JSON cannot hold it, so the whole value is shown as a repr."""

    def __init__(self, value: object) -> None:
        try:
            said = repr(value)[: 2 * TASK_LIMIT]
        except Exception as error:  # noqa: BLE001  # whatever a stranger's object does when it is looked at
            spare(error)
            said = _unable(value)
        self._said = _PAIR.sub(_hide, said)

    def __repr__(self) -> str:
        return self._said


class _Walk:
    """One copy of a value. Stops where it has more items than a text of TASK_LIMIT could show."""

    def __init__(self) -> None:
        self._left = TASK_LIMIT

    def copy(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if value is None or isinstance(value, _LEAVES):
            return value
        if isinstance(value, str):
            # Much longer than any limit: not worth encoding whole.
            return str.__str__(value) if len(value) <= TASK_LIMIT else value[:TASK_LIMIT] + "…"
        if isinstance(value, int):
            return value if -(2**63) <= value < 2**64 else _Shown(value)
        if isinstance(value, float):
            return value if math.isfinite(value) else _Shown(value)
        if (fields := _fields(value)) is not None:
            return self._mapping(fields, None, depth)
        if isinstance(value, Mapping):
            return self._mapping(value.items(), len(value), depth)
        if isinstance(value, _SEQUENCES):
            return self._sequence(value, depth)
        return _Shown(value)

    def _mapping(self, pairs: Iterable[tuple[Any, Any]], size: int | None, depth: int) -> Any:
        if depth == 0:
            return "…"
        kept: dict[str, Any] = {}
        taken = 0
        for key, item in islice(pairs, _ITEMS):
            if self._left <= 0:
                break
            taken += 1
            name = text(key.decode("utf-8", "replace") if isinstance(key, bytes) else key, ROW_LIMIT)
            kept[name] = REDACTED if item is not None and secret(name) else self.copy(item, depth - 1)
        if size is not None and size > taken:
            kept["…"] = f"{size - taken} more"
        return kept

    def _sequence(self, values: Any, depth: int) -> Any:
        if depth == 0:
            return "…"
        kept: list[Any] = []
        for item in islice(values, _ITEMS):
            if self._left <= 0:
                break
            kept.append(self.copy(item, depth - 1))
        if len(values) > len(kept):
            kept.append(f"… {len(values) - len(kept)} more")
        return kept


def _fields(value: object) -> list[tuple[str, Any]] | None:
    """The named fields of a record, whichever library made it; None if it is not one."""
    kind = type(value)
    names: Iterable[str] | None = None
    if dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind)]
    elif isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
    elif isinstance(value, tuple) and hasattr(kind, "_fields"):
        names = kind._fields
    return None if names is None else [(name, getattr(value, name, None)) for name in names]


def _hide(pair: re.Match[str]) -> str:
    return pair[1] + pair[2] + REDACTED if secret(pair[1]) else pair[0]


def _unable(value: object) -> str:
    return f"<{type(value).__name__} that cannot be shown>"


def _as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
