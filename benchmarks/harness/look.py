"""How a dashboard shows the states of tasks, so that a benchmark can read them from its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a page shows states: in rows that hold a task's name and one of `words`, or in `counts`.

    `words` and `counts` are in the order of RANKS; a count is a selector, None where the page has none.
    """

    rows: str = ""
    words: Sequence[str] = ()
    counts: Sequence[str | None] | None = None
