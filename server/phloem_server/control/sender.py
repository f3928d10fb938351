"""The one place where a task is sent."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec
from amqp.exceptions import MessageNacked
from celery import Celery, Task, signals
from celery.exceptions import QueueNotFound
from celery.result import ResultSet, denied_join_result
from celery.utils import uuid
from kombu.exceptions import EncodeError, KombuError, SerializerNotInstalled

from phloem.errors import PhloemError
from phloem.instrument.messages.headers import LABEL, OWNER, RETRY_OF
from phloem.redaction import clip, scrub
from phloem_server.control.again.second_run import SecondRun
from phloem_server.control.celery_app import CONFIRMED
from phloem_server.control.destinations import Way
from phloem_server.control.errors import BrokerUnavailable, TaskRefused
from phloem_server.control.stand_in import StandIn

logger = logging.getLogger(__name__)

_RETRY_ONCE_AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
_REASON_BYTES = 500  # of what an application says
_OF_THE_NETWORK = (ConnectionError, TimeoutError, socket.gaierror, ssl.SSLError)

_begun: ContextVar[list[str] | None] = ContextVar("phloem_begun", default=None)
"""Ids of the tasks that were sent in this context, or run in it."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A task that the broker has accepted."""

    id: str


class Sender:
    """Sends tasks of one app.

    `flush` waits, for a moment at most, until what was just sent is in the record. `sent` is told of a message that was
    sent without Celery, in the terms of its signal after_task_publish.
    """

    def __init__(
        self, celery: Celery, flush: Callable[[], object], sent: Callable[..., object] = lambda **_: None
    ) -> None:
        self._celery = celery
        self._flush = flush
        self._sent = sent

    def send(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], **options: Any) -> Sent:
        """Sends a task. `options` are those of Celery's `apply_async`; id and retries are ours.

        BrokerUnavailable: nothing was accepted. TaskRefused: Celery or the task itself would not send it.
        """
        task_id = uuid()
        # One more try: a connection of the pool may have ended with a broker that is back.
        ours = {**options, **CONFIRMED, "task_id": task_id, "retry": True, "retry_policy": _RETRY_ONCE_AT_ONCE}
        with _noting() as begun:
            try:
                result = self._apply(name, args, kwargs, ours)
            except Exception as error:
                if task_id not in begun:
                    raise refusal(name, error) from error
                logger.warning("Task %s was sent as %s, and then raised %r", name, task_id, error)
                result = None
        return self._recorded(_id(name, result, task_id, begun))

    def send_again(self, make: Callable[[str], SecondRun], way: Way) -> Sent:
        """Sends the message of another run, which `make` makes for an id. Raises what that and `send` raise.

        A task with an `apply_async` of its own decides as ever whether it is sent, and by which id.
        """
        run = make(uuid())
        task = self._celery.tasks.get(run.name)
        own_rules = task is not None and type(task).apply_async is not Task.apply_async
        try:
            with self._celery.producer_or_acquire() as producer:
                if own_rules and run.said is not None:
                    stand_in = _StandIn(producer, run.name, lambda task_id: self._publish(producer, make(task_id), way))
                    headers = {name: run.told[name] for name in (RETRY_OF, OWNER, LABEL) if name in run.told}
                    return self.send(run.name, *run.said, producer=stand_in, headers=headers)
                with producer.connection._reraise_as_library_errors():
                    self._publish(producer, run, way)
        except Exception as error:
            raise refusal(run.name, error) from error
        self._sent(sender=run.name, headers=run.told, body=run.said, exchange=way.exchange, routing_key=way.routing_key)
        return self._recorded(run.id)

    def _publish(self, producer: Any, run: SecondRun, way: Way) -> None:
        properties = dict(run.properties)
        if (milliseconds := properties.pop("expiration", None)) is not None:
            properties["expiration"] = float(milliseconds) / 1000
        producer.publish(
            run.body,
            content_type=run.content_type,
            content_encoding=run.content_encoding,
            compression=run.compression,
            headers=dict(run.headers),
            exchange=way.exchange,
            routing_key=way.routing_key,
            declare=[way.queue],
            retry=True,
            retry_policy=dict(_RETRY_ONCE_AT_ONCE),
            **CONFIRMED,
            **properties,
        )

    def _apply(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], options: Mapping[str, Any]) -> object:
        # Where waiting for results is allowed, a Redis result backend subscribes to that of every task sent, one
        # subscription more each time and for good. The server waits for none.
        task = self._celery.tasks[name]
        if isinstance(task, StandIn) and not task.form.routed and not options.get("queue"):
            raise TaskRefused(
                f"Where messages of {name} go is decided by its app, for each by its arguments. Name a queue, or start "
                "the server with --app."
            )
        with denied_join_result():
            return task.apply_async(list(args), dict(kwargs), **options)

    def _recorded(self, task_id: str) -> Sent:
        try:
            self._flush()
        except Exception:
            # The task was accepted; that it is shown late is no reason to say otherwise.
            logger.exception("The record of task %s is late", task_id)
        return Sent(id=task_id)


class _StandIn:
    """A producer that publishes a kept message where Celery would publish the one that it made of it."""

    def __init__(self, producer: Any, name: str, publish: Callable[[str], None]) -> None:
        self._producer = producer
        self._name = name
        self._publish = publish

    def publish(self, body: Any, headers: Any = None, **options: Any) -> Any:
        """As kombu's."""
        if not headers or headers.get("task") != self._name:
            return self._producer.publish(body, headers=headers, **options)
        return self._publish(str(headers["id"]))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._producer, name)


@contextmanager
def _noting() -> Iterator[list[str]]:
    """The ids of what is sent, or run at once, in this context."""
    begun: list[str] = []
    token = _begun.set(begun)
    try:
        yield begun
    finally:
        _begun.reset(token)


def _note_sent(headers: Any = None, body: Any = None, **_: object) -> None:
    begun = _begun.get()
    if begun is not None:
        told = headers if headers and "id" in headers else body
        begun.append(str(told.get("id")) if isinstance(told, Mapping) else "")


def _note_run(task_id: Any = None, **_: object) -> None:
    begun = _begun.get()
    if begun is not None:
        begun.append(str(task_id))


signals.after_task_publish.connect(_note_sent, weak=False, dispatch_uid=f"{__name__}.sent")
signals.task_prerun.connect(_note_run, weak=False, dispatch_uid=f"{__name__}.run")


def _id(name: str, result: object, task_id: str, begun: Sequence[str]) -> str:
    """The id under which there will be a task. TaskRefused where there will be none."""
    given = result if isinstance(result, str) else getattr(result, "id", None)
    if isinstance(result, ResultSet):  # of several tasks: its id is none of a task
        given = None
    if isinstance(given, str) and given and (given != task_id or task_id in begun):
        return given
    if task_id in begun:
        return task_id
    if len(begun) == 1:
        return begun[0]
    raise TaskRefused(f"{name} was not sent: its own apply_async sent nothing, and returned {type(result).__name__}.")


def refusal(name: str, error: Exception) -> PhloemError:
    """What Celery or code of the application raised, as an error of ours."""
    if isinstance(error, PhloemError):
        return error
    logger.warning("Task %s could not be sent: %s", name, error)
    if isinstance(error, MessageNacked) or isinstance(error.__cause__, MessageNacked):
        return TaskRefused(f"{name} was not sent: RabbitMQ did not take the message, as of a queue that is full.")
    if _is_of_the_broker(error):
        return BrokerUnavailable("The broker does not answer, so the task was not accepted.")
    return TaskRefused(f"{name} was not sent: {_reason(error)}")


def _is_of_the_broker(error: Exception) -> bool:
    if isinstance(error, KombuError):
        return not isinstance(error, EncodeError | SerializerNotInstalled)
    return isinstance(error, _OF_THE_NETWORK) or type(error) is OSError


def _reason(error: Exception) -> str:
    if isinstance(error, QueueNotFound):
        return f"Celery says that there is no such queue: {_text(error)}"
    return f"{type(error).__name__}: {_text(error)}"


def _text(error: Exception) -> str:
    said = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return clip(" ".join(scrub(said).split()), _REASON_BYTES)
