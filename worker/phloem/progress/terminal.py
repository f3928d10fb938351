"""What a terminal would show of printed text: lines that are drawn again and again are one line.

Bars return to the beginning of their line, and to lines above it, to draw themselves anew. The control sequences are
those of ECMA-48 that programs move the cursor and erase with; colours and all others are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from phloem.patterns import Pattern
from phloem.redaction.escapes import ESCAPES

LINE_CHARACTERS = 4097
"""Most characters of a line: one more than are shown, so that it is cut visibly."""

ROWS_HELD = 100
"""Most lines that are held because they may be drawn again."""

SETTLE_SECONDS = 0.5
"""A line above the cursor that was not drawn for so long is taken for final."""

_CONTROL = Pattern(
    rf"""
    (?P<newline>\n) | (?P<return>\r) | (?P<backspace>\x08+)
    | {ESCAPES}
    | [\x00-\x07\x0b-\x1f\x7f-\x9f]
    """,
    re.VERBOSE,
)

_UNFINISHED = Pattern(r"(?:\x9b[0-?]*[ -/]*|\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]{0,1000}\x1b?|[ -/]*)?)\Z")

_DRAWS = Pattern(r"[\n\r\x08]|(?:\x1b\[|\x9b)[0-?]*[ -/]*[A-GJK]")


class Row:
    """A line as it stands now."""

    __slots__ = ("at", "begun", "drawn", "returned", "text")

    def __init__(self, at: float) -> None:
        self.text = ""
        self.at = at
        self.drawn = False
        """Whether it was drawn from where the cursor had returned to, as a bar is."""
        self.returned = False
        self.begun = False
        """Whether the cursor stands at its beginning, so that what comes replaces it."""


Shown = tuple[str, float]
"""A line that is final, and when it was last drawn, in Unix seconds."""


class Terminal:
    """The lines of one stream that are not final yet, and the cursor. Not safe to use from several threads."""

    def __init__(self) -> None:
        self.step: str | None = None
        """Key of the step within which it was written to last."""
        self._rows: list[Row] = []
        self._cursor = 0
        self._moved_up = False
        self._unfinished = ""

    def write(self, text: str, at: float) -> list[Shown]:
        """Takes in text that is printed at `at` (Unix seconds). Returns the lines that are final now."""
        text = self._unfinished + text
        self._unfinished = ""
        if ending := _UNFINISHED.search(text):
            text, self._unfinished = text[: ending.start()], ending[0]
        final: list[Shown] = []
        start = 0
        for control in _CONTROL.finditer(text):
            self._put(text[start : control.start()], at)
            start = control.end()
            if control["newline"]:
                final += self._next_line(at)
            else:
                self._control(control, at)
        self._put(text[start:], at)
        return final

    @property
    def pending(self) -> bool:
        """Whether there is a line that is not final."""
        return any(row.text for row in self._rows)

    def goes_on(self, text: str) -> bool:
        """Whether the text, of whoever writes to the same stream, draws on the lines that stand here."""
        if not self.pending or _DRAWS.match(text) is None:
            return False
        return text[0] != "\n" or self._moved_up or any(row.drawn or row.returned for row in self._rows)

    def settle(self, before: float | None = None) -> list[Shown]:
        """Removes and returns the lines above the cursor that were last drawn before that time, by default all."""
        count = 0
        while count < self._cursor and (before is None or self._rows[count].at < before):
            count += 1
        return list(self._take(count))

    def end(self) -> list[Shown]:
        """Removes and returns all lines."""
        return list(self._take(len(self._rows)))

    def _take(self, count: int) -> Iterator[Shown]:
        taken, self._rows = self._rows[:count], self._rows[count:]
        self._cursor = max(0, self._cursor - count)
        return ((row.text.rstrip(), row.at) for row in taken if row.text.strip())

    def _row(self, at: float) -> Row:
        while len(self._rows) <= self._cursor:
            self._rows.append(Row(at))
        return self._rows[self._cursor]

    def _put(self, text: str, at: float) -> None:
        if not text:
            return
        row = self._row(at)
        row.text = (text if row.begun else row.text + text)[:LINE_CHARACTERS]
        row.drawn |= row.returned
        row.begun = row.returned = False
        row.at = at

    def _next_line(self, at: float) -> list[Shown]:
        row = self._row(at)
        self._cursor += 1
        self._row(at).begun = True
        if self._cursor == 1 and not row.drawn and not self._moved_up:
            return self.settle()
        return list(self._take(1)) if len(self._rows) > ROWS_HELD else []

    def _to_column(self, column: int, at: float) -> None:
        row = self._row(at)
        if column == 0:
            row.begun = row.returned = True
        else:
            row.text = row.text[:column]

    def _control(self, control: re.Match[str], at: float) -> None:
        if control["return"]:
            self._to_column(0, at)
        elif control["backspace"]:
            row = self._row(at)
            row.text = row.text[: -len(control["backspace"])]
        elif control["final"] == "D":
            self._to_column(max(0, len(self._row(at).text) - _number(control)), at)
        elif control["final"] == "G":
            self._to_column(_number(control) - 1, at)
        elif control["final"] in ("A", "F"):
            self._moved_up = True
            self._cursor = max(0, self._cursor - _number(control))
            self._row(at).begun |= control["final"] == "F"
        elif control["final"] in ("B", "E"):
            self._cursor = min(self._cursor + _number(control), ROWS_HELD)
            self._row(at).begun |= control["final"] == "E"
        elif control["final"] == "K":
            row = self._row(at)
            if row.begun or control["parameters"] in ("1", "2"):
                row.text = ""
        elif control["final"] == "J":
            for row in self._rows[0 if control["parameters"] in ("2", "3") else self._cursor + 1 :]:
                row.text = ""


def _number(control: re.Match[str]) -> int:
    """How far a sequence moves the cursor: 1 unless it says otherwise."""
    given = control["parameters"]
    return max(1, int(given[:4])) if given.isdecimal() else 1
