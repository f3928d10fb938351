"""One thing that Flower shows, and where Phloem shows it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from tests.beside_flower.agreement import equal

Value = Callable[[Any], Any]


class Source(StrEnum):
    """Who tells Phloem of it, of an app that is not attached."""

    EVENTS = "events"
    BACKEND = "result backend"
    BOTH = "events, result backend"
    SENT = "events, where producers send `task-sent`"
    INSPECT = "workers that are asked"
    BROKER = "broker"
    MANAGEMENT = "RabbitMQ's management API"
    RECORD = "the record"


class Fact(NamedTuple):
    """One thing that Flower shows. `value` finds it in what Flower answered, `ours` in what Phloem did."""

    flower: str
    """What Flower calls it."""
    api: str
    """Where Phloem's API has it."""
    page: str
    """Where Phloem's page has it."""
    source: Source
    value: Value
    ours: Value
    agree: Callable[[Any, Any], bool] = equal
    otherwise: str = ""
    """What Phloem has instead of the same value, as a sentence; empty where it is the same."""


class Left(NamedTuple):
    """One thing that Flower shows and Phloem does not, and why."""

    flower: str
    why: str


def key(*names: str) -> Value:
    """The value below these names; None where there is none."""

    def find(told: Any) -> Any:
        for name in names:
            told = told.get(name) if isinstance(told, dict) else None
        return told

    return find
