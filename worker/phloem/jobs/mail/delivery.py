"""Keeps a task from running twice when its message arrives twice."""

from __future__ import annotations

from celery import Task
from celery.backends.redis import RedisBackend
from celery.exceptions import Ignore
from celery.utils import uuid

import phloem
from phloem.jobs.app import app, settings
from phloem.jobs.mail.smtp_client import Unavailable

CLAIM_SECONDS = 86400
"""How long a claim is kept: much longer than two workers can hold the same message."""


def claim(task: Task) -> None:
    """Ends this run of `task`, with nothing done, if another worker has begun the same try of it.

    A Redis broker delivers a message again that was not acknowledged within its visibility timeout, an hour unless
    configured. So two workers may hold a message that waits for its time, or behind a long task. The first to begin
    writes its claim into the result backend, if that is a Redis. Raises Unavailable if it does not answer.
    """
    request, backend = task.request, app.backend
    if request.called_directly or not isinstance(backend, RedisBackend):
        return
    key, mine = f"{settings.namespace}:claim:{request.id}:{request.retries}", uuid().encode()

    def first() -> bool:
        # Repeated after a broken connection: the claim may be there already, and be ours.
        return bool(backend.client.set(key, mine, nx=True, ex=CLAIM_SECONDS)) or backend.client.get(key) == mine

    try:
        is_first = backend.ensure(first, ())
    except (*backend.connection_errors, *backend.channel_errors) as error:
        raise Unavailable(f"Redis, which knows whether another worker does this, says: {error}") from None
    if not is_first:
        said = "Another worker has the same message and does this; here nothing is done."
        phloem.log(said, level="warning")
        raise Ignore(said)
