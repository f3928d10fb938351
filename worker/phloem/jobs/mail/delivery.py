"""What must not be done twice, though its message may come twice."""

from __future__ import annotations

from celery import Task
from celery.backends.redis import RedisBackend
from celery.exceptions import Ignore
from celery.utils import uuid

import phloem
from phloem.jobs.app import app, settings
from phloem.jobs.mail.smtp_client import Unavailable

REMEMBERED = 86400
"""Seconds: much longer than a message lies with two workers."""


def claim(task: Task) -> None:
    """Ends this run of `task`, with nothing done, where another worker has begun the same try of it.

    A Redis broker hands out again what was not acknowledged within its visibility timeout, an hour unless configured:
    a message that waits for its time, or behind a long task, may lie with two workers then. Whoever comes first is
    noted where results are kept, if that is a Redis. Unavailable where it does not answer.
    """
    request, backend = task.request, app.backend
    if request.called_directly or not isinstance(backend, RedisBackend):
        return
    key, mine = f"{settings.namespace}:claim:{request.id}:{request.retries}", uuid().encode()

    def first() -> bool:
        # Asked again after a broken connection, the claim may be there and be ours.
        return bool(backend.client.set(key, mine, nx=True, ex=REMEMBERED)) or backend.client.get(key) == mine

    try:
        is_first = backend.ensure(first, ())
    except (*backend.connection_errors, *backend.channel_errors) as error:
        raise Unavailable(f"Redis, which knows whether another worker does this, says: {error}") from None
    if not is_first:
        said = "Another worker has the same message and does this; here nothing is done."
        phloem.log(said, level="warning")
        raise Ignore(said)
