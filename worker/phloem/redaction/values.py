"""Values as text that may leave the process."""

from __future__ import annotations

import dataclasses
import math
from array import array
from collections import UserList, deque
from collections.abc import Callable, Iterable, Mapping, MappingView, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from phloem.isolation import reraise_time_limit
from phloem.redaction.bounds import ROW_LIMIT, TASK_LIMIT, clip, text, without_text
from phloem.redaction.chosen import CHOSEN
from phloem.redaction.free import ANYWHERE, REDACTED, scrub
from phloem.redaction.names import hides, is_secret
from phloem.redaction.shapes import SHORTEST

WITHHELD = "…"
"""Stands for positional arguments until a process tells them that knows which of them are secrets."""

_DEPTH_LIMIT = 8
"""Levels of nesting that are shown."""

_ITEMS_LIMIT = 1000
"""Items of one container that are shown."""

_SEQUENCES = (list, tuple, set, frozenset, deque, UserList, MappingView)
_BULK = (bytes, bytearray, array)
"""Types whose repr is as long as the value."""

_LEAVES = (bool, datetime, date, time, timedelta, Decimal, UUID, Enum)
"""Single values that JSON has a type for, or that msgspec writes as a text that is easy to read."""

_EMPTY = {type(None): "null", list: "[]", tuple: "[]", dict: "{}"}
"""Texts of the most frequent arguments and results."""


_SINGLE = frozenset({type(None), bool, int, float, str})
_FEW = 20
_SHORT = 1000
"""Characters of a text that many may be kept of."""

Calls = Callable[[str, Sequence[Any]], Any]
"""What may be shown of the positional arguments of a call, by the name of the task that is called."""

_KNOWN_SHORTEST, _KNOWN_MOST = 3, 100
"""Characters of the shortest text that is known for a secret, and how many are: they are looked for in every text."""


def redact(value: Any) -> Any:
    """A copy of a value as plain data: the values of secret-looking keys are replaced, deep or long parts left out.

    A part that is not plain data becomes an object whose repr is safe to show.
    """
    return _Copy().of(value, _DEPTH_LIMIT)


def show(
    value: Any,
    limit: int = TASK_LIMIT,
    *,
    known: Sequence[str] = (),
    calls: Calls | None = None,
    hidden: list[object] | None = None,
) -> str:
    """A value as text without secrets, in at most `limit` bytes of UTF-8: JSON if it is plain data, else Python's repr.

    Texts that are `known` are secrets. `calls` judges calls of other tasks within the value: Celery's signatures. What
    was hidden for its name is added to `hidden`. Never raises, except for Celery's soft time limit.
    """
    if (empty := _text_of_nothing(value)) is not None:
        return clip(empty, limit)
    try:
        return clip(_written(_Copy(known, calls, hidden).of(value, _DEPTH_LIMIT)), limit)
    except Exception as error:  # noqa: BLE001  # its text is made by code of the task
        reraise_time_limit(error)
        return clip(without_text(value), limit)


def short_and_long(value: Any, **given: Any) -> tuple[str, str | None]:
    """The text of a value for lists, and the one for the task itself; None if that is the same. Options: `show`."""
    if (empty := _text_of_nothing(value)) is not None:
        return empty, None
    long = show(value, **given)
    short = clip(long, ROW_LIMIT)
    return short, None if short == long else long


def _text_of_nothing(value: Any) -> str | None:
    """The text of what holds nothing, as most tasks take and return; None for all else."""
    return _EMPTY[type(value)] if value is None or (not value and type(value) in _EMPTY) else None


def is_single(value: object) -> bool:
    """Whether a value is a single one that nobody can change, and takes little room."""
    kind = type(value)
    return kind in _SINGLE and (kind is not str or len(value) <= _SHORT)  # type: ignore[arg-type]


def are_single(values: object) -> bool:
    """Whether a list, a tuple or a dict holds a few single values, and nothing else."""
    kind = type(values)
    if kind is dict:
        values = values.values()  # type: ignore[attr-defined]
    elif kind is not list and kind is not tuple:
        return False
    return not values or (len(values) <= _FEW and all(map(is_single, values)))  # type: ignore[call-overload, arg-type]


def texts_in(hidden: Iterable[object], *, words: bool = False) -> tuple[str, ...]:
    """The texts of what was hidden, the longest first: wherever else they stand they are secrets as well.

    Short texts are left out, unless a figure is in them, as in a PIN; with `words` they are not.
    """
    found: set[str] = set()
    left = deque(hidden)
    while left and len(found) < _KNOWN_MOST:
        value = left.popleft()
        if isinstance(value, bytes):
            value = value[:TASK_LIMIT].decode("utf-8", "replace")
        if isinstance(value, int | float | Decimal | UUID) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str):
            text = str.__getitem__(value, slice(TASK_LIMIT))
            if len(text) >= ANYWHERE or (len(text) >= _KNOWN_SHORTEST and (words or any(map(str.isdecimal, text)))):
                found |= {text, repr(text)[1:-1], _written(text)[1:-1]}
        elif isinstance(value, Mapping):
            left += islice(value.values(), _KNOWN_MOST)
        elif isinstance(value, _SEQUENCES):
            left += islice(iter(value), _KNOWN_MOST)  # type: ignore[arg-type]  # a view of a mapping has items
    return tuple(sorted(found, key=len, reverse=True))


class _Shown:
    """Something that is not plain data, with a repr that is safe to show.

    JSON cannot hold it, so the value around it is shown as a repr as well.
    """

    def __init__(self, value: object, known: Sequence[str]) -> None:
        try:
            shown = repr(value[:TASK_LIMIT] if isinstance(value, _BULK) else value)
        except Exception as error:  # noqa: BLE001  # its text is made by code of the task
            reraise_time_limit(error)
            shown = without_text(value)
        self._shown = _scrub_beginning(shown, TASK_LIMIT, known)

    def __repr__(self) -> str:
        return self._shown


class _Copy:
    """Makes one copy. Stops once it has more items and characters than a text of TASK_LIMIT could show."""

    def __init__(
        self, known: Sequence[str] = (), calls: Calls | None = None, hidden: list[object] | None = None
    ) -> None:
        self._left = TASK_LIMIT
        self._known = known
        self._calls = calls
        self._hidden = hidden

    def of(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if type(value) is str:  # the most frequent first
            return self._text(value)
        if value is None or isinstance(value, _LEAVES):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            if self._known or CHOSEN.patterns:
                return self._number(value)
            return value if -(2**63) <= value < 2**64 else _Shown(value, self._known)
        if isinstance(value, float):
            return value if math.isfinite(value) else _Shown(value, self._known)
        if (fields := _fields(value)) is not None:
            return self._mapping(fields, None, depth)
        if isinstance(value, Mapping):
            if self._calls is not None and "subtask_type" in value and "args" in value:
                value = {**value, "args": self._calls(str(value.get("task")), value["args"] or ())}
            return self._mapping(value.items(), len(value), depth)
        if isinstance(value, _SEQUENCES):
            return self._sequence(value, depth)
        return _Shown(value, self._known)

    def _text(self, value: str) -> str:
        limit = max(self._left, 0)
        self._left -= len(value)
        return _scrub_beginning(value, limit, self._known)

    def _number(self, value: int) -> Any:
        shown = scrub(str(value), self._known) if -(2**63) <= value < 2**64 else str(value)
        return value if shown == str(value) else shown

    def _hide(self, value: object) -> str:
        if self._hidden is not None:
            self._hidden.append(value)
        return REDACTED

    def _mapping(self, pairs: Iterable[tuple[Any, Any]], size: int | None, depth: int) -> Any:
        if depth == 0:
            return "…"
        kept: dict[str, Any] = {}
        taken, shortest = 0, 1 if self._known or CHOSEN.patterns else SHORTEST
        for key, item in islice(pairs, _ITEMS_LIMIT):
            if self._left <= 0:
                break
            taken += 1
            name = _name(key)
            self._left -= len(name)
            shown = scrub(name, self._known) if len(name) >= shortest else name
            kept[shown] = self._hide(item) if hides(name, item) else self.of(item, depth - 1)
        if size is not None and size > taken:
            kept["…"] = f"{size - taken} more"
        return kept

    def _sequence(self, values: Any, depth: int) -> Any:
        if depth == 0:
            return "…"
        if len(values) == 2 and isinstance(values, list | tuple) and isinstance(values[0], str | bytes):
            name = _name(values[0])
            if hides(name, values[1]):  # HTTP headers come as pairs
                return [scrub(name, self._known), self._hide(values[1])]
        kept: list[Any] = []
        option = False  # the item before is one of a command line, such as --password
        for item in islice(values, _ITEMS_LIMIT):
            if self._left <= 0:
                break
            kept.append(self._hide(item) if option and isinstance(item, str) else self.of(item, depth - 1))
            option = type(item) is str and item[:1] == "-" and is_secret(item[:ROW_LIMIT])
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
    if type(key) is str:
        return clip(key, ROW_LIMIT)
    return text(key[:ROW_LIMIT].decode("utf-8", "replace") if isinstance(key, bytes) else key, ROW_LIMIT)


def _scrub_beginning(text: str, limit: int, known: Sequence[str] = ()) -> str:
    """At most `limit` characters and "…". Twice as many are searched for secrets, which may reach beyond the limit."""
    shown = scrub(str.__getitem__(text, slice(2 * limit)), known)
    return shown if len(shown) <= limit and len(text) <= 2 * limit else shown[:limit] + "…"


def _written(plain: Any) -> str:
    try:
        return msgspec.json.encode(plain).decode()
    except Exception as error:  # noqa: BLE001  # what JSON cannot hold
        reraise_time_limit(error)
        return repr(plain)
