"""Celery's remote control: what workers are told, and asked. The only module that speaks to them."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.transport.virtual import Channel

ANSWER = 5.0
"""Seconds for which a worker's answer is waited for; one that is well needs milliseconds."""

ROUND = 1.0
"""Seconds without another answer after which a round is over: nobody knows how many workers there are."""

logger = logging.getLogger("phloem.server")


class NoAnswer(Exception):
    """Broker or worker said nothing. The text says which."""


class Refused(Exception):
    """The worker said no. The text is its reason."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What the workers said, by their names, and how many messages each queue holds."""

    stats: Mapping[str, Mapping[str, Any]]
    queues: Mapping[str, tuple[str, ...]]
    depths: Mapping[str, int | None]


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
                raise NoAnswer(_silence(worker))
            for name, said in answers[0].items():
                if isinstance(said, dict) and "error" in said:
                    raise Refused(_reason(name, str(said["error"])))
            if worker is not None:
                # Its next try, or the task itself should that one give it back, may come to any other.
                self._celery.control.revoke(task_id, connection=connection)

    def survey(self, queues: Iterable[str] = ()) -> Survey:
        """Asks all workers what they are and what they take from, and the broker how deep those queues are.

        So are those of the app, and `queues`. NoAnswer where the broker is silent; workers that are are left out.
        """
        with self._connection() as connection:
            ask = self._celery.control.broadcast
            stats = replies(ask("stats", connection=connection, reply=True, timeout=ROUND))
            # Those who answered answer once more; nobody waits for others.
            active = (
                replies(ask("active_queues", connection=connection, reply=True, timeout=ROUND, limit=len(stats)))
                if stats
                else {}
            )
            consumed = {worker: tuple(str(each["name"]) for each in said or ()) for worker, said in active.items()}
            names = dict.fromkeys(itertools.chain(self._celery.amqp.queues, *consumed.values(), queues))
            depths = _depths(connection, names)
        return Survey(
            stats={worker: said for worker, said in stats.items() if isinstance(said, dict)},
            queues=consumed,
            depths=depths,
        )

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


def _silence(worker: str | None) -> str:
    if worker is None:
        return "No worker answered, so nobody knows that this task is revoked."
    return f"{worker}, which has this task, did not answer; it may or may not do as it was told."


def _reason(worker: str, error: str) -> str:
    if "NotImplementedError" in error or "does not implement kill_job" in error:
        return f"{worker} cannot stop a task that runs: only a worker with a prefork pool can."
    return f"{worker} says: {error[:500]}"


def _depths(connection: Connection, names: Iterable[str]) -> dict[str, int | None]:
    """How many messages wait in each queue; 0 for one that does not exist, None where the broker does not say."""
    found: dict[str, int | None] = {}
    channel: Any = None
    for name in names:
        channel = channel or connection.channel()  # type: ignore[no-untyped-call]
        try:
            found[name] = int(channel.queue_declare(queue=name, passive=True).message_count)
        except connection.channel_errors:
            found[name] = 0
            if not isinstance(channel, Channel):  # a broker that speaks AMQP has closed it
                channel = None
        except NotImplementedError:
            found[name] = None
    return found


def replies(answers: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What each worker said, by its name."""
    return {name: said for answer in answers or () for name, said in answer.items()}
