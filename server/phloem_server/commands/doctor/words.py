"""Figures and names as the doctor writes them."""

from __future__ import annotations

from collections.abc import Collection


def size(count: int) -> str:
    """A count of bytes."""
    number = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def ahead(seconds: float) -> str:
    """By how much a clock is ahead of another, or behind it: "30 s ahead of"."""
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"


def listed(names: Collection[str], most: int = 5) -> str:
    """Names in their order, the first few of many."""
    ordered = sorted(names)
    rest = len(ordered) - most
    return ", ".join(ordered[:most]) + (f" and {rest} more" if rest > 0 else "")


def duration(seconds: float) -> str:
    """A duration, to about a tenth of it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def said(error: BaseException) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
