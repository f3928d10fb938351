"""Duties that one of all processes does at a time: a lease for each, which its holder renews."""

from __future__ import annotations

from typing import Protocol


class DutyStore(Protocol):
    """Who has which duty. Both methods raise ChannelError where the record cannot be used."""

    def hold(self, duty: str, holder: str, seconds: float) -> bool:
        """Takes a duty that nobody has, or renews it for its holder, for so many seconds from now. Whether the holder
        has it.
        """

    def let_go(self, duty: str, holder: str) -> None:
        """Leaves a duty to others, if this holder has it."""
