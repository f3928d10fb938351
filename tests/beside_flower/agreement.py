"""Whether a value in Phloem is that in Flower: each of these takes Flower's first."""

from __future__ import annotations

import ast
import json
from datetime import datetime
from typing import Any

from phloem.redaction import REDACTED

NEAR_SECONDS = 1.0
"""By which the moments of one thing may differ: a worker tells of it a little later than it stores it."""

BEFORE_SECONDS = 10.0
"""By which Phloem may have heard earlier of a revoked task: its worker stores that before it says so."""

MOVING = 3
"""By which counts may differ that were read one after the other."""


def equal(value: Any, ours: Any) -> bool:
    """The same."""
    return bool(value == ours)


def among(_value: Any, ours: Any) -> bool:
    """There is a value of another kind."""
    return ours is not None


def near(value: float, ours: float) -> bool:
    """Seconds, almost the same."""
    return abs(value - ours) <= NEAR_SECONDS


def at_most_later(value: float, ours: float) -> bool:
    """A moment that Phloem knows at least as early."""
    return -BEFORE_SECONDS <= ours - value <= NEAR_SECONDS


def about(value: int, ours: int) -> bool:
    """Counts that move meanwhile."""
    return abs(value - ours) <= MOVING


def moment(value: str, ours: float) -> bool:
    """An ISO text, and Unix seconds."""
    return abs(datetime.fromisoformat(value).timestamp() - ours) < 0.01


def same_state(value: str, ours: str) -> bool:
    """The same state, or one that says more."""
    return value == ours or (value, ours) in {("STARTED", "PROGRESS"), ("REJECTED", "FAILURE")}


def same_text(value: str, ours: str) -> bool:
    """Texts of the same value, as Python or as JSON; secrets are withheld in ours, and Flower's may be cut."""
    if REDACTED in ours:
        return True
    read = _read(value), _read(ours)
    if read[0] == read[1] or value == ours:
        return True
    return len(value) > 100 and value[:50] == ours[:50]


def same_error(value: str, ours: dict[str, Any]) -> bool:
    """The repr of an exception, and its type and text."""
    return ours["type"].lower() in value.lower() or ours["message"] in value


def same_traceback(value: str, ours: str) -> bool:
    """Tracebacks that end with the same line."""
    return value.strip().splitlines()[-1] == ours.strip().splitlines()[-1]


def any_traceback(value: str, ours: list[str]) -> bool:
    """One of ours is that."""
    return any(same_traceback(value, each) for each in ours)


def covers(value: list[Any], ours: list[Any]) -> bool:
    """All of Flower's are among ours."""
    return set(value) <= set(ours)


def same_keys(value: Any, ours: Any) -> bool:
    """All that Flower shows has a value in ours, or is secret; figures may have moved since."""
    if ours == REDACTED:
        return True
    if isinstance(value, dict):
        return isinstance(ours, dict) and all(
            key in ours and same_keys(inner, ours[key]) for key, inner in value.items() if inner not in (None, {}, [])
        )
    if isinstance(value, list):
        return isinstance(ours, list) and len(ours) == len(value) and all(map(same_keys, value, ours))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return isinstance(ours, int | float)
    return value == ours or (isinstance(ours, str) and bool(ours))


def _server(address: str) -> str:
    return address.partition("://")[2].rpartition("@")[2].rstrip("/")


def _read(text: str) -> Any:
    for reader in (json.loads, ast.literal_eval):
        try:
            found = reader(text)
        except (ValueError, SyntaxError):
            continue
        return list(found) if isinstance(found, tuple) else found
    return text


def same_address(value: str, ours: str) -> bool:
    """The same server; how a password is hidden is not of interest."""
    return _server(value) == _server(ours)
