"""Long logs: which entries are kept of one that has too many."""

from __future__ import annotations

import re
from collections.abc import Sequence

from phloem.model.task import LogEntry

GRAVE = ("warning", "error", "critical")
"""Levels whose lines are kept before others."""

_COUNT = re.compile(r"\d+")


def shortened(entries: Sequence[LogEntry], limit: int) -> list[LogEntry]:
    """At most `limit` of a log's entries, oldest first: its beginning, its end, and of what is between them the states
    that the task entered, its warnings and its errors.

    An entry of kind `gap`, in the place of the first one that is missing, says how many are. So a log that was
    shortened can be shortened again. record/functions/log.lua does the same.
    """
    if len(entries) <= limit:
        return list(entries)
    first, last = max(1, limit // 10), limit // 2
    middle = entries[first : len(entries) - last]
    kept = [entry for entry in middle if _matters(entry)]
    kept = kept[max(0, len(kept) - (limit - first - last - 1)) :]
    present = {entry.id for entry in kept}
    missing = [entry for entry in middle if entry.id not in present]
    count = sum(_missing(entry) for entry in missing)
    gap = LogEntry(id=missing[0].id, at=missing[0].at, kind="gap", level="warning", message=left_out(count))
    place = next(place for place, entry in enumerate(middle) if entry.id == gap.id)
    return [*entries[:first], *middle[:place], gap, *kept[place:], *entries[len(entries) - last :]]


def left_out(count: int) -> str:
    """The message of an entry that stands for `count` others."""
    return f"… {count} entries were left out"


def _matters(entry: LogEntry) -> bool:
    return entry.kind == "state" or (entry.kind == "log" and entry.level in GRAVE)


def _missing(entry: LogEntry) -> int:
    if entry.kind != "gap":
        return 1
    count = _COUNT.search(entry.message)
    return int(count[0]) if count else 1
