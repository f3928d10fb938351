"""The tasks of the record, held in memory: lists, filters and counts cost Redis nothing."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator

from phloem.event import State, Task


class Retained:
    """Tasks by id, in the order in which they became known, with a count for each state."""

    def __init__(self) -> None:
        self.totals: Counter[State] = Counter()
        self._tasks: dict[str, Task] = {}
        self._order: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._tasks)

    def get(self, task_id: str) -> Task | None:
        """The task as a list shows it; None if it is not retained."""
        return self._tasks.get(task_id)

    def put(self, task: Task) -> None:
        """Holds `task` in place of what was held under its id."""
        old = self._tasks.get(task.id)
        if old is not None and old.first_offset != task.first_offset:
            self.drop(task.id)  # removed and made again: it has another place in the order
            old = None
        if old is None:
            insort(self._order, (task.first_offset, task.id))
        else:
            self.totals[old.state] -= 1
        self._tasks[task.id] = task
        self.totals[task.state] += 1

    def drop(self, task_id: str) -> None:
        """Forgets a task, if it was held."""
        task = self._tasks.pop(task_id, None)
        if task is not None:
            self.totals[task.state] -= 1
            del self._order[bisect_left(self._order, (task.first_offset, task_id))]

    def newest(self, before: int | None = None) -> Iterator[Task]:
        """Tasks from the newest on, or from the newest that became known before offset `before`."""
        start = len(self._order) if before is None else bisect_left(self._order, (before, ""))
        for place in range(start - 1, -1, -1):
            yield self._tasks[self._order[place][1]]
