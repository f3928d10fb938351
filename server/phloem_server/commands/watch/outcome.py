"""The end of one task: when all of it is known, and its report."""

from __future__ import annotations

import time
from collections.abc import Callable

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.commands.watch import text
from phloem_server.commands.watch.client import Client

LOG_SECONDS = 2.0
"""For the last lines of the log to follow the state that ended the task."""


class Outcome:
    """Waits for one task to end."""

    def __init__(self, client: Client, task_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._task_id, self._clock = client, task_id, clock
        self._ended_at: float | None = None

    def task(self) -> Task | None:
        """The task once it has ended and its log says so too; a log that lags behind is waited for LOG_SECONDS."""
        store = self._client.store
        task = store.task(self._task_id)
        if task is None or not task.state.ended:
            self._ended_at = None
            return None
        if self._ended_at is None:
            self._ended_at = self._clock()
        states = [entry.message for entry in store.log if entry.kind == "state"]
        complete = states[-1:] == [task.state]
        return task if complete or self._clock() - self._ended_at >= LOG_SECONDS else None


def report(task: Task) -> list[str]:
    """The lines that report the outcome: the result, or the error with its traceback."""
    if task.state is State.SUCCESS:
        return ["Result: " + text.escaped(task.result or "none")]
    if task.error is None:
        return []
    traceback = text.lines(task.error.traceback.rstrip()) if task.error.traceback else []
    return ["Error: " + text.says(task), *traceback]
