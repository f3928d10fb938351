"""What the Celery app can run: names, descriptions, schemas, and a check of a call before it is sent."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError

from phloem.instrument.signature import ArgumentsError, Signature
from phloem.settings import Settings
from phloem_server.control.celery_app import celery_app
from phloem_server.control.errors import TaskNameUnknown

_BUILT_IN = "celery."
_SUGGESTIONS = 3

logger = logging.getLogger(__name__)


class Registry:
    """The tasks of one Celery app, as the server's own import of it knows them.

    `named` is what was loaded, None if nothing was: then `celery` can reach broker and workers, and knows no task.
    """

    def __init__(self, celery: Celery, named: str | None) -> None:
        self.celery = celery
        self._named = named
        self._signatures: dict[str, Signature] = {}

    @classmethod
    def load(cls, target: str | None, settings: Settings) -> Registry:
        """That of the app which `target` names as Celery's own `-A` does. SettingError if it cannot be loaded."""
        return cls(celery_app(target, settings), target)

    @property
    def names(self) -> list[str]:
        """Names of the tasks, without those that Celery brings itself."""
        return sorted(name for name in self.celery.tasks if not name.startswith(_BUILT_IN))

    def entries(self) -> list[dict[str, Any]]:
        """`{name, doc, schema}` of each task that does not say `launch=False`, for the API."""
        return [self._entry(name) for name in self.names if getattr(self.celery.tasks[name], "launch", True)]

    def check(self, name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        """TaskNameUnknown if there is no such task, ArgumentsError if these arguments do not fit its signature."""
        if name.startswith(_BUILT_IN) or name not in self.celery.tasks:
            raise TaskNameUnknown(f"There is no task named {name!r}. {self._alternatives(name)}")
        try:
            self._signature(name).check(args, kwargs)
        except ArgumentsError as error:
            raise ArgumentsError(f"These arguments do not fit {name}: {error}") from error

    def queue(self, routing_key: str | None) -> str | None:
        """The queue that messages with this key go to; the key itself where the app names none."""
        queues = self.celery.amqp.queues.values()
        return next((str(queue.name) for queue in queues if queue.routing_key == routing_key), routing_key)

    def warm_up(self) -> None:
        """Does in advance what the first call would have to wait for. A broker that is away is logged."""
        self.entries()
        try:
            with self.celery.producer_or_acquire() as producer:
                producer.connection.ensure_connection(max_retries=1, interval_start=0)
                producer.channel  # noqa: B018  opens it
                self.celery.amqp.send_task_message  # noqa: B018  builds it
        except (KombuError, OSError) as error:
            logger.warning("The broker does not answer yet: %s", error)

    def _entry(self, name: str) -> dict[str, Any]:
        signature = self._signature(name)
        return {"name": name, "doc": signature.doc, "schema": signature.schema}

    def _alternatives(self, name: str) -> str:
        if self._named is None:
            return "The server was started without --app, so it knows none."
        if near := difflib.get_close_matches(name, self.names, n=_SUGGESTIONS):
            return f"Near it: {', '.join(near)}."
        # People often write a task's own name without its module's.
        ending = [known for known in self.names if known.rpartition(".")[2] == name.rpartition(".")[2]]
        if ending:
            return f"Near it: {', '.join(ending[:_SUGGESTIONS])}."
        return "GET /api/v1/registry lists what there is."

    def _signature(self, name: str) -> Signature:
        if name not in self._signatures:
            try:
                signature = Signature.of(self.celery.tasks[name])
            except (TypeError, ValueError):  # a callable without a signature: of C, for example
                signature = Signature.of(_anything)
            self._signatures[name] = signature
        return self._signatures[name]


def _anything(*args: object, **kwargs: object) -> None: ...
