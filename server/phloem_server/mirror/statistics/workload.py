"""The work at hand: which tasks run, which wait in which queue, and what the schedule sent."""

from __future__ import annotations

import itertools
from collections import Counter

from phloem.model.state import RUNNING, WAITING
from phloem.model.task import Task


class Workload:
    """`running` are the tasks that run, by id.

    `queues` has for each queue the ids of its waiting tasks, each with the time since which it waits (Unix seconds):
    a task with an ETA waits from its ETA on. Queues without any task in the record are not in it.
    """

    def __init__(self) -> None:
        self.running: dict[str, Task] = {}
        self.queues: dict[str, dict[str, float]] = {}
        self._held: Counter[str] = Counter()
        self._runs: dict[str, dict[str, Task]] = {}

    def runs(self, entry: str, most: int) -> list[Task]:
        """The last `most` tasks sent for an entry of the schedule, oldest first."""
        newest = itertools.islice(reversed(self._runs.get(entry, {}).values()), most)
        return sorted(newest, key=lambda task: task.created_at or task.received_at or 0)

    def last_runs(self) -> dict[str, Task]:
        """The task that was sent last for each entry, of those that have one."""
        return {entry: next(reversed(tasks.values())) for entry, tasks in self._runs.items()}

    def note(self, old: Task | None, new: Task | None) -> None:
        """Takes in a task that changed, was added (no `old`) or was removed (no `new`)."""
        if old is not None:
            if old.state in RUNNING and (new is None or new.state not in RUNNING):
                self.running.pop(old.id, None)
            if old.queue is not None:
                self.queues[old.queue].pop(old.id, None)
                self._held[old.queue] -= 1
            if old.schedule is not None and (new is None or new.schedule != old.schedule):
                runs = self._runs[old.schedule]
                runs.pop(old.id, None)
                if not runs:
                    del self._runs[old.schedule]
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
        if old is not None and old.queue is not None and not self._held[old.queue]:
            del self.queues[old.queue], self._held[old.queue]
