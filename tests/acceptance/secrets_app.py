"""Tasks that repeat what they are given, secrets as well, in every place that is shown."""

from __future__ import annotations

import logging
import os
from typing import Any

import celery
from celery import Celery

import phloem

logger = logging.getLogger("shop")

app = Celery("secrets", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])
# Every value that Python has can be sent, and returned.
app.conf.update(task_serializer="pickle", result_serializer="pickle", accept_content=["pickle", "json"])
app.conf.update(task_default_queue="secrets", worker_hijack_root_logger=False)
phloem.attach(app)


@app.task(name="secrets.repeat")
def repeat(user: str, password: str, text: str, value: Any, *tokens: str, **credentials: Any) -> Any:
    """Says everything, and returns it."""
    print(text)
    logger.warning("%s tried %s of %r", user, password, value)
    phloem.log(f"{tokens}: {text}")
    with phloem.step(f"{text} for {password}", total=1) as step:
        step.advance()
        step.describe(f"password={password}, {text}")
    return [value, password, {"said": text}]


@app.task(name="secrets.fail", bind=True, max_retries=1)
def fail(self: celery.Task[..., None], password: str, text: str, value: Any) -> None:
    """Is tried again with another password, and fails."""
    error = ValueError(f"{text}: {value!r} does not go with {password}")
    if self.request.retries == 0:
        raise self.retry(exc=error, countdown=0, args=(f"{password}-again", text, value))
    raise error
