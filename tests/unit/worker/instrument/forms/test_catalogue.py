"""What a worker tells of its app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from celery import Celery
from kombu.entity import Exchange, Queue

from phloem.instrument.forms.broker import broker_of
from phloem.instrument.forms.catalogue import catalogue_of
from phloem.record.stores.forms import FORM_LIMIT_BYTES, TaskForm


@pytest.fixture
def app() -> Iterator[Celery]:
    with Celery("shop", broker="redis://ann:geheim@localhost:1/3", set_as_current=False) as app:
        yield app


def one(app: Celery, **options: Any) -> TaskForm:
    """The form of a task with these options."""

    def task(to: str) -> None:
        """Sends it."""

    app.task(name="mail.send", shared=False, **options)(task)
    [form] = catalogue_of(app).tasks
    return form


def test_a_task_is_told_with_its_arguments_and_what_it_is_for(app: Celery) -> None:
    form = one(app)
    assert (form.name, form.doc, form.launch) == ("mail.send", "Sends it.", True)
    assert [(each.name, each.required) for each in form.arguments] == [("to", True)]
    assert form.schema["properties"] == {"to": {"type": "string"}}


def test_a_part_of_another_task_is_told_as_such(app: Celery) -> None:
    assert not one(app, launch=False).launch


def test_tasks_go_where_the_app_would_send_them(app: Celery) -> None:
    app.conf.task_default_queue = "usual"
    assert one(app).queue == "usual"


@pytest.mark.parametrize(
    "routes",
    [
        {"mail.*": {"queue": "mail", "priority": 4}},
        {"mail.*": {"queue": Queue("mail"), "priority": 4}},
        lambda name, *_, **__: {"queue": "mail", "priority": 4},
    ],
)
def test_routes_of_the_app_are_told(app: Celery, routes: Any) -> None:
    app.conf.task_routes = routes
    form = one(app)
    assert (form.queue, form.options["priority"], form.routed) == ("mail", 4, True)


def test_what_the_task_says_of_its_messages_is_told(app: Celery) -> None:
    app.conf.task_compression = "gzip"
    form = one(app, serializer="yaml", expires=60, time_limit=5, ignore_result=True)
    assert form.options == {
        "serializer": "yaml",
        "expires": 60,
        "time_limit": 5,
        "ignore_result": True,
        "compression": "gzip",
        "delivery_mode": 2,
    }


@pytest.mark.parametrize(
    "looks",
    [
        lambda args, _: args[0] == "vip",
        lambda args, _: "vip" in args,
        lambda args, _: len(args) > 1,
        lambda args, _: [*args],
        lambda _, kwargs: kwargs.get("to"),
        lambda _, kwargs: list(kwargs),
    ],
)
def test_where_a_router_looks_at_the_arguments_no_queue_is_told(app: Celery, looks: Any) -> None:
    def router(name: str, args: Any, kwargs: Any, options: Any, task: Any = None, **_: Any) -> Any:
        try:
            return {"queue": "vip" if looks(args, kwargs) else "mail"}
        except Exception:  # noqa: BLE001  # as applications do
            return {"queue": "other"}

    app.conf.task_routes = (router,)
    form = one(app)
    assert (form.queue, form.routed) == (None, False)


def test_queues_are_told_as_they_are_declared(app: Celery) -> None:
    app.conf.task_queues = [
        Queue("mail", Exchange("post", type="topic"), "mail.#", queue_arguments={"x-queue-type": "quorum"})
    ]
    facts = catalogue_of(app).app
    [mail] = facts.queues
    assert (mail.exchange, mail.exchange_type, mail.routing_key) == ("post", "topic", "mail.#")
    assert mail.queue_arguments == {"x-queue-type": "quorum"}


def test_no_password_is_told(app: Celery) -> None:
    app.conf.broker_transport_options = {
        "global_keyprefix": "shop:",
        "sentinel_kwargs": {"password": "geheim"},
        "password": "geheim",
    }
    catalogue = catalogue_of(app)
    assert catalogue.app.transport == {"global_keyprefix": "shop:"}
    assert catalogue.app.broker == "redis://127.0.0.1:1/3"
    assert b"geheim" not in msgspec.json.encode(catalogue)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://", "redis://127.0.0.1:6379/0"),
        ("rediss://:pw@h:7/2?ssl_cert_reqs=none", "rediss://h:7/2"),
        ("redis+socket:///run/redis.sock?virtual_host=2", "redis+socket:///run/redis.sock"),
        ("amqp://u:p@rabbit//", "amqp://rabbit:5672/"),
        ("pyamqp://u:p@rabbit:5673/vh", "amqp://rabbit:5673/vh"),
        ("nonsense://h", None),
    ],
)
def test_a_broker_is_named_by_where_it_is(url: str, address: str | None) -> None:
    with Celery(broker=url, set_as_current=False) as app:
        assert broker_of(app) == address


def test_a_form_that_is_too_large_takes_anything(app: Celery) -> None:
    def huge(size: int) -> None: ...

    huge.__doc__ = "x" * FORM_LIMIT_BYTES
    app.task(name="huge", shared=False)(huge)
    [form] = catalogue_of(app).tasks
    assert len(form.doc) == 1000
    assert form.schema["additionalProperties"]
    assert not form.judged
