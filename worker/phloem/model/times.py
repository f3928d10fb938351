"""What the times of a task say: since when it waits, how long it waited and ran."""

from __future__ import annotations

from phloem.model.state import RUNNING
from phloem.model.task import Task


def waits_since(task: Task) -> float | None:
    """Since when its present try waits, or waited, for a worker; Unix seconds, None where that is not known.

    It waits since it was sent or the try before it ended; not before the time that was set for it.
    """
    since = task.retried_at if task.retries or task.retried_at is not None else task.created_at
    return None if since is None else max(since, task.eta or 0.0)


def waited(task: Task) -> float | None:
    """Seconds for which the present try waited for a worker before it started; None while that is not known."""
    since = waits_since(task)
    return None if since is None or task.started_at is None else max(0.0, task.started_at - since)


def ran(task: Task) -> float | None:
    """Seconds that its run took: as measured, else between its start and its end; None where that is not known."""
    if task.runtime is not None:
        return task.runtime
    if task.started_at is None or task.finished_at is None:
        return None
    return max(0.0, task.finished_at - task.started_at)


def known_since(task: Task) -> float | None:
    """When the task was created, else when it was first heard of; Unix seconds, None where neither is known."""
    if task.created_at is not None:
        return task.created_at
    return task.started_at if task.received_at is None else task.received_at


def state_since(task: Task) -> float | None:
    """When the task ended; of one that runs, when it started, of one that waits, since when. Where that is not known,
    when it was first heard of. Unix seconds, None where nothing is known.
    """
    if task.state.ended:
        since = task.finished_at
    elif task.state in RUNNING:
        since = task.started_at
    else:
        since = waits_since(task)
    return known_since(task) if since is None else since
