"""What a docstring says of a function, and apart from it of each argument."""

from __future__ import annotations

import re
import textwrap

# A section of "name: text" or "name (type): text"; further lines of an entry are indented deeper.
_SECTION = re.compile(r"^(?:Args|Arguments|Parameters):\n((?:[ \t].*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^\**(\w+)(?: *\(.*?\))?:(.*(?:\n(?:[ \t].*)?)*)", re.MULTILINE)
_FIELD = re.compile(r"^:param (?:[^:\n]* )?\**(\w+):(.*(?:\n[ \t].*)*)\n", re.MULTILINE)


def read(doc: str) -> tuple[str, dict[str, str]]:
    """The text of a docstring without the parts about arguments, and those parts by the names of the arguments.

    Arguments are described in a section of Google's style ("Args:"), or by fields of Sphinx's (":param name:").
    """
    doc += "\n"
    about: dict[str, str] = dict(_FIELD.findall(doc))
    for section in _SECTION.findall(doc):
        about |= _ENTRY.findall(textwrap.dedent(section))
    text = _FIELD.sub("", _SECTION.sub("", doc)).strip()
    return text, {name: " ".join(words.split()) for name, words in about.items()}
