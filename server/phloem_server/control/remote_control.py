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

from phloem_server.control.errors import BrokerUnavailable, NoAnswer, WorkerRefused

ANSWER_SECONDS = 5.0
"""For which a worker's answer is waited for; a healthy one needs milliseconds."""

ROUND_SECONDS = 1.0
"""Without another answer after which a round of questions is over: how many workers there are is not known."""

_REASON_LIMIT = 500  # characters of a worker's own words

logger = logging.getLogger(__name__)


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What the workers answered, by their names, and how many messages each queue holds (None: unknown)."""

    stats: Mapping[str, Mapping[str, Any]]
    queues: Mapping[str, tuple[str, ...]]
    depths: Mapping[str, int | None]


class RemoteControl:
    """Tells the workers of one app what to do. Safe to use from any thread."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery

    def revoke(self, task_id: str, worker: str | None, *, terminate: bool, signal: str) -> None:
        """Has the workers refuse a task, and stop it where it runs if `terminate`.

        `worker` is the one that has the task, None where none has it yet. NoAnswer where that one is silent, or all
        are; BrokerUnavailable; WorkerRefused where it cannot be done.
        """
        told = {"terminate": terminate, "signal": signal}
        with self._connection() as connection:
            # The worker that has the task answers for it. Of others one answer proves that the message arrived.
            destination = [worker] if worker is not None else None
            answers = self._celery.control.revoke(
                task_id,
                destination=destination,
                connection=connection,
                reply=True,
                timeout=ANSWER_SECONDS,
                limit=1,
                **told,
            )
            if not answers:
                raise NoAnswer(_silence(worker))
            for name, said in answers[0].items():
                if isinstance(said, dict) and "error" in said:
                    raise WorkerRefused(_reason(name, str(said["error"])))
            if worker is not None:
                # Its next try may come to any other worker, and so may the task if this one gives it back.
                self._celery.control.revoke(task_id, connection=connection)

    def survey(self, queues: Iterable[str] = ()) -> Survey:
        """Asks all workers for their state and the queues they consume, and the broker for the depth of those queues.

        The depths of the app's own queues and of `queues` are asked for as well. BrokerUnavailable; silent workers are
        left out.
        """
        with self._connection() as connection:
            ask = self._celery.control.broadcast
            stats = replies(ask("stats", connection=connection, reply=True, timeout=ROUND_SECONDS))
            # The workers that answered answer once more; none is waited for beyond those.
            active = (
                replies(
                    ask("active_queues", connection=connection, reply=True, timeout=ROUND_SECONDS, limit=len(stats))
                )
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
        """A connection that was tried once, so that no caller waits for a broker that is away."""
        try:
            with self._celery.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=ANSWER_SECONDS)
                # What is opened later would otherwise be retried without an end.
                connection.transport_options = {**connection.transport_options, "max_retries": 1}
                yield connection
        except (KombuError, OSError) as error:
            logger.warning("The workers could not be told: %s", error)
            raise BrokerUnavailable("The broker does not answer.") from error


def replies(answers: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What each worker said, by its name."""
    return {name: said for answer in answers or () for name, said in answer.items()}


def _silence(worker: str | None) -> str:
    if worker is None:
        return "No worker answered, so nobody knows that this task is revoked."
    return f"{worker}, which has this task, did not answer; it may or may not do as it was told."


def _reason(worker: str, error: str) -> str:
    if "NotImplementedError" in error or "does not implement kill_job" in error:
        return f"{worker} cannot stop a task that runs: only a worker with a prefork pool can."
    return f"{worker} says: {error[:_REASON_LIMIT]}"


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
