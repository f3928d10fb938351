"""Which tasks somebody may see at all: a predicate that every query and every view is made with."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from phloem.files import Origin
from phloem.model.task import Task

RELATIVES = ("parent_id", "root_id", "retry_of", "retried_as")
"""Fields that hold the id of another task."""


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A limit to some tasks. What lies outside of it is answered as what does not exist.

    It is a part of every view's key: clients with the same scope share a view, and a frame is never filtered for one
    of them. With `task`, `root` and `owner` all that are given have to fit.
    """

    task: str | None = None
    """This task alone."""

    root: str | None = None
    """The workflow that this task began, with the task itself."""

    owner: str | None = None
    """Tasks of this owner."""

    singly: bool = False
    """Only one by one, by their ids: no lists, and no counts."""

    def admits(self, task: Task) -> bool:
        """Whether a task is within the scope."""
        return self._admits(task.id, task.root_id, task.owner)

    def admits_file(self, origin: Origin) -> bool:
        """Whether a file that comes from there is: that of a task is where the task is."""
        return self._admits(origin.task_id, origin.root_id, origin.owner)

    def _admits(self, task_id: str | None, root_id: str | None, owner: str | None) -> bool:
        return (
            self.task in (None, task_id)
            and (self.root is None or self.root in (task_id, root_id))
            and self.owner in (None, owner)
        )

    def admits_id(self, task_id: str) -> bool:
        """Whether a task with this id may be within the scope, whatever else is known of it."""
        return self.task is None or self.task == task_id

    def shown(self, task: Task, find: Callable[[str], Task | None], **places: int) -> Task:
        """A task that is within the scope, without the ids of tasks that are not. `find` gives a task by its id, and
        `places` what stands for its offsets.
        """
        replaced: dict[str, int | None] = {**places}
        for name in RELATIVES:
            other_id: str | None = getattr(task, name)
            if other_id in (None, task.id, self.root):
                continue
            other = find(str(other_id))
            if other is None or not self.admits(other):
                replaced[name] = None
        return msgspec.structs.replace(task, **replaced) if replaced else task

    @property
    def depends_on_task(self) -> bool:
        """Whether more than its id decides if a task is within the scope."""
        return self.root is not None or self.owner is not None
