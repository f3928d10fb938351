"""What all web processes count together of the passwords that are tried.

While Redis is away nothing is counted here: each process goes on by what it counts itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from phloem.record.record import ChannelError
from phloem.record.stores.access import Budget
from phloem.record.stores.guesses import Guesses, Pauses
from phloem_server.access.errors import TooManyAttempts

R = TypeVar("R")


class SharedCounts:
    """The tries of all web processes: of each name, which are peers and accounts, and in each second."""

    def __init__(self, budget: Budget, guesses: Guesses, pauses: Pauses, each_second: int) -> None:
        """`each_second`: places of a second, under each name of those."""
        self._budget = budget
        self._guesses = guesses
        self._pauses = pauses
        self._each_second = each_second

    def begin(self, names: Sequence[str], place: str | None) -> Try:
        """Counts a try before it is made: under these names, and among the places of this second.

        TooManyAttempts if there are too many, and it is not to be made.
        """
        if names and (waits := _unless_away(lambda: self._guesses.begin(names, self._pauses))):
            raise TooManyAttempts(math.ceil(waits))
        begun = Try(self, names)
        if place is not None:
            try:
                begun.place = self._budget.take(place, self._each_second)
            except ChannelError:
                return begun
            if begun.place is None:
                self.take_back(names)
                raise TooManyAttempts(1)
        return begun

    def count(self, names: Sequence[str]) -> None:
        """Counts a wrong try under names."""
        if names:
            _unless_away(lambda: self._guesses.count(names, self._pauses))

    def take_back(self, names: Sequence[str]) -> None:
        """Takes back a try."""
        if names:
            _unless_away(lambda: self._guesses.take_back(names))

    def give_back(self, place: str) -> None:
        """Leaves a place to others."""
        _unless_away(lambda: self._budget.give_back(place))


class Try:
    """One that was counted before it was made."""

    def __init__(self, counted: SharedCounts, names: Sequence[str]) -> None:
        self._counted = counted
        self._names = names
        self.place: str | None = None

    def make(self, compare: Callable[[], bool]) -> bool:
        """What `compare` says. A try that could not be made is taken back."""
        try:
            return compare()
        except BaseException:
            self.end((), right=True)
            raise

    def end(self, names: Sequence[str], *, right: bool) -> None:
        """Takes in how it ended. A wrong one counts under all these names, a right one under none."""
        if not right:
            self._counted.count([name for name in names if name not in self._names])
            return
        self._counted.take_back(self._names)
        if self.place is not None:
            self._counted.give_back(self.place)


def _unless_away(call: Callable[[], R]) -> R | None:
    with suppress(ChannelError):
        return call()
    return None
