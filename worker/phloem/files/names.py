"""File names and media types as they come from clients, made fit to be shown and offered for saving."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

NAME_LIMIT_BYTES = 255
"""Longest file name in UTF-8: what common file systems hold, so that a download can be saved."""

SUFFIX_LIMIT_BYTES = 16
"""Longest suffix; what follows the last dot is part of the name if it is longer."""

UNKNOWN_TYPE = "application/octet-stream"

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")

_JOINERS = "\u200c\u200d"
"""The zero-width characters that words are spelt with, and emoji put together."""

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Unicode categories of characters that are not seen: control, format (direction marks, zero-width spaces), ..."""


def clean_name(filename: str) -> str:
    """The last part of a file's name without characters that are not seen, in at most 255 bytes.

    "file" if nothing is left of it.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    seen = "".join(each for each in last if _is_seen(each))
    name = " ".join(seen.split())
    if not name.strip(". "):
        return "file"
    # The stem is cut, not the suffix.
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > SUFFIX_LIMIT_BYTES:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: NAME_LIMIT_BYTES - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


def clean_type(content_type: str) -> str:
    """A media type without its parameters; application/octet-stream if it is not well-formed."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type if _TYPE.fullmatch(media_type) else UNKNOWN_TYPE


def _is_seen(character: str) -> bool:
    return character.isspace() or character in _JOINERS or unicodedata.category(character) not in _HIDDEN
