"""Checks of broker, result backend and queues."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kombu.connection import Connection

from phloem.instrument.messages.message import time_told
from phloem.model.task import Task
from phloem.settings import without_password
from phloem_server.commands.doctor.check import CannotLook, Check, Trouble
from phloem_server.commands.doctor.installation import Installation
from phloem_server.commands.doctor.words import duration, listed, said
from phloem_server.control.brokers.broker import address_of

ANSWER_SECONDS = 5.0
"""For which the broker is waited for."""

VISIBILITY_SECONDS = 3600.0
"""What kombu takes for Redis where nothing is said."""

CONSUMER_SECONDS = 1800.0
"""RabbitMQ's consumer_timeout where nothing is said."""


def reach(seen: Installation) -> Iterator[Trouble]:
    """A broker that does not answer."""
    try:
        with _connected(seen):
            pass
    except Exception as error:  # noqa: BLE001  each transport has errors of its own
        yield Trouble(
            what="The broker cannot be reached: nothing can be sent, and workers cannot be asked.",
            evidence=f"{_address(seen)}: {said(error)}",
            cure="Start it, or correct the broker's URL: CELERY_BROKER_URL, or that of the app of --app.",
        )


def eviction(seen: Installation) -> Iterator[Trouble]:
    """A Redis broker that removes messages when it is full."""
    with _lookable(seen) as connection:
        if connection.transport.driver_type != "redis":
            raise CannotLook("The broker is no Redis.")
        channel: Any = connection.default_channel
        told: dict[str, Any] = channel.client.info("memory")
    policy = str(told.get("maxmemory_policy", "noeviction"))
    if int(told.get("maxmemory", 0)) and policy != "noeviction":
        yield Trouble(
            what="When it is full, the broker throws messages away: tasks are never run, and nobody is told.",
            evidence=f"{_address(seen)}: maxmemory-policy is {policy}.",
            cure="Set maxmemory-policy to noeviction.",
        )


def backend(seen: Installation) -> Iterator[Trouble]:
    """A result backend that does not answer."""
    celery = seen.celery
    if not celery.conf.result_backend:
        raise CannotLook("The app has no result backend.")
    limits = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    celery.conf.result_backend_transport_options = {"retry_policy": limits}
    try:
        celery.backend.get_task_meta("phloem-doctor", cache=False)
    except Exception as error:  # noqa: BLE001  as above
        yield Trouble(
            what="The result backend cannot be reached: workers cannot store how tasks end, and get() waits in vain.",
            evidence=f"{without_password(str(celery.conf.result_backend))}: {said(error)}",
            cure="Start it, or correct its URL: CELERY_RESULT_BACKEND, or that of the app of --app.",
        )


def visibility(seen: Installation) -> Iterator[Trouble]:
    """A visibility timeout that is shorter than a message is held."""
    with _lookable(seen) as connection:
        driver = connection.transport.driver_type
    if driver not in ("redis", "sqs", "amqp"):
        raise CannotLook("The broker hands no message out twice by itself.")
    late = _acks_late(seen)
    held = max((*_waits(seen), *_runs(seen, late)), default=None)
    if driver == "amqp":
        raise CannotLook(_of_rabbitmq(held))
    confs = seen.asked("conf")
    limits = [_timeout(conf) for conf in confs.values() if isinstance(conf, dict)] or [_timeout(seen.celery.conf)]
    limit = min(limits)
    if held is not None and held[0] > limit:
        yield Trouble(
            what="The broker hands messages to a second worker while the first still holds them: tasks run twice.",
            evidence=f"{held[1]}; visibility_timeout is {duration(limit)}.",
            cure='Set broker_transport_options = {"visibility_timeout": '
            f"{int(2 * held[0])}}} in every process of the app, or keep what is to run later in a schedule.",
        )


def consumers(seen: Installation) -> Iterator[Trouble]:
    """Queues with messages that no worker takes."""
    waiting = {task.queue for task in seen.tasks if task.state == "PENDING" and task.queue}
    survey = seen.control.survey(waiting)
    consumed = {name for names in survey.queues.values() for name in names}
    depths = {name: held.messages for name, held in survey.broker.queues.items()}
    if left := {name: depth for name, depth in depths.items() if depth and name not in consumed}:
        yield Trouble(
            what="Messages wait in queues from which no worker takes.",
            evidence=f"{', '.join(f'{name}: {depth}' for name, depth in sorted(left.items()))}. "
            + (f"Workers take from {listed(consumed)}." if consumed else "No worker answers."),
            cure=f"Start a worker for them: celery -A … worker -Q {','.join(sorted(left))}; or correct the routes.",
        )


@contextmanager
def _connected(seen: Installation) -> Iterator[Connection]:
    with seen.celery.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=ANSWER_SECONDS)
        yield connection


@contextmanager
def _lookable(seen: Installation) -> Iterator[Connection]:
    """As `_connected`. CannotLook where the broker does not answer: another check says so."""
    try:
        with _connected(seen) as connection:
            yield connection
    except CannotLook:
        raise
    except Exception as error:
        raise CannotLook("The broker does not answer.") from error


def _address(seen: Installation) -> str:
    return address_of(seen.celery.connection_for_write())


def _of_rabbitmq(held: tuple[float, str] | None) -> str:
    """What is to be said of RabbitMQ, which ends the channel of a worker that holds a message for too long."""
    if held is None or held[0] <= CONSUMER_SECONDS:
        return (
            "RabbitMQ hands out again what is held for 30 min, unless set otherwise; nothing seen is held for so long."
        )
    return (
        f"{held[1]}. RabbitMQ hands out again what is held for longer than its consumer_timeout, which it does not "
        "tell: 30 min, unless rabbitmq.conf or a policy says otherwise."
    )


def _timeout(conf: Any) -> float:
    options = conf.get("broker_transport_options") or {}
    return float(options.get("visibility_timeout", VISIBILITY_SECONDS))


def _acks_late(seen: Installation) -> frozenset[str]:
    """The tasks whose messages are acknowledged when they have run."""
    marked = (
        each.partition(" [")
        for _, names in seen.asked("registered", taskinfoitems=["acks_late"]).items()
        for each in (names if isinstance(names, list) else ())
    )
    return frozenset(name for name, _, told in marked if "acks_late=True" in told)


def _waits(seen: Installation) -> Iterator[tuple[float, str]]:
    """How long workers hold messages of tasks for later."""
    for worker, scheduled in seen.asked("scheduled").items():
        for each in scheduled if isinstance(scheduled, list) else ():
            if (eta := time_told(each.get("eta"))) is not None:
                left = eta - time.time()
                yield left, f"{worker} holds {each['request']['name']} for another {duration(left)}"


def _runs(seen: Installation, late: frozenset[str]) -> Iterator[tuple[float, str]]:
    """How long tasks ran, of those whose messages are held meanwhile."""
    for task in seen.tasks:
        if task.name in late and (ran := _ran(task)) is not None:
            yield ran, f"{task.name} has acks_late, and ran for {duration(ran)}"


def _ran(task: Task) -> float | None:
    if task.started_at is None:
        return None
    return (task.finished_at or time.time()) - task.started_at


CHECKS = (
    Check(name="broker-reach", question="Does the broker answer?", find=reach),
    Check(name="broker-eviction", question="Does a Redis broker keep its messages when it is full?", find=eviction),
    Check(name="result-backend", question="Does the result backend answer?", find=backend),
    Check(
        name="visibility-timeout",
        question="Is it longer than the longest countdown, and than tasks with `acks_late` run?",
        find=visibility,
    ),
    Check(
        name="queue-consumers", question="Does a worker take from each queue in which messages wait?", find=consumers
    ),
)
