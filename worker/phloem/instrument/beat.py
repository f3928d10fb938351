"""Celery beat: what it sends names the entry of the schedule that it is sent for.

Beat itself only marks its messages as its own, and two entries may run the same task.
"""

from __future__ import annotations

import functools
from contextvars import ContextVar
from typing import Any

from phloem.redaction import scrub

_entry: ContextVar[str | None] = ContextVar("phloem_entry", default=None)


def entry() -> str | None:
    """The entry that is being sent in this context; None where that is not beat."""
    return _entry.get()


def follow(scheduler: Any) -> None:
    """Makes `scheduler`, Celery's own or one derived from it, set the entry while it sends its task."""
    send = scheduler.apply_async

    @functools.wraps(send)
    def apply_async(entry: Any, *args: Any, **kwargs: Any) -> Any:
        token = _entry.set(scrub(str(getattr(entry, "name", ""))) or None)
        try:
            return send(entry, *args, **kwargs)
        finally:
            _entry.reset(token)

    scheduler.apply_async = apply_async
