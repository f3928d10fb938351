"""All that an app can run, as its workers tell it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import celery
import msgspec
from kombu.entity import Queue

from phloem.instrument.arguments import places_of
from phloem.instrument.forms import arguments
from phloem.instrument.forms.broker import broker_of, transport_options
from phloem.instrument.forms.routing import route
from phloem.instrument.signature import Signature
from phloem.logs import logger_of
from phloem.record.stores.forms import (
    FORM_LIMIT_BYTES,
    TASKS_LIMIT,
    AppFacts,
    Argument,
    Catalogue,
    QueueFacts,
    TaskForm,
)

BUILT_IN = "celery."
"""What the names of the tasks begin with that Celery brings itself."""

logger = logger_of(__name__)


def catalogue_of(app: celery.Celery) -> Catalogue:
    """What a worker of the app can run, without the tasks that Celery brings itself."""
    names = sorted(name for name in app.tasks if not name.startswith(BUILT_IN))
    if len(names) > TASKS_LIMIT:
        logger.warning("Only %d of %d tasks are told to Phloem's server", TASKS_LIMIT, len(names))
    routed: list[Queue] = []
    forms = tuple(_form(app, name, routed) for name in names[:TASKS_LIMIT])
    return Catalogue(app=_facts(app, routed), tasks=forms)


def _form(app: celery.Celery, name: str, routed: list[Queue]) -> TaskForm:
    """The form of a task. The queue that it goes to is added to `routed`."""
    task = app.tasks[name]
    launch = bool(getattr(task, "launch", True))
    queue: Any = None
    options: dict[str, Any] = {}
    goes = True
    try:
        queue, options = route(app, task)
    except Exception as error:  # noqa: BLE001  # of a router, which is code of the application
        logger.debug("Where %s goes depends on its arguments: %r", name, error)
        goes = False
    if queue is not None and queue.alias is not None:  # a broadcast, of which each worker has a queue of its own
        queue, goes = None, False
    if queue is not None:
        routed.append(queue)
    way: dict[str, Any] = {
        "queue": None if queue is None else queue.name,
        "routed": goes,
        "options": options,
    }
    signature = Signature.of_task(task)
    form = TaskForm(
        name=name,
        doc=signature.doc,
        schema=signature.schema,
        arguments=tuple(arguments.told(signature)),
        judged=places_of(task) is not None,
        launch=launch,
        **way,
    )
    try:
        fits = len(msgspec.json.encode(form)) <= FORM_LIMIT_BYTES
    except (TypeError, ValueError, RecursionError):  # words that an app adds to a schema may be anything
        fits = False
    return form if fits else _without_signature(form)


def _without_signature(form: TaskForm) -> TaskForm:
    logger.debug("The form of %s is too large, or no JSON, to be told", form.name)
    return msgspec.structs.replace(
        form,
        doc=form.doc[:1000],
        schema={"type": "object", "properties": {}, "required": [], "additionalProperties": True},
        arguments=(
            Argument(name="args", kind="more_by_position", type={}),
            Argument(name="kwargs", kind="more_by_name", type={}),
        ),
        judged=False,
    )


def _facts(app: celery.Celery, routed: Iterable[Queue]) -> AppFacts:
    queues = {queue.name: queue for queue in (*app.amqp.queues.values(), *routed)}
    return AppFacts(
        broker=broker_of(app),
        transport=transport_options(app),
        task_protocol=int(app.conf.task_protocol),
        accept_content=tuple(map(str, app.conf.accept_content or ())),
        queues=tuple(_queue(queues[name]) for name in sorted(queues) if queues[name].alias is None),
    )


def _queue(queue: Any) -> QueueFacts:
    exchange = queue.exchange
    return QueueFacts(
        name=queue.name,
        exchange=exchange.name or "",
        exchange_type=exchange.type or "direct",
        routing_key=str(queue.routing_key or ""),
        durable=bool(queue.durable),
        auto_delete=bool(queue.auto_delete),
        exclusive=bool(queue.exclusive),
        queue_arguments=_json(queue.queue_arguments),
        exchange_durable=bool(exchange.durable),
        exchange_auto_delete=bool(exchange.auto_delete),
        exchange_arguments=_json(exchange.arguments),
    )


def _json(arguments: Any) -> dict[str, Any] | None:
    """Arguments that JSON can hold."""
    return {str(name): value for name, value in dict(arguments).items() if _is_plain(value)} if arguments else None


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
