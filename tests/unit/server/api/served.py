"""The HTTP calls, against a channel in memory and a Celery app whose broker is in memory too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery
from flask import Flask
from flask.testing import FlaskClient
from kombu.entity import Queue
from werkzeug.test import TestResponse

from phloem.errors import PhloemError
from phloem.files import FileStore
from phloem.model.state import State
from phloem.model.task import Task
from phloem.testing import MemoryChannel
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.last_seen import LastSeen
from phloem_server.access.people.accounts import Accounts
from phloem_server.access.people.hashing import Hashing
from phloem_server.access.people.sessions import Sessions, SessionTokens
from phloem_server.access.principal import ANYONE, Principal
from phloem_server.api import routes
from phloem_server.api.calls.resource import guard, of_error
from phloem_server.boards.schedule import Schedule
from phloem_server.boards.views import ViewsBoard
from phloem_server.boards.worker_answers import WorkerInterview
from phloem_server.control.destinations import Destinations
from phloem_server.control.registry import Registry
from phloem_server.control.remote_control import QUESTIONS, RemoteControl
from phloem_server.control.sender import Sender
from phloem_server.mirror.mirror import Page
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.scope import Scope
from phloem_server.settings import Config
from phloem_server.web import errors, site
from phloem_server.web.environ import PRINCIPAL
from phloem_server.web.middleware import segments
from tests.unit.server.access.doorway import Quick

LIMIT = 10_000
"""Bytes of an upload."""


class FakeFollower:
    """Remembers what it was asked."""

    live = True
    known = True
    asked: Query | None = None

    def __init__(self, row: Callable[[str], Task | None]) -> None:
        self._row = row

    def seen(self, task: Task, scope: Scope) -> Task:
        return scope.shown(task, self._row)

    def page(self, query: Query) -> Page:
        self.asked = query
        task = Task(id="1", state=State.STARTED, offset=7, first_offset=5)
        return Page(epoch="e", offset=7, tasks=(task,), totals={"STARTED": 1}, next=5)


class FakeControl(RemoteControl):
    """Remembers what it was to revoke; raises what it is told to raise."""

    def __init__(self) -> None:
        self.revoked: list[tuple[str, str | None, bool, str]] = []
        self.error: Exception | None = None
        self.consume: list[str] = []
        self.told: dict[str, Any] = dict.fromkeys(QUESTIONS)

    def interview(self, worker: str) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        return self.told

    def consumed(self) -> list[Queue]:
        return [Queue(name, routing_key=name) for name in self.consume]

    def revoke(self, task_id: str, worker: str | None, *, terminate: bool, signal: str) -> None:
        if self.error is not None:
            raise self.error
        self.revoked.append((task_id, worker, terminate, signal))


class Client(FlaskClient):
    """Acts on behalf of `principal`, and reads each answer to its end, so that no file stays open."""

    principal: Principal | None = ANYONE

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        known = {} if self.principal is None else {PRINCIPAL: self.principal}
        overrides = {**known, **kwargs.pop("environ_overrides", {})}
        return super().open(*args, buffered=True, environ_overrides=overrides, **kwargs)


class Served:
    """An application and what it stands on. Requests are those of ANYONE, as behind the door of an open server."""

    def __init__(self, folder: Path, schedule: dict[str, Any] | None = None, **settings: Any) -> None:
        self.data_dir = folder / "data"
        self.static = folder / "static"
        self.celery = Celery("test", broker="memory://", set_as_current=False)
        self.celery.task(name="resize", shared=False)(resize)
        self.celery.task(name="quiet", shared=False, ignore_result=True)(quiet)
        self.celery.conf.beat_schedule = schedule or {}
        self.celery.conf.task_routes = {"media.*": "media"}
        self.celery.control.purge()  # all apps of a process share the broker in memory
        self.channel = MemoryChannel()
        self.accounts = Accounts(self.channel.users, Hashing(Quick(), lambda work: work()))
        self.sessions = Sessions(SessionTokens("", lambda: "k" * 32), self.channel.sessions)
        self.chain = Chain(self.channel.audit, self.channel.keys, secret="", days=90, most=1000, last_seen=LastSeen())
        self.follower = FakeFollower(self.channel.task)
        self.control = FakeControl()
        self.files = FileStore(self.data_dir)
        self.pictures: list[tuple[str, Principal]] = []
        self.flushed = 0
        self.schedule = Schedule(self.celery, lambda _: [])
        self.views = ViewsBoard(self.channel.views)
        app = Flask(__name__, static_folder=None)
        errors.register(app)
        app.register_error_handler(PhloemError, of_error)
        app.before_request(guard)
        segments.register(app)
        for blueprint in routes.blueprints(
            config=Config(**{"data_dir": self.data_dir, "upload_limit": LIMIT, **settings}),
            follower=self.follower,
            row=self.channel.task,
            asks=lambda: False,
            known_sessions=self.sessions,
            accounts=self.accounts,
            channel=self.channel,
            registry=Registry(self.celery, "test"),
            sender=Sender(self.celery, lambda: self.record()),
            destinations=Destinations(self.celery, self.control.consumed),
            control=self.control,
            schedule=self.schedule,
            interview=WorkerInterview(self.control, self.channel.task),
            shared_views=self.views,
            picture=self.picture,
            report=lambda event: self.channel.record([event]),
            chain=self.chain,
        ):
            app.register_blueprint(blueprint)
        app.register_blueprint(site.blueprint(follower=self.follower, static=self.static))
        app.wsgi_app = segments.Segments(app.wsgi_app)  # type: ignore[method-assign]
        self.client = Client(app)

    def record(self) -> None:
        """Stands for the wait until a task that was sent is in the record."""
        self.flushed += 1

    def picture(self, name: str, principal: Principal) -> object:
        """What a board shows."""
        self.pictures.append((name, principal))
        return {"board": name}

    def sent(self, queue: str = "celery") -> Any:
        """The message that waits in a queue of the broker, and its headers."""
        with self.celery.connection_for_read() as connection:
            message = connection.SimpleQueue(queue).get(block=False)
            message.ack()
            return message.headers, message.payload


def resize(upload: str, width: int = 800) -> None: ...


def quiet() -> None: ...


def refused(answer: TestResponse, status: int, *said: str, code: str | None = None) -> None:
    """Asserts that the answer is a problem of that status (and code), whose detail contains these words."""
    assert answer.content_type == "application/problem+json"
    assert answer.status_code == status, answer.text
    body = answer.get_json(force=True)
    assert body["status"] == status
    for each in said:
        assert each in body["detail"]
    if code is not None:
        assert body["code"] == code
