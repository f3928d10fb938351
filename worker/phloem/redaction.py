"""Values as text that may leave the worker: without secrets, and bounded in length."""

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
"""Endings of an exception's name: "InvalidTokenError: ..." holds no secret."""

_COUNT = re.compile(r"(?i:tokens|(?<!ac)count$|limit$|length$|ttl$)")
"""Names of numbers about secrets, such as `max_tokens`. A number by any other secret name may be a PIN."""

# No possessive quantifiers: Python before 3.11.5 matches some of them wrongly, and a secret would be shown.
_NAME = re.compile(r"""(?<![\w.-]) ([\w.-]+) (?:\\*["'])? \s* [=:] (?!=) \s*""", re.VERBOSE)  # name= or "name":
_VALUE = re.compile(
    r"""(\\*["']) (?:(?!\1)(?:\\.|.))* (?:\1|\Z)        # quoted, perhaps within a text that is quoted itself
        | [\[{(] [^\]})]* [\]})]?
        | (?:(?i:basic|bearer|digest|token)\s+)? [^\s,;&)\]}]+""",
    re.VERBOSE | re.DOTALL,
)
_LOGIN = re.compile(r"(://[^\s/:@]*:)[^\s/\"']+@")
_FIGURE = re.compile(r"[-+\d.,_]+")
_FLAGS = ("None", "null", "True", "true", "False", "false")

_DEPTH_LIMIT = 8
"""Levels of nesting that are shown."""

_ITEMS_LIMIT = 1000
"""Items of one container that are shown."""

_SEQUENCES = (list, tuple, set, frozenset, deque, UserList, MappingView)
_BULK = (bytes, bytearray, array)
"""Types whose repr is as long as the value."""

_LEAVES = (bool, datetime, date, time, timedelta, Decimal, UUID, Enum)
"""Single values that JSON has a type for, or that msgspec writes as a text that is easy to read."""


def is_secret(key: str) -> bool:
    """Whether a key of this name is likely to hold a secret."""
    return _SECRET.search(key) is not None and not key.endswith(_MISHAPS)


def redact(value: Any) -> Any:
    """A copy of a value as plain data: the values of secret-looking keys are replaced, deep or long parts left out.

    A part that is not plain data becomes an object whose repr is safe to show.
    """
    return _Copy().of(value, _DEPTH_LIMIT)


def scrub(text: str) -> str:
    """Free text, such as an error's, without the secrets in it: `password=...`, `"token": "..."`, `://user:...@`.

    Takes time in proportion to the text. Cut a long one before: to more than will be shown, since a secret that is cut
    off may not be recognised.
    """
    if "=" not in text and ":" not in text:
        return text
    text = _LOGIN.sub(rf"\1{REDACTED}@", text)
    kept, end = [], 0
    for name in _NAME.finditer(text):
        if name.start() < end or not is_secret(name[1]):
            continue
        value = _VALUE.match(text, name.end())
        if value is not None and not _is_harmless(name[1], value[0]):
            kept += [text[end : name.end()], REDACTED]
            end = value.end()
    return "".join(kept) + text[end:]


def clip(text: str, limit: int) -> str:
    """`text`, or its beginning and "…", in at most `limit` bytes of UTF-8."""
    encoded = text[: limit + 1].encode("utf-8", "replace")  # a character has at least one byte
    if len(encoded) <= limit:
        return encoded.decode()
    mark = "…" if limit >= 3 else ""
    return encoded[: max(0, limit - 3 * len(mark))].decode("utf-8", "ignore") + mark


def text(value: object, limit: int) -> str:
    """`str(value)` in at most `limit` bytes of UTF-8. Never raises, except for Celery's soft time limit."""
    try:
        return clip(value if isinstance(value, str) else str(value), limit)
    except Exception as error:  # noqa: BLE001  # its text is made by code of the task
        reraise_time_limit(error)
        return clip(_without_text(value), limit)


def show(value: Any, limit: int = TASK_LIMIT) -> str:
    """A value as text without secrets, in at most `limit` bytes of UTF-8: JSON if it is plain data, else Python's repr.

    Never raises, except for Celery's soft time limit.
    """
    try:
        return clip(_written(redact(value)), limit)
    except Exception as error:  # noqa: BLE001  # its text is made by code of the task
        reraise_time_limit(error)
        return clip(_without_text(value), limit)


def short_and_long(value: Any) -> tuple[str, str | None]:
    """The text of a value for lists, and the one for the task itself; None if that is the same."""
    long = show(value)
    short = clip(long, ROW_LIMIT)
    return short, None if short == long else long


class _Shown:
    """Something that is not plain data, with a repr that is safe to show.

    JSON cannot hold it, so the value around it is shown as a repr as well.
    """

    def __init__(self, value: object) -> None:
        try:
            shown = repr(value[:TASK_LIMIT] if isinstance(value, _BULK) else value)
        except Exception as error:  # noqa: BLE001  # its text is made by code of the task
            reraise_time_limit(error)
            shown = _without_text(value)
        self._shown = _scrub_beginning(shown, TASK_LIMIT)

    def __repr__(self) -> str:
        return self._shown


class _Copy:
    """Makes one copy. Stops once it has more items and characters than a text of TASK_LIMIT could show."""

    def __init__(self) -> None:
        self._left = TASK_LIMIT

    def of(self, value: Any, depth: int) -> Any:
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
        for key, item in islice(pairs, _ITEMS_LIMIT):
            if self._left <= 0:
                break
            taken += 1
            name = _name(key)
            self._left -= len(name)
            kept[name] = REDACTED if _hides(name, item) else self.of(item, depth - 1)
        if size is not None and size > taken:
            kept["…"] = f"{size - taken} more"
        return kept

    def _sequence(self, values: Any, depth: int) -> Any:
        if depth == 0:
            return "…"
        if len(values) == 2 and isinstance(values, list | tuple) and isinstance(values[0], str | bytes):
            name = _name(values[0])
            if _hides(name, values[1]):  # HTTP headers come as pairs
                return [name, REDACTED]
        kept: list[Any] = []
        for item in islice(values, _ITEMS_LIMIT):
            if self._left <= 0:
                break
            kept.append(self.of(item, depth - 1))
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
    if value is None or isinstance(value, bool) or not is_secret(name):
        return False
    return not (isinstance(value, int | float) and _COUNT.search(name))


def _is_harmless(name: str, value: str) -> bool:
    """Whether the text behind a secret-looking name is no secret."""
    return value in _FLAGS or (_FIGURE.fullmatch(value) is not None and _COUNT.search(name) is not None)


def _scrub_beginning(text: str, limit: int) -> str:
    """At most `limit` characters and "…". Twice as many are searched for secrets, which may reach beyond the limit."""
    shown = scrub(str.__getitem__(text, slice(2 * limit)))
    return shown if len(shown) <= limit and len(text) <= 2 * limit else shown[:limit] + "…"


def _without_text(value: object) -> str:
    return f"<{type(value).__name__} that cannot be shown>"


def _written(plain: Any) -> str:
    try:
        return msgspec.json.encode(plain).decode()
    except Exception as error:  # noqa: BLE001  # what JSON cannot hold
        reraise_time_limit(error)
        return repr(plain)
