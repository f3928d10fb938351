"""What can be run: names, descriptions, schemas, and a check of a call before it is sent."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from celery import Celery

from phloem.instrument.arguments import Places, places_of
from phloem.instrument.forms.catalogue import BUILT_IN as _BUILT_IN
from phloem.instrument.forms.routing import route
from phloem.instrument.signature import ArgumentsError, Signature
from phloem.record.stores.forms import FormStore
from phloem.settings import Settings
from phloem_server.control.brokers.broker import errors_of
from phloem_server.control.celery_app import celery_app
from phloem_server.control.errors import TaskNameUnknown, TaskNotLaunchable
from phloem_server.control.offers import Offers
from phloem_server.control.stand_in import StandIn

_SUGGESTIONS = 3

logger = logging.getLogger(__name__)


class Launchable(msgspec.Struct, frozen=True, kw_only=True):
    """A task that can be launched."""

    name: str
    """Name of the task."""
    doc: str
    """What its docstring says, without what it says of the arguments."""
    schema: dict[str, Any]
    """JSON Schema of its arguments."""
    queue: str | None
    """The queue that it goes to; null where that depends on its arguments."""
    workers: int | None
    """Attached workers that are there and have it; with 0 it would wait. Null if none has told that it has it."""


class Registry:
    """The tasks of the Celery app that the server has loaded, and those that attached workers say they have.

    `named` is what was loaded, None if nothing was. `offers` keeps the tasks of workers in `celery`.
    """

    def __init__(self, celery: Celery, named: str | None, offers: Offers | None = None) -> None:
        self.celery = celery
        self._named = named
        self._offers = offers or Offers(celery)
        self._signatures: dict[str, Signature] = {}
        self._queues: dict[str, str | None] = {}

    @classmethod
    def load(
        cls,
        target: str | None,
        settings: Settings,
        forms: FormStore | None = None,
        *,
        broker: str | None = None,
        backend: str | None = None,
    ) -> Registry:
        """That of the app which `target` names as Celery's own `-A` does. SettingError if it cannot be loaded.

        `forms` is where workers tell what they can run. `broker` and `backend` are used instead of the app's own.
        """
        celery = celery_app(target, settings, broker=broker, backend=backend)
        read = tuple if forms is None else forms.all
        return cls(celery, target, Offers(celery, read, bare=target is None))

    @property
    def is_loaded(self) -> bool:
        """Whether the app itself was loaded, and not one that only knows where its broker is."""
        return self._named is not None

    @property
    def names(self) -> list[str]:
        """Names of the tasks, without those that Celery brings itself."""
        return sorted(name for name in tuple(self.celery.tasks) if not name.startswith(_BUILT_IN))

    @property
    def notice(self) -> str | None:
        """What is odd about the workers that told what they can run, as a sentence for people."""
        return self._offers.notice

    def entries(self) -> list[Launchable]:
        """The tasks that do not say `launch=False`, for the API."""
        self._offers.look()
        return [self._entry(name, task) for name, task in self._tasks() if getattr(task, "launch", True)]

    def check_name(self, name: str) -> None:
        """TaskNameUnknown if there is no such task."""
        self._offers.look()
        if name not in self.celery.tasks:
            self._offers.look(missed=True)
        if name.startswith(_BUILT_IN) or name not in self.celery.tasks:
            raise TaskNameUnknown(f"There is no task named {name!r}. {self._alternatives(name)}")

    def check_launch(self, name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """As `check`, for a person's own arguments: TaskNotLaunchable if the task says `launch=False`."""
        self.check_name(name)
        if not getattr(self.celery.tasks.get(name), "launch", True):
            raise TaskNotLaunchable(
                f"{name} says launch=False: it is a part of another task, and is not sent by itself or with other "
                "arguments."
            )
        self.check(name, args, kwargs)

    def check(self, name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """TaskNameUnknown if there is no such task, ArgumentsError if these arguments do not fit its signature."""
        self.check_name(name)
        try:
            self._signature(name).check(args, kwargs)
        except ArgumentsError as error:
            raise ArgumentsError(f"These arguments do not fit {name}: {error}") from error

    def secret_places(self, name: str | None) -> Places | None:
        """Where a task takes secrets; None where that cannot be told."""
        return places_of(self.celery.tasks.get(name))

    def queue(self, told: str | None) -> str | None:
        """The queue that is called so, else the one that messages with this key go to, else what was told."""
        queues = self.celery.amqp.queues
        if told is None or told in queues or told in queues.aliases:
            return told
        return next((str(queue.name) for queue in queues.values() if queue.routing_key == told), told)

    def warm_up(self) -> None:
        """Does in advance what the first call would have to wait for. A broker that is away is logged."""
        self.entries()
        errors = errors_of(self.celery.connection_for_write())
        try:
            with self.celery.producer_or_acquire() as producer:
                producer.connection.ensure_connection(max_retries=1, interval_start=0)
                producer.channel  # noqa: B018  opens it
                self.celery.amqp.send_task_message  # noqa: B018  builds it
        except errors as error:
            logger.warning("The broker does not answer yet: %s", error)

    def _tasks(self) -> list[tuple[str, Any]]:
        """The tasks by name. Another thread may take some away meanwhile."""
        found = ((name, self.celery.tasks.get(name)) for name in self.names)
        return [(name, task) for name, task in found if task is not None]

    def _entry(self, name: str, task: Any) -> Launchable:
        signature = self._signature(name)
        return Launchable(
            name=name,
            doc=signature.doc,
            schema=signature.schema,
            queue=task.form.queue if isinstance(task, StandIn) else self._own_queue(name, task),
            workers=self._offers.workers(name),
        )

    def _own_queue(self, name: str, task: Any) -> str | None:
        if name not in self._queues:
            try:
                queue = route(self.celery, task).queue
            except Exception:  # noqa: BLE001  # of a router, which is code of the application
                queue = None
            self._queues[name] = None if queue is None else str(queue.name)
        return self._queues[name]

    def _alternatives(self, name: str) -> str:
        if self._named is None and not self.names:
            return "No attached worker has told what it can run, and the server was started without --app."
        if near := difflib.get_close_matches(name, self.names, n=_SUGGESTIONS):
            return f"Near it: {', '.join(near)}."
        # People often write a task's own name without its module's.
        ending = [known for known in self.names if known.rpartition(".")[2] == name.rpartition(".")[2]]
        if ending:
            return f"Near it: {', '.join(ending[:_SUGGESTIONS])}."
        return "GET /api/v1/registry lists what there is."

    def _signature(self, name: str) -> Signature:
        task = self.celery.tasks[name]
        if isinstance(task, StandIn):
            return task.signature_told
        if name not in self._signatures:
            self._signatures[name] = Signature.of_task(task)
        return self._signatures[name]
