"""The tasks that the caller of the present request may know of."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from phloem.model.task import Task
from phloem.record.record import Channel
from phloem_server.api.calls.errors import TaskUnknown
from phloem_server.api.calls.resource import caller
from phloem_server.mirror.scope import Scope

_NO_ID = "\0"
"""An id that no task has."""


class KnownTasks(NamedTuple):
    """Reads tasks on behalf of the caller. `row` gives a task as the mirror has it, and `seen` one as somebody with a
    scope sees it.
    """

    channel: Channel
    row: Callable[[str], Task | None]
    seen: Callable[[Task, Scope], Task]

    def get(self, task_id: str) -> Task:
        """The task. TaskUnknown where there is none, and where the caller may not know of it, after the same time."""
        scope = caller().scope
        if scope is not None and scope.depends_on_task:
            row = self.row(task_id)
            hidden = row is not None and not scope.admits(row)
            found = self.channel.task(_NO_ID if hidden else task_id)
            if found is not None and not scope.admits(found):  # the mirror did not have it yet
                found = None
        else:
            found = self.channel.task(task_id)
        if found is None:
            raise TaskUnknown(task_id)
        return found if scope is None else self.seen(found, scope)

    def check(self, task_id: str) -> None:
        """TaskUnknown where the caller may not know of the task, and may not know that without looking at it."""
        scope = caller().scope
        if scope is not None and scope.depends_on_task:
            self.get(task_id)
