"""What a worker that is not attached can run, as it answers to `inspect registered`: no more than names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery

from phloem.instrument.forms.broker import broker_of, transport_options
from phloem.instrument.forms.catalogue import BUILT_IN
from phloem.record.stores.forms import TASKS_LIMIT, AppFacts, Argument, Catalogue, QueueFacts, TaskForm

_DOC = "Its worker is not attached: nobody checks its arguments."
_ANYTHING = {"type": "object", "properties": {}, "required": [], "additionalProperties": True}


def catalogue(celery: Celery, registered: object, active_queues: object) -> Catalogue | None:
    """What a worker answered to `registered` and `active_queues` as a catalogue; None where it did not answer.

    A task goes to a queue that its worker takes from: the app's default one, else the first.
    """
    if not isinstance(registered, Sequence) or isinstance(registered, str):
        return None
    names = sorted({str(told).partition(" [")[0] for told in registered})
    told = [each for each in active_queues if isinstance(each, Mapping)] if isinstance(active_queues, list) else []
    queues = tuple(_queue(each) for each in told if each.get("name"))
    taken = [queue.name for queue in queues]
    default = str(celery.conf.task_default_queue)
    queue = default if default in taken or not taken else taken[0]
    return Catalogue(
        app=AppFacts(broker=broker_of(celery), transport=transport_options(celery), queues=queues),
        tasks=tuple(_form(name, queue) for name in names if name and not name.startswith(BUILT_IN))[:TASKS_LIMIT],
    )


def _form(name: str, queue: str) -> TaskForm:
    return TaskForm(
        name=name,
        doc=_DOC,
        schema=_ANYTHING,
        arguments=(
            Argument(name="args", kind="more_by_position", type={}),
            Argument(name="kwargs", kind="more_by_name", type={}),
        ),
        judged=False,
        queue=queue,
    )


def _queue(told: Mapping[str, Any]) -> QueueFacts:
    exchange = told.get("exchange")
    of: Mapping[str, Any] = exchange if isinstance(exchange, Mapping) else {}
    return QueueFacts(
        name=str(told["name"]),
        exchange=str(of.get("name") or ""),
        exchange_type=str(of.get("type") or "direct"),
        routing_key=str(told.get("routing_key") or ""),
        durable=bool(told.get("durable", True)),
        auto_delete=bool(told.get("auto_delete", False)),
        exclusive=bool(told.get("exclusive", False)),
        queue_arguments=told.get("queue_arguments") or None,
        exchange_durable=bool(of.get("durable", True)),
        exchange_auto_delete=bool(of.get("auto_delete", False)),
        exchange_arguments=of.get("arguments") or None,
    )
