"""Which tasks somebody may see at all: a predicate that every query and every view is made with."""

from __future__ import annotations

import msgspec

from phloem.model.task import Task


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
        return (
            self.admits_id(task.id)
            and (self.root is None or self.root in (task.id, task.root_id))
            and (self.owner is None or self.owner == task.owner)
        )

    def admits_id(self, task_id: str) -> bool:
        """Whether a task with this id may be within the scope, whatever else is known of it."""
        return self.task is None or self.task == task_id

    @property
    def depends_on_task(self) -> bool:
        """Whether more than its id decides if a task is within the scope."""
        return self.root is not None or self.owner is not None
