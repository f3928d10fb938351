"""The message of a task that is revoked, and what a worker is told to revoke.

A worker drops a task that has expired, or that was revoked, before it tells of its receipt, and its signal brings the
message no more. So the message is noted for as long as the signal is sent.

It drops a task that was revoked once the time for it has come, which can be tomorrow; and its result backend, if it has
one, calls the task revoked from the moment at which the worker was told so.
"""

from __future__ import annotations

import functools
from contextvars import ContextVar
from typing import Any

from celery.utils.functional import maybe_list

from phloem.instrument import hooks

_dropped: ContextVar[Any] = ContextVar("phloem_dropped", default=None)


def dropped() -> Any:
    """The message of the task that is being revoked in this context; None where none is."""
    return _dropped.get()


def follow() -> None:
    """Notes the messages of revoked tasks, and hears what is to be revoked, from now on, in a worker's main process."""
    # Only workers need it, and producers start faster without it.
    from celery.worker.control import Panel
    from celery.worker.request import Request

    _hear_commands(Panel.data)
    announce = Request._announce_revoked
    if getattr(announce, "phloem", False):
        return

    @functools.wraps(announce)
    def announced(self: Any, *args: Any, **kwargs: Any) -> Any:
        token = _dropped.set(self.message)
        try:
            return announce(self, *args, **kwargs)
        finally:
            _dropped.reset(token)

    announced.phloem = True  # type: ignore[attr-defined]
    Request._announce_revoked = announced


def _hear_commands(commands: dict[str, Any]) -> None:
    revoke = commands["revoke"]
    if getattr(revoke, "phloem", False):
        return

    @functools.wraps(revoke)
    def heard(state: Any, task_id: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return revoke(state, task_id, *args, **kwargs)
        finally:
            hooks.revoke_heard.send(sender=None, task_ids=[str(each) for each in maybe_list(task_id) or ()])

    heard.phloem = True  # type: ignore[attr-defined]
    commands["revoke"] = heard
