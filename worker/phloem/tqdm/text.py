"""Counts, rates and durations as short text, in tqdm's own forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z")


def sized(number: float, suffix: str = "", divisor: float = 1000) -> str:
    """A number with three digits and a prefix for its magnitude: 1.23k, 45.6M."""
    for prefix in _PREFIXES:
        if abs(number) < 999.5:
            places = 2 if abs(number) < 9.995 else 1 if abs(number) < 99.95 else 0
            return f"{number:.{places}f}{prefix}{suffix}"
        number /= divisor
    return f"{number:.1f}Y{suffix}"


def clock(seconds: float) -> str:
    """Seconds as MM:SS, or H:MM:SS from an hour on."""
    minutes, rest = divmod(abs(int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
    return f"-{shown}" if seconds < 0 else shown


def short(number: Any) -> str:
    """A number with three digits, or as it is if that is not longer."""
    try:
        rounded = f"{number:.3g}".replace("e+0", "e+").replace("e-0", "e-")
    except (TypeError, ValueError):
        return str(number)
    return min(str(number), rounded, key=len)


def line(n: float, total: float | None, elapsed: float, facts: Mapping[str, Any]) -> str:
    """A bar as one line of text: "Saving:  50% 3/6 [00:02, 1.5it/s]". `facts` are the arguments of format_meter."""
    unit, scale = facts.get("unit") or "it", facts.get("unit_scale") or 1
    if scale is not True and scale != 1:
        n, total = n * scale, total and total * scale

    def shown(value: float) -> str:
        return sized(value, divisor=facts.get("unit_divisor") or 1000) if scale is True else f"{value:g}"

    rate = facts.get("rate") or ((n - (facts.get("initial") or 0)) / elapsed if elapsed else None)
    figures = [clock(elapsed), "?" if rate is None else f"{shown(rate)}{unit}/s", facts.get("postfix")]
    prefix = str(facts.get("prefix") or "").removesuffix(": ")
    share = f"{100 * n / total:3.0f}% {shown(n)}/{shown(total)}" if total and n <= total else f"{shown(n)}{unit}"
    return f"{prefix}: {share} [{', '.join(filter(None, figures))}]".removeprefix(": ")
