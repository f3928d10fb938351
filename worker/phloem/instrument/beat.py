"""Celery beat: what it sends says which entry of the schedule it comes from.

Beat itself only marks its messages as its own, and two entries may run the same task.
"""

from __future__ import annotations

import functools
from contextvars import ContextVar
from typing import Any

SCHEDULE = "phloem_schedule"
"""Header of a message: the entry of the schedule that it was sent for."""

BY_HAND = "phloem_by_hand"
"""Header of a message that a person sent for an entry, ahead of beat."""

_entry: ContextVar[str | None] = ContextVar("phloem_entry", default=None)


def entry() -> str | None:
    """The entry that is sent right now, if this is beat."""
    return _entry.get()


def follow(scheduler: Any) -> None:
    """Has `scheduler`, be it Celery's own or a descendant of it, tell the entry while it sends its task."""
    send = scheduler.apply_async

    @functools.wraps(send)
    def apply_async(entry: Any, *args: Any, **kwargs: Any) -> Any:
        token = _entry.set(str(getattr(entry, "name", "")) or None)
        try:
            return send(entry, *args, **kwargs)
        finally:
            _entry.reset(token)

    scheduler.apply_async = apply_async
