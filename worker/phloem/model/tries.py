"""The tries of a task: those that are over, as the record keeps them, and the present one, which is the task itself."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from phloem.model.task import TRIES_LIMIT, Error, Task, Try

_ARGUMENTS_LIMIT_CHARACTERS = 1000
"""Of the arguments of one try; the task itself has more of those of the present one."""


def tries_of(task: Task) -> tuple[Try, ...]:
    """The tries of a task as one that was read by itself has them; none of a row of a list."""
    return task.tries or ()


def with_tries(task: Task, over: Sequence[Try], left_out: int, present: Try | None) -> Task:
    """The task with the last of its tries, and a count of those before them.

    Of the tries `over`, each has the arguments that the one after it had no longer.
    """
    tries = [*over, present] if present is not None else list(over)
    for name in ("args", "kwargs"):
        if any(getattr(each, name) is not None for each in over):
            tries = _each_with(name, tries, getattr(task, name))
    shown = tuple(tries[-TRIES_LIMIT:])
    return msgspec.structs.replace(task, tries=shown, earlier_tries=left_out + len(tries) - len(shown))


def _each_with(name: str, tries: Sequence[Try], last: str | None) -> list[Try]:
    """The tries, each with its value of a field that changed between them; `last` is that of the task."""
    found = []
    value = (
        last if last is None or len(last) <= _ARGUMENTS_LIMIT_CHARACTERS else f"{last[:_ARGUMENTS_LIMIT_CHARACTERS]}…"
    )
    for each in reversed(tries):
        own = getattr(each, name)
        value = value if own is None else own
        found.append(msgspec.structs.replace(each, **{name: value}))
    return found[::-1]


def present_try(task: Task, error: Error | None, ended_at: float | None) -> Try | None:
    """The try that a task is in or ended with, None while it has not started.

    `error` is the short form, and `ended_at` when it ended, if it has: in RETRY, that is no end of the task.
    """
    if task.started_at is None and task.finished_at is None and ended_at is None:
        return None
    return Try(
        run=task.run,
        worker=task.worker,
        started_at=task.started_at,
        finished_at=ended_at if task.finished_at is None else task.finished_at,
        state=task.state,
        error=error,
    )
