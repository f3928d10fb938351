"""What workers can run, as they tell it: the tasks with their arguments, and how a message comes to each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, Protocol

import msgspec

from phloem.record.stores.workers import WorkerFacts

TASKS_LIMIT = 2000
"""Tasks of one worker that are told, at most."""

FORM_LIMIT_BYTES = 64 * 1024
"""The longest form as JSON. Of a longer one no more is told than that the task takes anything."""

Kind = Literal["by_position", "by_either", "by_name", "more_by_position", "more_by_name"]
"""How an argument is given; the last two are those of `*args` and `**kwargs`."""


class Argument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An argument of a task, or all of `*args` or `**kwargs`."""

    name: str
    kind: Kind = "by_either"
    required: bool = False
    secret: bool = False
    """Whether the worker hides its value, by its name."""
    type: dict[str, Any] | None = None
    """JSON Schema of what is accepted; None where that is the property of this name in the schema of the form."""


class QueueFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A queue as an app declares it; another declaration of the same queue is refused by some brokers."""

    name: str
    exchange: str = ""
    exchange_type: str = "direct"
    routing_key: str = ""
    durable: bool = True
    auto_delete: bool = False
    exclusive: bool = False
    queue_arguments: dict[str, Any] | None = None
    exchange_durable: bool = True
    exchange_auto_delete: bool = False
    exchange_arguments: dict[str, Any] | None = None


class TaskForm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task that a worker can run."""

    name: str
    doc: str = ""
    """What the docstring says of the task, without what it says of the arguments."""
    schema: dict[str, Any] = {}
    """JSON Schema of all arguments, for a form. See `instrument.signature`."""
    arguments: tuple[Argument, ...] = ()
    """All arguments, in the order of the signature."""
    judged: bool = True
    """Whether the names of the arguments tell where secrets are. False for a task with a strategy of its own."""
    launch: bool = True
    """Whether a person may send it; the option `launch` of the task."""
    queue: str | None = None
    """The queue that its messages go to; None where that depends on the arguments, or on an exchange alone."""
    routed: bool = True
    """Whether it is known where its messages go. False where a router of the app looks at the arguments, and for those
    that go to all workers."""
    options: dict[str, Any] = {}
    """Further options of Celery's `apply_async` that its app would send it with."""


class AppFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What else has to be known of an app to send to its workers. There is no password in it."""

    broker: str | None = None
    """Where the messages are, without credentials."""
    transport: dict[str, Any] = {}
    """Those of Celery's `broker_transport_options` that decide under which names the broker keeps messages."""
    task_protocol: int = 2
    accept_content: tuple[str, ...] = ("json",)
    """Serializers, or media types, that the workers read."""
    queues: tuple[QueueFacts, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All that a worker can run."""

    app: AppFacts = AppFacts()
    tasks: tuple[TaskForm, ...] = ()


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What one worker can run."""

    worker: WorkerFacts
    catalogue: Catalogue
    ended_at: float | None = None
    """When the worker was gone, in Unix seconds; None while its lease lasts."""


class FormStore(Protocol):
    """Keeps what workers can run. Both methods raise ChannelError where the record cannot be used."""

    def offer(self, lease: str, catalogue: Catalogue) -> None:
        """Keeps what the worker of a lease can run, for as long as the worker itself is known.

        Only what the record does not have yet is written: each form is kept once, however many workers have it.
        """

    def all(self) -> tuple[Offer, ...]:
        """What each known worker can run; workers that did not tell are left out."""


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue as it is kept: forms stand in it by their digests."""

    app: AppFacts
    tasks: dict[str, str]


def digests(catalogue: Catalogue) -> tuple[Digests, Mapping[str, bytes]]:
    """A catalogue as it is kept, and its forms as JSON by their digests."""
    forms, named = {}, {}
    for form in catalogue.tasks:
        encoded = msgspec.json.encode(form)  # in the order of the signature
        named[form.name] = digest(encoded)
        forms[named[form.name]] = encoded
    return Digests(app=catalogue.app, tasks=named), forms


def digest(encoded: bytes) -> str:
    """Names a text by what it says."""
    return hashlib.sha256(encoded).hexdigest()[:32]
