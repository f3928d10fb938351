"""Fire and forget: a job without a result, which the page shows all the same."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

import phloem
from phloem.jobs.app import app

Event = Annotated[str, Meta(min_length=1, max_length=1000)]
Details = Annotated[dict[str, str | int | float | bool | None], Meta(max_length=50)]


@app.task(
    name="phloem.jobs.log_event",
    shared=False,  # known to this app alone, not to every app of the process
    ignore_result=True,
    soft_time_limit=10,
    time_limit=15,
)
def log_event(
    event: Event,
    level: Literal["debug", "info", "warning", "error"] = "info",
    details: Details | None = None,
) -> None:
    """Notes that something happened.

    Whoever sends it does not wait for it, and nothing is kept of it but its line in the log.

    Args:
        event: what happened
        level: how bad it is
        details: more about it, by name
    """
    about = "".join(f", {name}: {value}" for name, value in (details or {}).items())
    phloem.log(event + about, level=level)
