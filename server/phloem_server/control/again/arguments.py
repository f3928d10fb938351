"""Kept arguments as JSON that a person can edit.

What JSON cannot hold, and what is secret, stands there as `{"$kept": "2: Decimal('19.90')"}`: as what it is, to look
at. Left as it is, or put elsewhere, it stands for the kept value itself.
"""

from __future__ import annotations

import math
from typing import Any

from phloem.instrument.arguments import Places
from phloem.instrument.signature import UNCHECKED, ArgumentsError
from phloem.redaction import REDACTED, WITHHELD, redact, show

KEPT = "$kept"
"""The one key of an object that stands for a kept value."""

_SHOWN_BYTES = 200  # of a value that stands for itself
_EXACT = 2**53  # beyond which a reader whose numbers are all floats takes one whole number for another
_DEPTH = 40


class Editable:
    """The arguments of one call. `args` and `kwargs` are for a person: plain JSON without secrets."""

    def __init__(self, args: Any, kwargs: Any, secrets: Places | None) -> None:
        """`secrets` says where the task takes secrets; None if that is not known, which withholds what has no name."""
        self._kept: dict[str, Any] = {}
        self._args, self._kwargs = args, kwargs
        self._secrets = secrets
        self.args = [self._positional(place, value) for place, value in enumerate(args)]
        self.kwargs = {name: self._named_argument(name, value) for name, value in kwargs.items()}

    def meant_args(self, edited: list[Any]) -> Any | None:
        """What edited positional arguments stand for; None if they are the kept ones. ArgumentsError."""
        return None if _same(edited, self.args) else [*self._items(edited, self.args, self._args)]

    def meant_kwargs(self, edited: dict[str, Any]) -> Any | None:
        """What edited keyword arguments stand for; None if they are the kept ones. ArgumentsError."""
        return None if _same(edited, self.kwargs) else self._fields(edited, self.kwargs, self._kwargs)

    def by_hand(self, edited: Any, shown: Any) -> Any:
        """Edited arguments for a check of what a person wrote: what is kept, or has a kept part, is UNCHECKED."""
        if isinstance(edited, list):
            before = [*shown, *[_NOTHING] * len(edited)]
            return [self._written(each, was) for each, was in zip(edited, before, strict=False)]
        return {name: self._written(each, shown.get(name, _NOTHING)) for name, each in edited.items()}

    def _written(self, edited: Any, shown: Any) -> Any:
        return UNCHECKED if _same(edited, shown) or _has_kept(edited) else edited

    def _positional(self, place: int, value: Any) -> Any:
        if self._secrets is None or place >= self._secrets.most:
            return self._stand_in(value, WITHHELD)
        if value is not None and (place in self._secrets.at or place >= self._secrets.rest):
            return self._stand_in(value, REDACTED)
        return self._shown(value, _DEPTH)

    def _named_argument(self, name: str, value: Any) -> Any:
        if self._secrets is not None and self._secrets.named is not None and name not in self._secrets.named:
            return self._stand_in(value, REDACTED)
        return self._field(name, value, _DEPTH)

    def _field(self, name: str, value: Any, depth: int) -> Any:
        if redact({name: value}) == {name: REDACTED}:
            return self._stand_in(value, REDACTED)
        return self._shown(value, depth)

    def _shown(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is None or kind is bool:
            return value
        if (kind is int and abs(value) < _EXACT) or (kind is float and math.isfinite(value)):
            return value
        if kind is str and _is_whole(value) and redact(value) == value:
            return value
        if kind is list and depth and (len(value) != 2 or redact(value)[1:] != [REDACTED]):  # a name and its secret
            return [self._shown(each, depth - 1) for each in value]
        if kind is dict and depth and KEPT not in value and all(map(is_field, value)):
            return {name: self._field(name, each, depth - 1) for name, each in value.items()}
        return self._stand_in(value, show(value, _SHOWN_BYTES))

    def _stand_in(self, value: Any, shown: str) -> dict[str, str]:
        name = f"{len(self._kept) + 1}: {shown}"
        self._kept[name] = value
        return {KEPT: name}

    def _meant(self, edited: Any, shown: Any, kept: Any) -> Any:
        """What `edited` stands for, which was `shown` for what is `kept`, if it is still in its place."""
        if _same(edited, shown):
            return kept
        if isinstance(edited, dict):
            if KEPT in edited:
                return self._named(edited)
            return self._fields(edited, shown, kept)
        return [*self._items(edited, shown, kept)] if isinstance(edited, list) else edited

    def _items(self, edited: list[Any], shown: Any, kept: Any) -> Any:
        before = zip(shown, kept, strict=True) if isinstance(shown, list) else iter(())
        for each in edited:
            yield self._meant(each, *next(before, (_NOTHING, None)))

    def _fields(self, edited: dict[str, Any], shown: Any, kept: Any) -> dict[str, Any]:
        if not isinstance(shown, dict) or KEPT in shown:
            shown, kept = {}, {}
        return {name: self._meant(each, shown.get(name, _NOTHING), kept.get(name)) for name, each in edited.items()}

    def _named(self, edited: dict[str, Any]) -> Any:
        name = edited[KEPT]
        if len(edited) != 1 or not isinstance(name, str) or name not in self._kept:
            there = ", ".join(repr(each) for each in list(self._kept)[:5]) or "none"
            raise ArgumentsError(
                f"An object with {KEPT!r} stands for a kept value, and cannot be edited itself: {name!r} came; there "
                f"is {there}. Put another value in its place."
            )
        return self._kept[name]


_NOTHING = object()


def is_field(name: object) -> bool:
    """Whether a field of a JSON object can have this name."""
    return type(name) is str and _is_whole(name)


def _is_whole(text: str) -> bool:
    """Whether UTF-8 can hold it: half of a character (a lone surrogate), which Python's JSON brings, it cannot."""
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)


def _has_kept(edited: Any) -> bool:
    """Whether something within stands for a kept value."""
    if isinstance(edited, dict):
        return KEPT in edited or any(map(_has_kept, edited.values()))
    return isinstance(edited, list) and any(map(_has_kept, edited))


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON. A reader may write the float 1.0 as 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(each, other[name]) for name, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return (numbers or type(one) is type(other)) and bool(one == other)
