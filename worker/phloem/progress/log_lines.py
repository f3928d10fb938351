"""The log lines of a run that wait to be sampled: bounded in number, in rate and in length."""

from __future__ import annotations

import math
import threading
from collections import deque

from phloem.model.log import GRAVE
from phloem.model.task import Line
from phloem.progress.terminal import SETTLE_SECONDS, Shown, Terminal
from phloem.redaction import clip

LEVELS = ("debug", "info", "warning", "error", "critical")

LINES_WAITING = 500
"""Lines that are kept between two samples, and that a run may add at once; further lines are dropped and counted.
As many again may be warnings and errors."""

LINES_PER_SECOND = 100
"""Lines that a run may add for any length of time, and as many warnings and errors."""

LINE_LIMIT_BYTES = 4096
"""Longest log line, in bytes of UTF-8."""

NOTE_INTERVAL_SECONDS = 1.0
"""Time between two notes of how many lines were dropped."""


class Allowance:
    """How many lines may still be added: LINES_WAITING at once, and LINES_PER_SECOND for any length of time."""

    def __init__(self) -> None:
        self._left = float(LINES_WAITING)
        self._at = 0.0
        self.waiting = 0
        """Lines that were added since the last sample."""

    def take(self, at: float) -> bool:
        """Whether one more line may be added at `at` (Unix seconds)."""
        earned = max(0.0, at - self._at) * LINES_PER_SECOND
        self._left = min(LINES_WAITING, self._left + earned)
        self._at = at
        if self._left < 1 or self.waiting >= LINES_WAITING:
            return False
        self._left -= 1
        self.waiting += 1
        return True


class Lines:
    """The log lines of one run that have not been sampled yet. Safe to use from several threads."""

    def __init__(self) -> None:
        self._waiting: deque[Line] = deque()
        self._dropped = 0
        self._allowances = {True: Allowance(), False: Allowance()}
        self._noted = -math.inf
        self._terminals: dict[tuple[int, str], Terminal] = {}
        # Re-entrant: the garbage collector may run while it is held, and with it code that logs.
        self._lock = threading.RLock()

    def add(self, line: Line) -> None:
        """Keeps a line, or drops and counts it."""
        with self._lock:
            self._settle()
            self._add(line)

    def write(self, text: str, level: str, at: float, step: str | None = None) -> None:
        """Adds printed text, which comes in any pieces, at `at` (Unix seconds), within the step with this key.

        What is drawn again on the same line of a terminal is one line, as it was drawn last, by whichever thread.
        """
        with self._lock:
            terminal = self._terminal(text, level)
            terminal.step = step
            if shown := terminal.write(text, at):
                self._settle(terminal)
                self._printed(shown, level, step)

    def take(self, now: float, *, last: bool = False) -> tuple[Line, ...]:
        """Removes and returns all lines, and a note of how many were dropped. The `last` call takes unfinished ones."""
        with self._lock:
            for (_, level), terminal in self._terminals.items():
                shown = terminal.end() if last else terminal.settle(now - SETTLE_SECONDS)
                self._printed(shown, level, terminal.step)
            lines = tuple(self._waiting)
            self._waiting.clear()
            for allowance in self._allowances.values():
                allowance.waiting = 0
            if self._dropped and (last or now - self._noted >= NOTE_INTERVAL_SECONDS):
                lines += (Line(at=now, level="warning", message=f"… {self._dropped} more lines were left out"),)
                self._dropped = 0
                self._noted = now
            return lines

    def _settle(self, besides: Terminal | None = None) -> None:
        """What this thread printed before, on any stream, comes before what it says now."""
        for (thread, level), terminal in self._terminals.items():
            if thread == threading.get_ident() and terminal is not besides:
                self._printed(terminal.settle(), level, terminal.step)

    def _terminal(self, text: str, level: str) -> Terminal:
        """Two threads that print do not share a line, unless one draws on what the other has drawn, as spinners do."""
        place = threading.get_ident(), level
        terminal = self._terminals.get(place)
        if terminal is not None and (terminal.pending or len(self._terminals) == 1):
            return terminal
        for (thread, at_level), other in self._terminals.items():
            if at_level == level and other is not terminal and other.goes_on(text):
                del self._terminals[thread, level]
                self._terminals[place] = other
                return other
        return self._terminals.setdefault(place, Terminal())

    def _add(self, line: Line) -> None:
        if self._allowances[line.level in GRAVE].take(line.at):
            self._waiting.append(line)
        else:
            self._dropped += 1

    def _printed(self, shown: list[Shown], level: str, step: str | None) -> None:
        for text, at in shown:
            self._add(Line(at=at, level=level, message=clip(text, LINE_LIMIT_BYTES), step=step))
