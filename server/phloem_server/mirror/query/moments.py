"""Points in time, as people and programs write them: `14:30`, `2026-11-30`, `2026-11-30T14:30`, `midnight`, `2h`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from phloem_server.mirror.query.values import OLDEST_SECONDS, QueryError, shown

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
"""Seconds in each unit of time."""

Moment = float | str
"""Unix seconds, or an age: so many seconds before the present, such as `7200s`."""

_EXPECTED = (
    "a time (14:30), a date (2026-11-30), both (2026-11-30T14:30, with a zone behind it where it is not UTC), "
    "midnight, today, yesterday, an age (2h), or Unix seconds"
)
_EARLIEST = 1e8  # in 1973: a lesser number is none of Unix seconds, but an age without its unit
_LATEST = 1e11
_DAY = timedelta(days=1)
_AGE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(s|m|min|h|d|w)", re.ASCII)
_UNIX = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BOTH = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


def read_moment(name: str, given: Any, now: float) -> Moment | None:
    """The value of `since` or `until`. What names no zone is in UTC; a time of day is the last one before `now`.

    A whole day begins with `since` and ends with `until`. Raises QueryError.
    """
    if given is None or given == "":
        return None
    moment = _read(given, datetime.fromtimestamp(now, UTC), ends=name == "until")
    if moment is None:
        raise QueryError(f"{name} is {shown(given)}; expected {_EXPECTED}.")
    return moment


def age_of(moment: Moment | None) -> float | None:
    """The age in seconds that a moment is; None for a fixed point in time."""
    return float(moment[:-1]) if isinstance(moment, str) else None


def time_of(moment: Moment, now: float) -> float:
    """The Unix seconds that a moment is at the time `now`."""
    return now - float(moment[:-1]) if isinstance(moment, str) else moment


def _read(given: Any, now: datetime, *, ends: bool) -> Moment | None:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return _unix(given)
    if not isinstance(given, str):
        return None
    if _UNIX.fullmatch(given):
        return _unix(float(given))
    if found := _AGE.fullmatch(given):
        seconds = float(found[1]) * UNITS[found[2]]
        return f"{seconds:.15g}s" if 0 < seconds <= OLDEST_SECONDS else None
    try:
        return _calendar(given, now, ends=ends)
    except (ValueError, OverflowError):  # such as 25:00, or a 31st of February
        return None


def _calendar(given: str, now: datetime, *, ends: bool) -> float | None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if given == "midnight":
        return today.timestamp()
    if given in ("today", "yesterday"):
        day = today if given == "today" else today - _DAY
    elif found := _CLOCK.fullmatch(given):
        clock = today.replace(hour=int(found[1]), minute=int(found[2]), second=int(found[3] or 0))
        return (clock if clock <= now else clock - _DAY).timestamp()
    elif _BOTH.fullmatch(given):
        at = datetime.fromisoformat(given)
        return _unix((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    elif _DATE.fullmatch(given):
        day = datetime.fromisoformat(given).replace(tzinfo=UTC)
    else:
        return None
    return _unix((day + _DAY if ends else day).timestamp())


def _unix(seconds: float) -> float | None:
    return float(seconds) if _EARLIEST <= seconds <= _LATEST else None
