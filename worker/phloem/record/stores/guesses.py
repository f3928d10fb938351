"""Passwords that were tried in vain, as all web processes count them together."""

from __future__ import annotations

from collections.abc import Mapping
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

    since_first: bool = False
    """Whether they are forgotten so long after the first of them, whatever was tried since."""

    def after(self, wrong: int) -> float:
        """Seconds, after so many wrong tries."""
        over = wrong - self.free
        return 0.0 if over < 0 else min(2.0 ** min(over, 10), self.longest_seconds)


class Guesses(Protocol):
    """What was tried in vain, in all web processes together: counts by name, and until when the next has to wait.

    Names are any texts; they cannot be read from what is kept. Every method raises ChannelError where the record
    cannot be used.
    """

    def waits(self, names: Mapping[str, Pauses]) -> float:
        """Seconds for which the next try under one of these names has to wait; 0 if it has not to."""

    def count(self, names: Mapping[str, Pauses], also: Mapping[str, Pauses]) -> float:
        """Counts a wrong try under `names` and `also`, unless it has to wait: the seconds as of `waits(names)`.

        It asks and counts in one step, so that none of two at once goes by the other.
        """
