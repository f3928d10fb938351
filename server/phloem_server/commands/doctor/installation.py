"""The installation that the doctor looks at. What it asks for is asked once; so is what fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from celery import Celery

from phloem.model.changes import Position
from phloem.model.task import Task
from phloem.record.redis_record import RedisChannel
from phloem.record.redis_stores.server import ServerFacts
from phloem.record.stores.workers import KnownLease
from phloem.settings import REDIS_URL
from phloem_server.control.celery_app import celery_app
from phloem_server.control.remote_control import RemoteControl
from phloem_server.settings import Config
from phloem_server.sources.result_backend import disconnect_backend

TASKS_LIMIT = 20_000
"""Tasks of the record that are looked at, at most."""

CLOCK_SECONDS = 5.0
"""By which two clocks may differ."""

Answer = TypeVar("Answer")


def by_name(environ: Mapping[str, str]) -> dict[str, str]:
    """The variable that names the embedded Redis where none names any.

    The password of a Redis that is named is looked for. Of the embedded one, as the default, it would be made: so a
    process of Phloem does that starts first.
    """
    return {} if environ.get("PHLOEM_REDIS_URL") or environ.get("REDIS_URL") else {"PHLOEM_REDIS_URL": REDIS_URL}


class Installation:
    """Settings, Redis, broker and workers, as a web process with these variables would use them.

    `target` names the Celery app, None for one without tasks; `url` is where people open the page, if that is to be
    looked at; `patience` is for how many seconds a silent connection is kept; `clock` gives Unix seconds.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        target: str | None = None,
        url: str | None = None,
        patience: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.environ = {**environ, **by_name(environ)}
        self.target = target
        self.url = None if url is None else url.rstrip("/")
        self.patience = patience
        self.clock = clock
        self._known: dict[str, Any] = {}

    @property
    def config(self) -> Config:
        """The settings. SettingError."""
        return self._once("config", lambda: Config.from_environment(self.environ))

    @property
    def channel(self) -> RedisChannel:
        """The record. SettingError."""
        return self._once("channel", lambda: RedisChannel(self.config))

    @property
    def redis(self) -> ServerFacts:
        """What the server of the record says of itself. ChannelError."""
        return self._once("redis", self.channel.server.facts)

    @property
    def celery(self) -> Celery:
        """The app. SettingError."""
        config = self.config
        return self._once(
            "celery",
            lambda: celery_app(self.target, config, broker=config.observed_broker, backend=config.observed_backend),
        )

    @property
    def control(self) -> RemoteControl:
        """The workers of the app."""
        return self._once("control", lambda: RemoteControl(self.celery))

    @property
    def attached(self) -> tuple[KnownLease, ...]:
        """The workers that have leases in this namespace. ChannelError."""
        return self._once("attached", self._attached)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks on record, the first TASKS_LIMIT that are read. ChannelError."""
        return self._once("tasks", self._tasks)

    def asked(self, question: str, **arguments: object) -> dict[str, Any]:
        """What each worker answers to a question of Celery's own, by its name. BrokerUnavailable.

        Which workers there are is found out once: the first question waits for a second, the others for those.
        """
        if question == "stats":
            return self._once("stats", lambda: self.control.ask("stats"))
        workers = self.asked("stats")
        if not workers:
            return {}
        return self._once(question, lambda: self.control.ask(question, awaited=workers, arguments=arguments))

    def close(self) -> None:
        """Closes all connections."""
        channel, celery = self._known.get("channel"), self._known.get("celery")
        if isinstance(channel, RedisChannel):
            channel.close()
        if isinstance(celery, Celery):
            disconnect_backend(celery)
            celery.close()

    def _attached(self) -> tuple[KnownLease, ...]:
        return tuple(known for known in self.channel.workers.all() if known.ended_at is None and known.facts.attached)

    def _tasks(self) -> tuple[Task, ...]:
        if not self.channel.server.has_record():
            return ()
        found: list[Task] = []
        for page in self.channel.changed(Position()):
            found += page.tasks
            if len(found) >= TASKS_LIMIT:
                break
        return tuple(found)

    def _once(self, name: str, make: Callable[[], Answer]) -> Answer:
        if name not in self._known:
            try:
                self._known[name] = make()
            except Exception as error:  # noqa: BLE001  raised below, now and later
                self._known[name] = error
        known: Any = self._known[name]
        if isinstance(known, Exception):
            raise known
        answer: Answer = known
        return answer
