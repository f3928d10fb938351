"""Passwords that were tried in vain, as all web processes count them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Pauses(msgspec.Struct, frozen=True, kw_only=True):
    """How long the next try has to wait after a wrong one."""

    free: int
    """Wrong ones before the next has to wait."""

    longest_seconds: float
    """A pause begins with a second and doubles up to this."""

    kept_seconds: int
    """Those under whose name nothing more was tried for so long are forgotten."""

    def after(self, wrong: int) -> float:
        """Seconds, after so many wrong tries."""
        over = wrong - self.free
        return 0.0 if over < 0 else min(2.0 ** min(over, 10), self.longest_seconds)


class Guesses(Protocol):
    """What was tried in vain, in all web processes together: counts by name, and until when the next has to wait.

    A try is counted before it is made, so that none of two at once goes by the other. Names are any texts; they cannot
    be read from what is kept. Every method raises ChannelError where the record cannot be used.
    """

    def begin(self, names: Sequence[str], pauses: Pauses) -> float:
        """Counts a try under all of these names. Seconds for which one of them has to wait; then it is not counted."""

    def count(self, names: Sequence[str], pauses: Pauses) -> None:
        """Counts a try that was made."""

    def take_back(self, names: Sequence[str]) -> None:
        """Takes back a try, which was the last: it was right."""
