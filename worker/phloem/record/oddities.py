"""Values in Redis that are none of ours, under keys that are: read as if they were not there, and told once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from phloem.logs import logger_of

TOLD_LIMIT = 1000
"""Keys that are remembered as told."""

T = TypeVar("T")

logger = logger_of(__name__)


class Oddities:
    """Which of them were told by this process."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def read(self, key: str, how: Callable[[bytes], T], value: bytes) -> T | None:
        """What `how` makes of the value of a key; None if nothing can be made of it."""
        try:
            return how(value)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:  # UnicodeDecodeError among them
            self.tell(key, error)
            return None

    def tell(self, key: str, error: Exception) -> None:
        """Logs, once for each key, that its value cannot be read."""
        if key not in self._told and len(self._told) < TOLD_LIMIT:
            self._told.add(key)
            logger.warning("The key %.200s in Redis holds nothing that can be read, so it is left out: %s", key, error)
