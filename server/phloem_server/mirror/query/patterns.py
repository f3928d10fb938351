"""Matches texts against patterns, in which `*` stands for any text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate

_VALUES_REMEMBERED = 10_000


class Pattern(dict[str | None, bool]):
    """Which values of one field match, decided once for each value and remembered.

    `wanted` has to match, if there is one, and none of `unwanted` may. An unknown value (None) matches nothing that is
    wanted, and everything where only values are excluded. With `only`, nothing but that value matches. With `folded`,
    upper and lower case are the same.
    """

    def __init__(
        self, wanted: str | None, unwanted: Iterable[str] = (), only: str | None = None, *, folded: bool = False
    ) -> None:
        super().__init__()
        self._only = only
        self._folded = folded
        self._wanted = None if wanted is None else _matcher(wanted, folded=folded)
        self._unwanted = [_matcher(text, folded=folded) for text in unwanted]

    def __missing__(self, value: str | None) -> bool:
        if len(self) >= _VALUES_REMEMBERED:
            self.clear()
        self[value] = matches = self._decide(value)
        return matches

    def _decide(self, value: str | None) -> bool:
        if self._only is not None and value != self._only:
            return False
        if value is None:
            return self._wanted is None
        if self._folded:
            value = value.casefold()
        return (self._wanted is None or self._wanted(value)) and not any(unwanted(value) for unwanted in self._unwanted)


def _matcher(pattern: str, *, folded: bool) -> Callable[[str], bool]:
    if folded:
        pattern = pattern.casefold()
    if "*" not in pattern:
        return lambda value: value == pattern
    match = re.compile(translate(pattern.replace("[", "[[]").replace("?", "[?]"))).match
    return lambda value: match(value) is not None
