"""What a figure about tasks has to offer so that the index keeps it up to date."""

from __future__ import annotations

from typing import Protocol

from phloem.model.task import Task


class Statistic(Protocol):
    """A figure kept by what changes, so that reading it costs the same however many tasks there are.

    The index calls it for every change, under the mirror's lock; a thread that reads it holds that lock too.
    """

    def note(self, old: Task | None, new: Task | None) -> None:
        """Takes in a task that changed from `old` to `new`, was added (no `old`) or was removed (no `new`)."""
