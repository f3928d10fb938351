"""Random values of every type that each of Celery's serializers carries, and whether two are alike."""

from __future__ import annotations

import datetime
import enum
import math
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import msgspec
from kombu.serialization import register

SERIALIZERS = ("json", "pickle", "msgpack", "yaml")


class Colour(enum.Enum):
    """An enumeration, which only a pickle carries."""

    RED = 1
    GREEN = "green"


@dataclass(frozen=True)
class Point:
    """A record, which only a pickle carries."""

    x: float
    y: Any


def register_msgpack() -> None:
    """Has kombu pack messages with MessagePack, as it does where the package msgpack is installed."""
    register(
        "msgpack",
        msgspec.msgpack.encode,
        msgspec.msgpack.decode,
        content_type="application/x-msgpack",
        content_encoding="binary",
    )


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same, of the same types, NaN included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (math.isnan(one) and math.isnan(other)) or repr(one) == repr(other)
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            alike(pair, match) for pair, match in zip(one.items(), other.items(), strict=True)
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Decimal | Point):
        return repr(one) == repr(other)
    return bool(one == other)


_zones = st.one_of(st.none(), st.just(datetime.UTC), st.timedeltas().map(lambda _: datetime.timezone.max))
_text = st.text(st.characters(exclude_categories=["Cs"]))
_plain = st.one_of(st.none(), st.booleans(), st.floats(), _text, st.just(-0.0), st.just(2**53 + 1))
_times = st.one_of(st.datetimes(timezones=_zones), st.dates())
_leaves: dict[str, Any] = {
    "json": st.one_of(
        _plain, st.integers(), st.binary(), _times, st.times(), st.decimals(), st.uuids(), st.text().filter(len)
    ),
    "msgpack": st.one_of(_plain, st.integers(-(2**63), 2**64 - 1), st.binary()),
    "yaml": st.one_of(_plain, st.integers(), st.binary(), st.datetimes(), st.dates(), st.sets(st.integers())),
    "pickle": st.one_of(
        _plain,
        st.integers(),
        st.binary(),
        _times,
        st.times(),
        st.timedeltas(),
        st.decimals(allow_nan=False),
        st.uuids(),
        st.complex_numbers(allow_nan=False),
        st.sets(st.one_of(st.integers(), _text)),
        st.frozensets(_text),
        st.sampled_from(Colour),
        st.builds(Point, st.floats(), st.tuples(st.integers())),
        st.tuples(_text, st.integers()),
        st.binary().map(bytearray),
        st.just(uuid.UUID),
    ),
}
_names: dict[str, Any] = {
    "json": _text,
    "msgpack": _text,
    "yaml": st.one_of(_text, st.integers()),
    "pickle": st.one_of(_text, st.integers(), st.none(), st.tuples(st.integers())),
}


def values(serializer: str) -> st.SearchStrategy[Any]:
    """Values that a serializer carries."""
    names = _names[serializer]
    return st.recursive(
        _leaves[serializer],
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
        max_leaves=8,
    )


def arguments(serializer: str) -> st.SearchStrategy[tuple[list[Any], dict[str, Any]]]:
    """Arguments, and keyword arguments."""
    names = st.text("abcdefghijklmnop_", min_size=1)
    return st.tuples(st.lists(values(serializer), max_size=6), st.dictionaries(names, values(serializer), max_size=4))
