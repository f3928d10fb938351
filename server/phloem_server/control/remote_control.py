"""Celery's remote control: what workers are told, and asked. The only module that speaks to them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
from amqp.exceptions import AMQPError
from celery import Celery
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from phloem.instrument.messages.routes import queue_name
from phloem.redaction import clip, scrub
from phloem_server.control.brokers.broker import Broker, Told, away_errors_of, errors_of
from phloem_server.control.brokers.management import Management
from phloem_server.control.errors import BrokerUnavailable, NoAnswer, WorkerRefused

ANSWER_SECONDS = 5.0
"""For which a worker's answer is waited for; a healthy one needs milliseconds."""

ROUND_SECONDS = 1.0
"""Without another answer after which a round of questions is over: how many workers there are is not known."""

QUESTIONS: Mapping[str, Mapping[str, object] | None] = {
    "stats": None,
    "conf": None,
    "registered": None,
    "active_queues": None,
    "active": {"safe": True},
    "reserved": None,
    "scheduled": None,
    "revoked": None,
}
"""All that a worker tells of itself, by the commands that ask for it, each with its arguments."""

_REASON_LIMIT = 500  # characters of a worker's own words

logger = logging.getLogger(__name__)


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What the workers answered, each with its name, and what the broker told.

    Two workers of one name answer both; `queues` has all that workers of a name take from.
    """

    stats: Sequence[tuple[str, Mapping[str, Any]]]
    queues: Mapping[str, tuple[str, ...]]
    broker: Told = Told()


class _AllAnswered(Exception):
    """Ends the wait for answers."""


class RemoteControl:
    """Tells the workers of one app what to do. Safe to use from any thread."""

    def __init__(self, celery: Celery, management: Management | None = None) -> None:
        """`management` is that of the app's RabbitMQ, where it is known."""
        self._celery = celery
        self._management = management
        self._heard = ""

    def revoke(self, task_id: str, worker: str | None, *, terminate: bool, signal: str) -> None:
        """Has the workers refuse a task, and stop it where it runs if `terminate`.

        `worker` is the one that has the task, None where none has it yet. NoAnswer where that one is silent, or all
        are; BrokerUnavailable; WorkerRefused where it cannot be done.
        """
        told = {"terminate": terminate, "signal": signal}
        with self._connection() as connection:
            broker = self._broker(connection)
            if not broker.reaches_all:
                raise WorkerRefused(
                    f"{broker.name} carries no message to all workers, so none can be told to revoke it."
                )
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
        """Asks all workers for their state and the queues they consume, and the broker for what it has of those queues.

        It is asked for the app's own queues and for `queues` as well. BrokerUnavailable; silent workers are left out.
        """
        with self._connection() as connection:
            broker = self._broker(connection)
            stats = _each(self._all(broker, connection, "stats"))
            # The workers that answered answer once more; none is waited for beyond those.
            active = _each(self._all(broker, connection, "active_queues", limit=len(stats))) if stats else []
            consumed: dict[str, dict[str, str]] = {}
            for worker, said in active:
                consumed.setdefault(worker, {}).update((_shown(each), str(each["name"])) for each in said or ())
            told = broker.ask(self._places(consumed.values(), queues))
        return Survey(
            stats=[(worker, said) for worker, said in stats if isinstance(said, dict)],
            queues={worker: tuple(names) for worker, names in consumed.items()},
            broker=told,
        )

    def ask(
        self,
        command: str,
        *,
        destination: Sequence[str] | None = None,
        awaited: Collection[str] = (),
        timeout: float = ROUND_SECONDS,
        arguments: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """What each worker answers to a command of remote control. BrokerUnavailable.

        It is over `timeout` seconds after the last answer, or once all of `destination`, else of `awaited`, have
        answered. A worker that does not answer is left out: it may be busy, or gone.
        """
        named = set(awaited if destination is None else destination)
        answers: dict[str, Any] = {}

        def take(answer: Mapping[str, Any]) -> None:
            answers.update(answer)
            if named and named <= answers.keys():
                raise _AllAnswered

        # Not by a limit: that counts any answer, also that of a worker that is not named, and one to a question before.
        with self._connection() as connection, suppress(_AllAnswered):
            self._celery.control.broadcast(
                command,
                destination=list(destination) if destination is not None else None,
                connection=connection,
                reply=True,
                timeout=timeout,
                arguments=arguments,
                limit=0,  # none; kombu would take None for as many as are named
                callback=take,
            )
        return answers

    def interview(self, worker: str) -> dict[str, Any]:
        """What one worker answers to each of QUESTIONS; None to one that it does not answer.

        BrokerUnavailable; NoAnswer where it answers nothing, or the broker reaches no worker.
        """
        said: dict[str, Any] = {}
        with self._connection() as connection:
            broker = self._broker(connection)
            if not broker.reaches_all:
                raise NoAnswer(f"{broker.name} carries no message to all workers, so none can be asked.")
            for question, arguments in QUESTIONS.items():
                answers = self._celery.control.broadcast(
                    question,
                    destination=[worker],
                    connection=connection,
                    reply=True,
                    timeout=ROUND_SECONDS,
                    arguments=arguments,
                    limit=1,
                )
                said[question] = replies(answers).get(worker)
                if said["stats"] is None:
                    raise NoAnswer(f"{worker} does not answer.")
        return said

    def consumed(self) -> list[Queue]:
        """The queues that workers take from, by those that answer. BrokerUnavailable."""
        with self._connection() as connection:
            active = replies(self._all(self._broker(connection), connection, "active_queues"))
        return [_queue(each) for said in active.values() if isinstance(said, list) for each in said]

    def _broker(self, connection: Connection) -> Broker:
        return Broker(self._celery, connection, self._management)

    def _all(
        self, broker: Broker, connection: Connection, question: str, limit: int | None = None
    ) -> list[dict[str, Any]] | None:
        """Asks all workers. None are asked where the broker reaches none, and would keep a queue for their answers."""
        if not broker.reaches_all:
            return None
        return self._celery.control.broadcast(  # type: ignore[no-any-return]
            question, connection=connection, reply=True, timeout=ROUND_SECONDS, limit=limit
        )

    def _places(self, consumed: Iterable[Mapping[str, str]], others: Iterable[str]) -> dict[str, list[str]]:
        """The queues to look at, each with the names that the broker has for it: several for a broadcast."""
        own = (str(queue.name) for queue in self._celery.amqp.queues.values() if queue_name(queue) == queue.name)
        places = {name: {name} for name in own}
        for names in consumed:
            for shown, name in names.items():
                places.setdefault(shown, set()).add(name)
        broadcasts = {queue_name(queue) for queue in self._celery.amqp.queues.values()} - places.keys()
        found = {**{name: {name} for name in others if name not in broadcasts}, **places}
        return {shown: sorted(names) for shown, names in found.items()}

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection that was tried once, so that no caller waits for a broker that is away."""
        connection = self._celery.connection_for_write()
        try:
            with connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=ANSWER_SECONDS)
                # What is opened later would otherwise be retried without an end.
                connection.transport_options = {**connection.transport_options, "max_retries": 1}
                yield connection
            self._heard = ""
        except errors_of(connection) as error:
            self._tell(error)
            if isinstance(error, away_errors_of(connection)) and not isinstance(error, AMQPError):
                raise BrokerUnavailable("The broker does not answer.") from error
            told = " ".join(str(getattr(error, "reply_text", None) or error).split()).rstrip(".")
            raise BrokerUnavailable(
                f"{self._broker(connection).name} refuses what this server asks: {clip(scrub(told), _REASON_LIMIT)}."
            ) from error

    def _tell(self, error: Exception) -> None:
        """Logs why the broker does not do what it is asked, once for each reason."""
        if str(error) != self._heard:
            logger.warning("The workers could not be told: %s", error)
        self._heard = str(error)


def replies(answers: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What each worker said, by its name."""
    return dict(_each(answers))


def _each(answers: list[dict[str, Any]] | None) -> list[tuple[str, Any]]:
    """What each worker said, with its name: two may have the same."""
    return [(name, said) for answer in answers or () for name, said in answer.items()]


def _queue(told: Mapping[str, Any]) -> Queue:
    """A queue as a worker tells of it."""
    exchange = told.get("exchange") or {}
    return Queue(
        str(told["name"]),
        Exchange(
            str(exchange.get("name") or ""),
            type=exchange.get("type") or "direct",
            durable=exchange.get("durable", True),
            auto_delete=exchange.get("auto_delete", False),
        ),
        routing_key=str(told.get("routing_key") or ""),
        durable=told.get("durable", True),
        exclusive=told.get("exclusive", False),
        auto_delete=told.get("auto_delete", False),
        queue_arguments=told.get("queue_arguments"),
    )


def _silence(worker: str | None) -> str:
    if worker is None:
        return "No worker answered, so nobody knows that this task is revoked."
    return f"{worker}, which has this task, did not answer; it may or may not do as it was told."


def _reason(worker: str, error: str) -> str:
    if "NotImplementedError" in error or "does not implement kill_job" in error:
        return f"{worker} cannot stop a task that runs: only a worker with a prefork pool can."
    return f"{worker} says: {error[:_REASON_LIMIT]}"


def _shown(queue: Mapping[str, Any]) -> str:
    """The name by which people know a queue that a worker consumes. See `queue_name`."""
    return str(queue.get("alias") or queue["name"])
