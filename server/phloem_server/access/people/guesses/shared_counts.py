"""What all web processes count together of the passwords that are tried.

While Redis is away nothing is counted here: each process goes on by what it counts itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress

from phloem.record.record import ChannelError
from phloem.record.stores.guesses import Guesses, Pauses
from phloem_server.access.errors import TooManyAttempts


class SharedCounts:
    """The wrong tries of all web processes, of each name: of a peer, of an account, or of many peers."""

    def __init__(self, guesses: Guesses) -> None:
        self._guesses = guesses

    def ask(self, names: Mapping[str, Pauses]) -> None:
        """TooManyAttempts if the next try under one of these names has to wait."""
        waits = 0.0
        if names:
            with suppress(ChannelError):
                waits = self._guesses.waits(names)
        _refuse(waits)

    def count(self, names: Mapping[str, Pauses], also: Mapping[str, Pauses]) -> None:
        """Counts a wrong try under all of these, unless one of `names` has to wait: then TooManyAttempts."""
        waits = 0.0
        with suppress(ChannelError):
            waits = self._guesses.count(names, also)
        _refuse(waits)


def _refuse(waits: float) -> None:
    if waits > 0:
        raise TooManyAttempts(math.ceil(waits))
