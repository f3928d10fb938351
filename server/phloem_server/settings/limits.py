"""How much one principal, and one address, may ask of a web process."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from phloem.settings import SettingError

Kind = Literal["requests", "watches", "connections", "uploads", "launches"]
"""What is counted: calls of the API; messages `watch`; connections that are opened; bytes of uploads; and tasks that
are launched, retried or run ahead of the schedule."""

VARIABLES: Mapping[Kind, str] = {
    "requests": "PHLOEM_LIMIT_REQUESTS",
    "watches": "PHLOEM_LIMIT_WATCHES",
    "connections": "PHLOEM_LIMIT_CONNECTIONS",
    "uploads": "PHLOEM_LIMIT_UPLOADS",
    "launches": "PHLOEM_LIMIT_LAUNCHES",
}

SECONDS = {"s": 1, "min": 60, "h": 3600}
BYTES = {"": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}

_RATE = re.compile(rf"([1-9][0-9]{{0,14}})({'|'.join(filter(None, BYTES))})?/({'|'.join(SECONDS)})")


class Rate(msgspec.Struct, frozen=True):
    """So many, or so many bytes, within so many seconds: as many at once after a quiet time."""

    count: int
    seconds: int


Rates = Mapping[Kind, Rate | None]
"""The limit of each kind; None is no limit."""

DEFAULTS: Rates = {
    "requests": Rate(6000, 60),
    "watches": Rate(3000, 60),
    "connections": Rate(2000, 60),
    "uploads": Rate(10 * BYTES["GB"], 3600),
    "launches": Rate(6000, 60),
}
"""More than any page asks for: it runs up to 4,000 chosen tasks again, with a call for each."""


def limits(environ: Mapping[str, str]) -> Rates:
    """The limits that `environ` holds. SettingError."""
    return {kind: _rate(name, environ, kind) for kind, name in VARIABLES.items()}


def _rate(name: str, environ: Mapping[str, str], kind: Kind) -> Rate | None:
    text = environ.get(name) or ""
    if not text:
        return DEFAULTS[kind]
    if text == "off":
        return None
    found = _RATE.fullmatch(text)
    if found is None or (found[2] and kind != "uploads"):
        example = "1GB/h" if kind == "uploads" else "600/min"
        raise SettingError(name, text, f"how many and in which time, such as {example}, also per s, min or h; or off")
    return Rate(int(found[1]) * BYTES[found[2] or ""], SECONDS[found[3]])
