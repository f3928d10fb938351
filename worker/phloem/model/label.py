"""What people call a task: a short text of one line, such as the name of the customer that it is for."""

from __future__ import annotations

import unicodedata

LIMIT_CHARACTERS = 200
"""Most characters of a label; a longer one is cut, and ends with "…"."""

MARKS_LIMIT = 4
"""Most combining marks in a row. More than any script needs would cover the lines above and below."""

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows, which may be what stands behind the label."""

_READ = 20
"""Characters that are read for each one that is shown: the others may all be dropped."""


def label_of(text: str) -> str | None:
    """A text as a label: on one line, and without what would change its surroundings; None if nothing is left.

    Labels also stand where nothing can isolate them, as in the title of a window or of a notification.
    """
    text = text[: _READ * LIMIT_CHARACTERS]
    if not (text.isascii() and text.isprintable()):
        text = "".join(_shown(text))
    text = " ".join(text.split())
    if all(character == " " or unicodedata.category(character) == "Cf" for character in text):
        return None
    return f"{text[: LIMIT_CHARACTERS - 1].rstrip()}…" if len(text) > LIMIT_CHARACTERS else text


def _shown(text: str) -> list[str]:
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or character in _TURNS:
            continue
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MARKS_LIMIT:
                continue
        elif category != "Cf":  # which takes no room: marks behind it stand above those before it
            marks = 0
        shown.append(" " if category in ("Cc", "Zl", "Zp") else character)
    return shown
