"""The log lines of a run that wait to be sampled: bounded in number, in rate and in length."""

from __future__ import annotations

import math
import threading
from collections import deque

from phloem.model.task import Line
from phloem.redaction import clip

LEVELS = ("debug", "info", "warning", "error", "critical")

LINES_WAITING = 500
"""Lines that are kept between two samples, and that a run may add at once; further lines are dropped and counted."""

LINES_PER_SECOND = 100
"""Lines that a run may add for any length of time."""

LINE_LIMIT_BYTES = 4096
"""Longest log line, in bytes of UTF-8."""

NOTE_INTERVAL_SECONDS = 1.0
"""Time between two notes of how many lines were dropped."""


class Lines:
    """The log lines of one run that have not been sampled yet. Safe to use from several threads."""

    def __init__(self) -> None:
        self._waiting: deque[Line] = deque()
        self._dropped = 0
        self._allowance = float(LINES_WAITING)
        self._at = 0.0
        self._noted = -math.inf
        self._unfinished: dict[tuple[int, str], str] = {}
        # Re-entrant: the garbage collector may run while it is held, and with it code that logs.
        self._lock = threading.RLock()

    def add(self, line: Line) -> None:
        """Keeps a line, or drops and counts it."""
        with self._lock:
            earned = max(0.0, line.at - self._at) * LINES_PER_SECOND
            self._allowance = min(LINES_WAITING, self._allowance + earned)
            self._at = line.at
            if self._allowance >= 1 and len(self._waiting) < LINES_WAITING:
                self._allowance -= 1
                self._waiting.append(line)
            else:
                self._dropped += 1

    def write(self, text: str, level: str, at: float) -> None:
        """Adds printed text, which comes in any pieces, at `at` (Unix seconds).

        After a carriage return the line begins again, as on a terminal.
        """
        place = threading.get_ident(), level  # two threads that print do not share a line
        with self._lock:
            text = self._unfinished.pop(place, "") + text
            if "\n" not in text and "\r" not in text:  # print() writes each argument by itself
                self._unfinished[place] = text[: LINE_LIMIT_BYTES + 1]
                return
            *whole, rest = text.split("\n")
            for line in whole:
                self._printed(line, level, at)
            if rest := rest.rpartition("\r")[2]:
                self._unfinished[place] = rest[: LINE_LIMIT_BYTES + 1]

    def take(self, now: float, *, last: bool = False) -> tuple[Line, ...]:
        """Removes and returns all lines, and a note of how many were dropped. The `last` call takes unfinished ones."""
        with self._lock:
            if last:
                for (_, level), unfinished in self._unfinished.items():
                    self._printed(unfinished, level, now)
                self._unfinished.clear()
            lines = tuple(self._waiting)
            self._waiting.clear()
            if self._dropped and (last or now - self._noted >= NOTE_INTERVAL_SECONDS):
                lines += (Line(at=now, level="warning", message=f"… {self._dropped} more lines were left out"),)
                self._dropped = 0
                self._noted = now
            return lines

    def _printed(self, text: str, level: str, at: float) -> None:
        shown = text.rstrip("\r").rpartition("\r")[2].rstrip()
        if shown:
            self.add(Line(at=at, level=level, message=clip(shown, LINE_LIMIT_BYTES)))
