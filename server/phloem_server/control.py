"""Celery's remote control: what workers are told, and asked. The only module that speaks to them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import KombuError

ANSWER = 2.0
"""Seconds for which a worker's answer is waited for; one that is well needs milliseconds."""

logger = logging.getLogger("phloem.server")


class NoAnswer(Exception):
    """Broker or worker said nothing. The text says which."""


class Refused(Exception):
    """The worker said no. The text is its reason."""


class Control:
    """Tells the workers of one app what to do. Safe to use from any thread."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def revoke(self, task_id: str, worker: str | None, *, terminate: bool, signal: str) -> None:
        """Has the workers refuse a task, and stop it where it runs if `terminate`.

        `worker` is who has it, None where nobody does yet. NoAnswer where that one, or everybody, is silent;
        Refused where it cannot be done.
        """
        told = {"terminate": terminate, "signal": signal}
        with self._connection() as connection:
            # Who has it answers for it. Of the others one is enough to know that the message arrived.
            destination = [worker] if worker is not None else None
            answers = self._celery.control.revoke(
                task_id, destination=destination, connection=connection, reply=True, timeout=ANSWER, limit=1, **told
            )
            if not answers:
                raise NoAnswer(f"{worker or 'No worker'} {'did not answer' if worker else 'answered'}.")
            for name, said in answers[0].items():
                if isinstance(said, dict) and "error" in said:
                    raise Refused(_reason(name, str(said["error"])))
            if worker is not None:
                # Its next try, or the task itself should that one give it back, may come to any other.
                self._celery.control.revoke(task_id, connection=connection)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection that was tried once, so that nobody waits for a broker that is away."""
        try:
            with self._celery.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=ANSWER)
                # What is opened later would else be tried again without an end.
                connection.transport_options = {**connection.transport_options, "max_retries": 1}
                yield connection
        except (KombuError, OSError) as error:
            logger.warning("The workers could not be told: %s", error)
            raise NoAnswer("The broker does not answer.") from error


def _reason(worker: str, error: str) -> str:
    if "NotImplementedError" in error or "does not implement kill_job" in error:
        return f"{worker} cannot stop a task that runs: only a worker with a prefork pool can."
    return f"{worker} says: {error[:500]}"


def replies(answers: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What each worker said, by its name."""
    return {name: said for answer in answers or () for name, said in answer.items()}
