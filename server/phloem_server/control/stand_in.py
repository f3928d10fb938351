"""Tasks whose code is not here, as tasks of the server's Celery app, to be sent as the app of their workers would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celery import Celery
from celery.app.task import Task
from kombu.entity import Exchange, Queue
from kombu.serialization import registry

from phloem.instrument.arguments import Places
from phloem.instrument.forms import arguments
from phloem.instrument.signature import Signature
from phloem.record.stores.forms import AppFacts, QueueFacts, TaskForm

_OPTIONS = frozenset(
    {
        "compression",
        "delivery_mode",
        "exchange",
        "expires",
        "ignore_result",
        "immediate",
        "mandatory",
        "priority",
        "routing_key",
        "serializer",
        "soft_time_limit",
        "time_limit",
    }
)
"""Options that are taken from a form; Celery reads them from attributes of the task."""


class StandIn(Task):  # type: ignore[misc]  # Celery has no types
    """Stands for a task that a worker has. It can be sent, and does not run."""

    abstract = True
    typing = False  # the signature checks, in words that name what does not fit
    form: TaskForm
    signature_told: Signature
    phloem_places: Places | None


def stand_in(celery: Celery, form: TaskForm, facts: AppFacts) -> StandIn:
    """The task of a form, registered with `celery`. `facts` are those of the app that has it."""
    told = {
        "name": form.name,
        "launch": form.launch,
        "form": form,
        "signature_told": arguments.signature(form),
        "phloem_places": arguments.places(form),
    }
    of_form: Any = type("StandIn", (StandIn,), told)
    of_form.bind(celery)
    task: StandIn = of_form()
    # Set at the task, since Celery warns of a class that says where its messages go.
    for name, value in form.options.items():
        if name in _OPTIONS:
            setattr(task, name, value)
    if getattr(task, "serializer", None) not in registry.name_to_type:  # one of the application's own
        task.serializer = "json"
    if form.queue is not None:
        task.queue = queues_of(facts).get(form.queue) or Queue(form.queue, routing_key=form.queue, no_declare=True)
    celery.tasks.register(task)
    return task


def queues_of(facts: AppFacts) -> Mapping[str, Queue]:
    """The queues of an app, by their names, as it declares them."""
    return {each.name: _queue(each) for each in facts.queues}


def _queue(told: QueueFacts) -> Queue:
    exchange: Any = Exchange(
        told.exchange,
        type=told.exchange_type,
        durable=told.exchange_durable,
        auto_delete=told.exchange_auto_delete,
        arguments=told.exchange_arguments,
    )
    return Queue(
        told.name,
        exchange,
        routing_key=told.routing_key,
        durable=told.durable,
        auto_delete=told.auto_delete,
        exclusive=told.exclusive,
        queue_arguments=told.queue_arguments,
    )
