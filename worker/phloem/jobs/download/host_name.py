"""Names of hosts in other scripts, as browsers look them up."""

from __future__ import annotations

import re

import idna

LIMIT_CHARACTERS = 253
"""Longest name of a host, and longest label in it (RFC 1035)."""

LABEL_LIMIT_CHARACTERS = 63

_ASCII = re.compile(r"[!-~]+")


def ascii_name(host: str) -> str:
    """The name in the letters that DNS has. ValueError if no name is spelt like that.

    The mapping is that of UTS 46 without its transition from IDNA 2003, which browsers use: "faß.de" is not "fass.de".
    Unlike IDNA 2008 alone it takes names with symbols.
    """
    mapped = idna.uts46_remap(host, std3_rules=False, transitional=False).rstrip(".")
    name = ".".join(map(_label, mapped.split(".")))
    if not _ASCII.fullmatch(name) or len(name) > LIMIT_CHARACTERS:
        raise ValueError(host)
    return name


def _label(label: str) -> str:
    encoded = label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
    if not 0 < len(encoded) <= LABEL_LIMIT_CHARACTERS:
        raise ValueError(label)
    return encoded
