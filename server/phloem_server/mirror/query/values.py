"""Reads the values of a query as they came over HTTP or Socket.IO."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from phloem.errors import PhloemError
from phloem.model.state import State

TEXT_LIMIT_CHARACTERS = 500
"""Most characters of one text."""

ID_LIMIT_CHARACTERS = 10_000
"""Most characters of the id of a task or a group: Celery takes ids of any length."""

VALUES_LIMIT = 50
"""Most values of one field of `not`."""

STARS_LIMIT = 20
"""Most `*` in one field: each can multiply the work of matching."""

OLDEST_SECONDS = 100 * 366 * 86400
"""The greatest age, in seconds: a hundred years."""


class QueryError(PhloemError, ValueError):
    """A query that cannot be answered; the text says what came and what was expected."""

    code = "query_invalid"


def read_states(name: str, given: Any) -> tuple[State, ...]:
    if given is None or given == "":
        return ()
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list | tuple):
        raise QueryError(f"{name} is {shown(given)}; expected a state or a list of states.")
    for each in names:
        if not isinstance(each, str) or each not in State.__members__:
            raise QueryError(f"{name} is {shown(each)}; expected one of {', '.join(State)}.")
    return tuple(sorted({State(each) for each in names}))


def read_wanted_states(name: str, given: Any) -> tuple[State, ...]:
    """The states of which a task has to be in one. None of them is a mistake: it would ask for all tasks."""
    if isinstance(given, list | tuple) and not given:
        raise QueryError(f"{name} is []; expected a state or a list with at least one.")
    return read_states(name, given)


def read_texts(name: str, given: Any, limit: int = TEXT_LIMIT_CHARACTERS) -> tuple[str, ...]:
    values = given if isinstance(given, list | tuple) else [given]
    if len(values) > VALUES_LIMIT:
        raise QueryError(f"{name} has {len(values)} values; expected at most {VALUES_LIMIT}.")
    return tuple(sorted({text for value in values if (text := read_text(name, value, limit)) is not None}))


def check_stars(name: str, texts: Iterable[str]) -> None:
    stars = sum(text.count("*") for text in texts)
    if stars > STARS_LIMIT:
        raise QueryError(f"{name} has {stars} times *; expected at most {STARS_LIMIT}.")


def read_text(name: str, given: Any, limit: int = TEXT_LIMIT_CHARACTERS) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > limit:
        raise QueryError(f"{name} is {shown(given)}; expected a text of at most {limit} characters.")
    return given


def read_whole(name: str, given: Any, *, low: int = 0, high: int) -> int | None:
    if given is None or given == "":
        return None
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,16}", given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise QueryError(f"{name} is {shown(given)}; expected a whole number from {low} to {high}.")
    return given


def read_seconds(name: str, given: Any) -> float | None:
    if given is None or given == "":
        return None
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", given):
        given = float(given)
    fits = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    if not fits or not 0 < given <= OLDEST_SECONDS:
        raise QueryError(f"{name} is {shown(given)}; expected a number of seconds above 0, up to a hundred years.")
    return float(given)


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
