"""Text without what steers a terminal, such as colours: a page would show it as signs of its own."""

from __future__ import annotations

import re

from phloem.patterns import Pattern

ESCAPES = r"""
    (?:\x1b\[|\x9b) (?P<parameters>[0-?]*) [ -/]* (?P<final>[@-~])  # a control sequence
    | \x1b[\]PX^_] [^\x07\x1b]* (?:\x07|\x1b\\)                      # a text for the terminal: a title, a link
    | \x1b [ -/]* [0-Z\\^_`-~]                                        # other escapes
"""
"""The control sequences of ECMA-48, as a verbose pattern."""

_ESCAPE = Pattern(rf"{ESCAPES} | \x1b (?:\[ [0-?]* [ -/]* \Z)?", re.VERBOSE)
"""One that is cut off at the end as well."""


def plain(text: str) -> str:
    """`text` without control sequences; what stands between them is kept."""
    return _ESCAPE.sub("", text) if "\x1b" in text else text
