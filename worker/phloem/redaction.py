"""Values as text that may leave the worker: secrets replaced, and cut to a length a reader can bear."""

from __future__ import annotations

import dataclasses
import math
import re
from array import array
from collections import UserList, deque
from collections.abc import Iterable, Mapping, MappingView
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from phloem.isolation import reraise_time_limit

ROW_LIMIT = 1024
"""Longest text of a value in a list, in bytes of UTF-8."""

TASK_LIMIT = 16 * 1024
"""Longest text of a value on the task itself, in bytes of UTF-8."""

REDACTED = "[redacted]"

_SECRET = re.compile(
    r"(?i:passw|passphrase|pwd|secret|token|api[_-]?key|(^|[_.-])(keys?|auth)$|^key[_-]|private|authorization|bearer"
    r"|credential|cookie|session_?id)|[a-z](Key|Auth)$"
)
_MISHAPS = ("Error", "Exception", "Warning")
"""What the name of an exception ends in: "InvalidTokenError: ..." is no secret."""

_COUNT = re.compile(r"(?i:tokens|(?<!ac)count$|limit$|length$|ttl$)")
"""Names of figures about secrets, such as `max_tokens`. A number by another name may be a PIN."""

# No possessive quantifiers: before 3.11.5 Python matches some of them wrongly, and a secret shows.
_NAME = re.compile(r"""(?<![\w.-]) ([\w.-]+) (?:\\*["'])? \s* [=:] (?!=) \s*""", re.VERBOSE)  # name= or "name":
_VALUE = re.compile(
    r"""(\\*["']) (?:(?!\1)(?:\\.|.))* (?:\1|\Z)        # quoted, perhaps in a text that is quoted itself
        | [\[{(] [^\]})]* [\]})]?
        | (?:(?i:basic|bearer|digest|token)\s+)? [^\s,;&)\]}]+""",
    re.VERBOSE | re.DOTALL,
)
_LOGIN = re.compile(r"(://[^\s/:@]*:)[^\s/\"']+@")
_FIGURE = re.compile(r"[-+\d.,_]+")
_FLAGS = ("None", "null", "True", "true", "False", "false")

_DEPTH = 8
_ITEMS = 1000
_SEQUENCES = (list, tuple, set, frozenset, deque, UserList, MappingView)
_BULK = (bytes, bytearray, array)
"""Values whose repr is as long as they are."""

_LEAVES = (bool, datetime, date, time, timedelta, Decimal, UUID, Enum)
"""Single values that JSON has a type for, or a text that everybody reads."""


def secret(key: str) -> bool:
    """Whether a key by this name is likely to hold something that nobody else should read."""
    return _SECRET.search(key) is not None and not key.endswith(_MISHAPS)


def redact(value: Any) -> Any:
    """The same as plain data with the values of secret-looking keys replaced; deep or long parts are left out.

    What is not plain data stays as an object whose repr is safe to show.
    """
    return _Walk().copy(value, _DEPTH)


def scrub(text: str) -> str:
    """Free text, such as an error's, without the secrets in it: `password=...`, `"token": "..."`, `://user:...@`.

    Takes time by the length of the text, so cut what is too long: before this, and well beyond what will be shown.
    """
    if "=" not in text and ":" not in text:
        return text
    text = _LOGIN.sub(rf"\1{REDACTED}@", text)
    kept, end = [], 0
    for name in _NAME.finditer(text):
        if name.start() < end or not secret(name[1]):
            continue
        value = _VALUE.match(text, name.end())
        if value is not None and not _harmless(name[1], value[0]):
            kept += [text[end : name.end()], REDACTED]
            end = value.end()
    return "".join(kept) + text[end:]


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
        reraise_time_limit(error)
        return clip(_unable(value), limit)


def show(value: Any, limit: int = TASK_LIMIT) -> str:
    """A value as text: JSON where it is plain data, else Python's repr. Secrets are replaced. Never raises."""
    try:
        return clip(_written(redact(value)), limit)
    except Exception as error:  # noqa: BLE001  # whatever a stranger's object does when it is looked at
        reraise_time_limit(error)
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
            said = repr(value[:TASK_LIMIT] if isinstance(value, _BULK) else value)
        except Exception as error:  # noqa: BLE001  # whatever a stranger's object does when it is looked at
            reraise_time_limit(error)
            said = _unable(value)
        self._said = _scrub_beginning(said, TASK_LIMIT)

    def __repr__(self) -> str:
        return self._said


class _Walk:
    """One copy of a value. Stops where it has more items and letters than a text of TASK_LIMIT could show."""

    def __init__(self) -> None:
        self._left = TASK_LIMIT

    def copy(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if value is None or isinstance(value, _LEAVES):
            return value
        if isinstance(value, str):
            return self._text(value)
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

    def _text(self, value: str) -> str:
        limit = max(self._left, 0)
        self._left -= len(value)
        return _scrub_beginning(value, limit)

    def _mapping(self, pairs: Iterable[tuple[Any, Any]], size: int | None, depth: int) -> Any:
        if depth == 0:
            return "…"
        kept: dict[str, Any] = {}
        taken = 0
        for key, item in islice(pairs, _ITEMS):
            if self._left <= 0:
                break
            taken += 1
            name = _name(key)
            self._left -= len(name)
            kept[name] = REDACTED if _hides(name, item) else self.copy(item, depth - 1)
        if size is not None and size > taken:
            kept["…"] = f"{size - taken} more"
        return kept

    def _sequence(self, values: Any, depth: int) -> Any:
        if depth == 0:
            return "…"
        if len(values) == 2 and isinstance(values, list | tuple) and isinstance(values[0], str | bytes):
            name = _name(values[0])
            if _hides(name, values[1]):  # headers come as pairs
                return [name, REDACTED]
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


def _name(key: object) -> str:
    return text(key[:ROW_LIMIT].decode("utf-8", "replace") if isinstance(key, bytes) else key, ROW_LIMIT)


def _hides(name: str, value: object) -> bool:
    """Whether `name` makes `value` a secret."""
    if value is None or isinstance(value, bool) or not secret(name):
        return False
    return not (isinstance(value, int | float) and _COUNT.search(name))


def _harmless(name: str, said: str) -> bool:
    """Whether what is written behind the name of a secret is none."""
    return said in _FLAGS or (_FIGURE.fullmatch(said) is not None and _COUNT.search(name) is not None)


def _scrub_beginning(text: str, limit: int) -> str:
    """At most `limit` characters and "…". What a secret is part of is looked at beyond that."""
    said = scrub(str.__getitem__(text, slice(2 * limit)))
    return said if len(said) <= limit and len(text) <= 2 * limit else said[:limit] + "…"


def _unable(value: object) -> str:
    return f"<{type(value).__name__} that cannot be shown>"


def _written(plain: Any) -> str:
    try:
        return msgspec.json.encode(plain).decode()
    except Exception as error:  # noqa: BLE001  # what JSON cannot hold
        reraise_time_limit(error)
        return repr(plain)
