"""The name that a Content-Disposition header gives a file, read as browsers read it (RFC 6266)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_PARAMETER = re.compile(
    r"""(?:^|;)\s*
    (?P<name>filename\*?)\s*=\s*
    (?: "(?P<quoted>(?:\\.|[^"\\])*)" | (?P<bare>[^;]*) )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)


def file_name(disposition: str) -> str | None:
    """The name, as it was given; None if there is none. `filename*` (RFC 8187) comes before `filename`, wherever it is.

    A backslash in quotes escapes a quote or a backslash only, since it also stands between folders in real headers.
    """
    quoted = [match.span() for match in _QUOTED.finditer(disposition)]
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(disposition):
        if any(start < match.start("name") < end for start, end in quoted):
            continue  # it is part of another parameter's value
        text = match["quoted"]
        value = match["bare"].strip() if text is None else re.sub(r'\\(["\\])', r"\1", text)
        found.setdefault(match["name"].lower(), value)
    extended = _extended(found["filename*"]) if "filename*" in found else None
    return extended or found.get("filename") or None


def _extended(value: str) -> str | None:
    """A value such as UTF-8''na%C3%AFve.txt."""
    charset, first, rest = value.partition("'")
    _, second, encoded = rest.partition("'")
    if not (first and second):
        return None
    try:
        return unquote_to_bytes(encoded).decode(charset)
    except (LookupError, ValueError):  # no such character set, or not in it
        return None
