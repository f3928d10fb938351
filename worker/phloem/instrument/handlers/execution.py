"""A run in this process, with what its handlers have to know to tell how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from phloem.progress.current import current
from phloem.progress.run import Run, Watcher


class Stored(NamedTuple):
    """An end that was stored for the run before its code was through."""

    state: str
    value: object
    """The result, or the error."""


class Execution(Run):
    """A run that Celery executes in this process."""

    def __init__(self, task_id: str, token: str, watcher: Watcher, attempt: int = 0) -> None:
        super().__init__(task_id, token, watcher, attempt)
        self.eager = False
        """Whether the process that asked for the task runs it itself: no message, and no worker."""

        self.borrows_lease = False
        """Whether it needs the lease of this process, where no worker has one."""

        self.carried: Mapping[str, Any] = {}
        """The headers of ours that its message had: its next try has them as well."""

        self.success_is_heard = False
        """Whether the worker's main process tells that it succeeded, if this process dies before it does."""

        self.stored: Stored | None = None
        self.replaced_by: str | None = None
        """The task that goes on under its id; "" where another message of the same task does."""

        self.queue: str | None = None
        """The queue of the message that goes on under its id."""

        self.tries_again = False
        """Whether its next try was sent."""

        self.reported = False
        """Whether an end of it, or another try, was reported."""


def execution(task_id: object = None) -> Execution | None:
    """The run that this code belongs to, if Celery executes it here (and is that of `task_id`, if that is given)."""
    run = current()
    if not isinstance(run, Execution) or (task_id is not None and run.task_id != str(task_id)):
        return None
    return run
