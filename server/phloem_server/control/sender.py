"""The one place where a task is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from celery import Celery
from celery.result import denied_join_result
from celery.utils import uuid
from kombu.exceptions import KombuError
from werkzeug.wrappers import Response

from phloem_server.web.body import answer
from phloem_server.web.problem import Problem

logger = logging.getLogger("phloem.server")


class Sender:
    """Sends tasks of one app. `flush` waits, for a moment at most, until what was just sent is in the record."""

    def __init__(self, celery: Celery, flush: Callable[[], object]) -> None:
        self._celery = celery
        self._flush = flush

    def send(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], **options: Any) -> Response:
        """202 with the task's id and addresses. `options` are those of Celery's `apply_async`; id and retries are ours.

        Problem 503 while the broker does not answer: nothing was accepted then.
        """
        task_id = uuid()
        # One more try, at once: a connection of the pool may have ended with a broker that is back.
        again = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
        ours = {**options, "task_id": task_id, "retry": True, "retry_policy": again}
        task = self._celery.tasks[name]
        try:
            # Where waiting for results is allowed, a Redis result backend subscribes to that of every task
            # sent, one subscription more each time and for good. Nobody here waits for any.
            with denied_join_result():
                task.apply_async(list(args), dict(kwargs), **ours)
        except (KombuError, OSError) as error:
            logger.warning("Task %s could not be sent: %s", name, error)
            raise Problem(
                503,
                "The broker does not answer, so the task was not accepted.",
                headers=[("Retry-After", "1")],
            ) from error
        try:
            self._flush()
        except Exception:
            # It was accepted; that it is shown late is no reason to say otherwise.
            logger.exception("The record of task %s is late", task_id)
        quoted = quote(task_id, safe="")
        url = f"/api/v1/tasks/{quoted}"
        return answer({"id": task_id, "url": url, "page": f"/tasks/{quoted}"}, 202, location=url)
