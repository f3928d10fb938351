"""The tasks of the record, held in memory: lists, filters and counts cost Redis nothing."""

from __future__ import annotations

import itertools
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator

from phloem.event import State, Task

WAITING = frozenset({State.PENDING, State.RECEIVED})
RUNNING = frozenset({State.STARTED, State.PROGRESS})


class Retained:
    """Tasks by id, in the order in which they became known, with a count for each state.

    `running` are those that run. `queues` has for each queue since when its tasks wait, by their ids: those sent to
    start later wait from then on. Queues of which no task is retained are not in it.
    """

    def __init__(self) -> None:
        self.totals: Counter[State] = Counter()
        self.running: dict[str, Task] = {}
        self.queues: dict[str, dict[str, float]] = {}
        self._held: Counter[str] = Counter()
        self._runs: dict[str, dict[str, Task]] = {}
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
        self._file(old, task)

    def drop(self, task_id: str) -> None:
        """Forgets a task, if it was held."""
        task = self._tasks.pop(task_id, None)
        if task is not None:
            self._file(task, None)
            self.totals[task.state] -= 1
            del self._order[bisect_left(self._order, (task.first_offset, task_id))]

    def runs(self, entry: str, most: int) -> list[Task]:
        """What was sent last for an entry of the schedule, the oldest of them first."""
        newest = itertools.islice(reversed(self._runs.get(entry, {}).values()), most)
        return sorted(newest, key=lambda task: task.created_at or task.received_at or 0)

    def _file(self, old: Task | None, new: Task | None) -> None:
        """Keeps who runs, who waits, and what belongs to the schedule."""
        if old is not None:
            if old.state in RUNNING and (new is None or new.state not in RUNNING):
                self.running.pop(old.id, None)
            if old.queue is not None:
                self.queues[old.queue].pop(old.id, None)
                self._held[old.queue] -= 1
            if old.schedule is not None and new is None:
                self._runs[old.schedule].pop(old.id, None)
        if new is not None:
            if new.state in RUNNING:
                self.running[new.id] = new
            if new.queue is not None:
                self._held[new.queue] += 1
                waiting = self.queues.setdefault(new.queue, {})
                if new.state in WAITING:
                    waiting[new.id] = max(new.created_at or new.received_at or 0, new.eta or 0)
            if new.schedule is not None:
                self._runs.setdefault(new.schedule, {})[new.id] = new
        elif old is not None and old.queue is not None and not self._held[old.queue]:
            del self.queues[old.queue], self._held[old.queue]

    def newest(self, before: int | None = None) -> Iterator[Task]:
        """Tasks from the newest on, or from the newest that became known before offset `before`."""
        start = len(self._order) if before is None else bisect_left(self._order, (before, ""))
        for place in range(start - 1, -1, -1):
            yield self._tasks[self._order[place][1]]
