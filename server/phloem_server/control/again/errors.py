"""Why a task cannot be run again, or not as it was asked for."""

from __future__ import annotations

from phloem.errors import PhloemError


class CallFixed(PhloemError):
    """What was kept can be sent as it is, if at all: nothing in it can be changed."""

    code = "call_fixed"


class CallNotKept(PhloemError):
    """The message of the task was not kept, so it cannot be run again without new arguments."""

    code = "call_not_kept"


class TaskUnnamed(PhloemError):
    """The record does not know the task's name, so it cannot be run again."""

    code = "task_unnamed"
