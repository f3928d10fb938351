"""What a run logs and says, without its secrets. What steers a terminal stays, where it splits none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from phloem.model.task import Line
from phloem.patterns import Pattern
from phloem.redaction.escapes import plain
from phloem.redaction.free import REDACTED, scrub, scrub_again
from phloem.redaction.shapes import PEM_BEGINS, PEM_ENDS

_KEY_LINE = Pattern(r"[A-Za-z0-9+/=]{0,80}|[A-Z][\w-]+: .{0,80}|-----END .*", re.DOTALL)
"""A line of a PEM block: base64, a header of it, or its end."""


class Veil:
    """Hides the secrets of one run: what looks like one, and what the run was given as one."""

    def __init__(self, known: Sequence[str] = ()) -> None:
        self.known = tuple(known)
        """Texts that are secrets wherever they stand."""
        self._within_key = False

    def text(self, said: str) -> str:
        """A text that may be asked for again soon."""
        return _hidden(said, scrub_again, self.known)

    def lines(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        """Lines of the log, in their order. A key that is printed line by line is one secret."""
        if not lines:
            return lines
        return tuple(self._line(line) for line in lines)

    def _line(self, line: Line) -> Line:
        said = line.message
        if self._within_key and _KEY_LINE.fullmatch(said):
            self._within_key = PEM_ENDS not in said
            hidden = REDACTED
        else:
            self._within_key = said.rfind(PEM_BEGINS) > said.rfind(PEM_ENDS)
            hidden = _hidden(said, scrub, self.known)
        if line.fields:
            from phloem.redaction.fields import hidden_fields  # not by each process that attaches, as it starts

            return msgspec.structs.replace(line, message=hidden, fields=hidden_fields(line.fields, self.known))
        return line if hidden == said else msgspec.structs.replace(line, message=hidden)


def _hidden(said: str, scrubbed: Callable[[str, Sequence[str]], str], known: Sequence[str]) -> str:
    """`said` without its secrets, also those whose name is split by an escape."""
    shown = plain(said)
    if shown != said and (hidden := scrubbed(shown, known)) != shown:
        return hidden
    return scrubbed(said, known)
