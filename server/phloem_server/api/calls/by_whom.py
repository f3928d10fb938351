"""By whom a task was launched, retried or revoked: a line in its log."""

from __future__ import annotations

import time
from collections.abc import Callable

from phloem.model.event import Event
from phloem.model.task import Line
from phloem_server.api.calls.resource import caller

Report = Callable[[Event], object]
"""Records what was done to a task."""


def by_caller() -> str:
    """Who asks, as " by NAME"; "" where that has no name. A token may bear the name of a person."""
    principal = caller()
    if principal.name is None:
        return ""
    return f" by the token {principal.name}" if principal.kind == "token" else f" by {principal.name}"


def tell(report: Report, task_id: str, message: str) -> None:
    """Adds a line to the log of a task."""
    now = time.time()
    report(Event(id=task_id, at=now, log=(Line(at=now, level="info", message=message),)))


def tell_by_whom(report: Report, task_id: str, what: str) -> None:
    """Adds what the caller did to the log of a task, as in "Launched by ann.", if the caller has a name."""
    if who := by_caller():
        tell(report, task_id, f"{what}{who}.")
