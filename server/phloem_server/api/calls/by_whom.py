"""By whom a task was launched, retried or revoked: a fact of the task, and a line in its log."""

from __future__ import annotations

import time
from collections.abc import Callable

from phloem.model.event import Event
from phloem.model.task import Line
from phloem_server.api.calls.resource import caller

Report = Callable[[Event], object]
"""Records what was done to a task."""


def who() -> str | None:
    """Who asks, in words; None where that has no name. A token may bear the name of a person."""
    principal = caller()
    if principal.name is None:
        return None
    return f"the token {principal.name}" if principal.kind == "token" else principal.name


def tell(report: Report, task_id: str, message: str, *, launched_by: str | None = None, revoked: bool = False) -> None:
    """Adds a line to the log of a task, and says who launched it, or that it was revoked just now."""
    now = time.time()
    log = (Line(at=now, level="info", message=message),)
    report(Event(id=task_id, at=now, launched_by=launched_by, revoked_at=now if revoked else None, log=log))


def tell_launch(report: Report, task_id: str, what: str) -> None:
    """Tells of a task that the caller sent it, and what that was, as in "Launched by ann.", if the caller has a name.

    Not in its message: whoever can send one could name anybody, and one that is sent again would name the last.
    """
    if (name := who()) is not None:
        tell(report, task_id, f"{what} by {name}.", launched_by=name)
