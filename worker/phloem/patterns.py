"""Regular expressions that are compiled when they are first used.

To compile those of the library takes as long as to import half of it, and a process that only sends tasks uses few.
"""

from __future__ import annotations

import re
from typing import Any


class Pattern:
    """What `re.compile` gives, later: has its methods, and its attributes."""

    def __init__(self, text: str, flags: int = 0) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        # Asked for once for each name: it is an attribute of its own from then on.
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found
