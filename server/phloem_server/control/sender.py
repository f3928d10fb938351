"""The one place where a task is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from celery import Celery
from celery.result import denied_join_result
from celery.utils import uuid
from kombu.exceptions import KombuError

from phloem_server.control.errors import BrokerUnavailable

logger = logging.getLogger(__name__)

_RETRY_ONCE_AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A task that the broker has accepted."""

    id: str


class Sender:
    """Sends tasks of one app. `flush` waits, for a moment at most, until what was just sent is in the record."""

    def __init__(self, celery: Celery, flush: Callable[[], object]) -> None:
        self._celery = celery
        self._flush = flush

    def send(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], **options: Any) -> Sent:
        """Sends a task. `options` are those of Celery's `apply_async`; id and retries are ours.

        BrokerUnavailable: nothing was accepted.
        """
        task_id = uuid()
        # One more try: a connection of the pool may have ended with a broker that is back.
        ours = {**options, "task_id": task_id, "retry": True, "retry_policy": _RETRY_ONCE_AT_ONCE}
        task = self._celery.tasks[name]
        try:
            # Where waiting for results is allowed, a Redis result backend subscribes to that of every task sent, one
            # subscription more each time and for good. The server waits for none.
            with denied_join_result():
                task.apply_async(list(args), dict(kwargs), **ours)
        except (KombuError, OSError) as error:
            logger.warning("Task %s could not be sent: %s", name, error)
            raise BrokerUnavailable("The broker does not answer, so the task was not accepted.") from error
        try:
            self._flush()
        except Exception:
            # The task was accepted; that it is shown late is no reason to say otherwise.
            logger.exception("The record of task %s is late", task_id)
        return Sent(id=task_id)
