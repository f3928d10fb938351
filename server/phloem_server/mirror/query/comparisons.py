"""Durations and counts that are compared with a bound: `>10s`, `<=1m`, `>1`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import msgspec

from phloem_server.mirror.query.moments import UNITS
from phloem_server.mirror.query.values import QueryError, shown

COMPARISONS_LIMIT = 4
"""Most comparisons of one field."""

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_DURATION = re.compile(r"(>=|<=|>|<)\s?([0-9]{1,12}(?:\.[0-9]{1,6})?)(ms|s|m|min|h|d|w)?", re.ASCII)
_COUNT = re.compile(r"(>=|<=|>|<|=)?\s?([0-9]{1,12})", re.ASCII)


class Comparison(msgspec.Struct, frozen=True):
    """One bound: for durations in seconds."""

    sign: str
    bound: float

    @classmethod
    def of(cls, text: str) -> Comparison:
        """What `read_durations` or `read_counts` gave."""
        bound = text.lstrip("<>=")
        return cls(text[: -len(bound)], float(bound))

    def fits(self, value: float) -> bool:
        """Whether a value is within the bound."""
        return _SIGNS[self.sign](value, self.bound)

    def fits_since(self, since: float, now: float) -> bool:
        """Whether what goes on since then is within the bound at the time `now`; both are Unix seconds.

        Compared as the index of times is read, so that a task is looked at in the very moment that this changes.
        """
        return (since <= now - self.bound) == (self.sign[0] == ">")


def read_durations(name: str, given: Any) -> tuple[str, ...]:
    """Comparisons of a duration, in seconds. Raises QueryError."""
    return _read(
        name, given, _DURATION, "a comparison such as >10s, >=1.5m or <2h, with the unit ms, s, m, min, h, d or w"
    )


def read_counts(name: str, given: Any) -> tuple[str, ...]:
    """Comparisons of a count. Raises QueryError."""
    return _read(name, given, _COUNT, "a comparison such as >1, <=3 or =2")


def _read(name: str, given: Any, form: re.Pattern[str], expected: str) -> tuple[str, ...]:
    if given is None or given == "":
        return ()
    values = given if isinstance(given, list | tuple) else [given]
    if len(values) > COMPARISONS_LIMIT:
        raise QueryError(f"{name} has {len(values)} comparisons; expected at most {COMPARISONS_LIMIT}.")
    return tuple(sorted({_canonical(name, value, form, expected) for value in values}))


def _canonical(name: str, given: Any, form: re.Pattern[str], expected: str) -> str:
    found = form.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise QueryError(f"{name} is {shown(given)}; expected {expected}.")
    unit = found[3] if form is _DURATION else None
    return f"{found[1] or '='}{float(found[2]) * UNITS[unit or 's']:.15g}"
