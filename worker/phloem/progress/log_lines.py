"""What a run says line by line, until somebody looks: bounded in number, in pace and in length."""

from __future__ import annotations

import math
import threading
from collections import deque

from phloem.model.task import Line
from phloem.redaction import clip

LEVELS = ("debug", "info", "warning", "error", "critical")

LINES_WAITING = 500
"""Log lines kept between two looks, and how many a run may say at once; what is beyond is left out, and told."""

LINES_PER_SECOND = 100
"""Log lines that a run may say for long: more than anybody reads, and little to keep."""

LINE_LIMIT = 4096
"""Longest log line, in bytes of UTF-8."""

NOTE_INTERVAL = 1.0
"""Seconds between two notes of how many lines were left out."""


class Lines:
    """The log lines of one run that nobody has looked at yet. Any thread may add some."""

    def __init__(self) -> None:
        self._waiting: deque[Line] = deque()
        self._left_out = 0
        self._allowance = float(LINES_WAITING)
        self._at = 0.0
        self._noted = -math.inf
        self._unfinished: dict[tuple[int, str], str] = {}
        # Re-entrant: the garbage collector may run in here, and with it code that logs.
        self._lock = threading.RLock()

    def add(self, line: Line) -> None:
        """Takes a line, or leaves it out and counts it."""
        with self._lock:
            earned = max(0.0, line.at - self._at) * LINES_PER_SECOND
            self._allowance = min(LINES_WAITING, self._allowance + earned)
            self._at = line.at
            if self._allowance >= 1 and len(self._waiting) < LINES_WAITING:
                self._allowance -= 1
                self._waiting.append(line)
            else:
                self._left_out += 1

    def write(self, text: str, level: str, at: float) -> None:
        """Takes text as it is printed, in any pieces. After a carriage return a line begins again, as on a terminal."""
        place = threading.get_ident(), level  # two threads that print do not share a line
        with self._lock:
            text = self._unfinished.pop(place, "") + text
            if "\n" not in text and "\r" not in text:  # print() writes each argument by itself
                self._unfinished[place] = text[: LINE_LIMIT + 1]
                return
            *whole, rest = text.split("\n")
            for line in whole:
                self._printed(line, level, at)
            if rest := rest.rpartition("\r")[2]:
                self._unfinished[place] = rest[: LINE_LIMIT + 1]

    def take(self, now: float, *, last: bool = False) -> tuple[Line, ...]:
        """All lines since the last look, and how many were left out. After the last look nobody will ask again."""
        with self._lock:
            if last:
                for (_, level), unfinished in self._unfinished.items():
                    self._printed(unfinished, level, now)
                self._unfinished.clear()
            lines = tuple(self._waiting)
            self._waiting.clear()
            if self._left_out and (last or now - self._noted >= NOTE_INTERVAL):
                lines += (Line(at=now, level="warning", message=f"… {self._left_out} more lines were left out"),)
                self._left_out = 0
                self._noted = now
            return lines

    def _printed(self, text: str, level: str, at: float) -> None:
        shown = text.rstrip("\r").rpartition("\r")[2].rstrip()
        if shown:
            self.add(Line(at=at, level=level, message=clip(shown, LINE_LIMIT)))
