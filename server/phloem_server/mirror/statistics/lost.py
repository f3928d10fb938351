"""The tasks that are LOST, by the worker that had them."""

from __future__ import annotations

from phloem.model.state import State
from phloem.model.task import Task


class Lost:
    """`tasks` has for each worker's name its tasks that are LOST, by id. Workers without any are not in it."""

    def __init__(self) -> None:
        self.tasks: dict[str, dict[str, Task]] = {}

    def note(self, old: Task | None, new: Task | None) -> None:
        """Takes in a task that changed, was added (no `old`) or was removed (no `new`)."""
        if old is not None and old.state is State.LOST:
            held = self.tasks.get(old.worker or "", {})
            held.pop(old.id, None)
            if not held:
                self.tasks.pop(old.worker or "", None)
        if new is not None and new.state is State.LOST:
            self.tasks.setdefault(new.worker or "", {})[new.id] = new
