"""The tasks of attached workers, in a server that has none of their code."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery
from kombu.entity import Exchange, Queue

from phloem.instrument.forms.catalogue import catalogue_of
from phloem.instrument.signature import ArgumentsError
from phloem.record.record import ChannelError
from phloem.record.stores.forms import AppFacts, Argument, Catalogue, Offer, TaskForm
from phloem.record.stores.workers import WorkerFacts
from phloem.settings import Settings
from phloem_server.control.celery_app import celery_app
from phloem_server.control.errors import TaskNameUnknown, TaskNotLaunchable, TaskRefused
from phloem_server.control.offers import FRESH_SECONDS, MISSED_SECONDS, Offers, merged
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender


def worker(name: str = "ann@here", since: float = 1.0, queues: tuple[str, ...] = ("celery",)) -> WorkerFacts:
    return WorkerFacts(name=name, pid=1, since=since, queues=queues)


def offer(*tasks: TaskForm, since: float = 1.0, ended_at: float | None = None, **facts: Any) -> Offer:
    return Offer(worker=worker(since=since), ended_at=ended_at, catalogue=Catalogue(app=AppFacts(**facts), tasks=tasks))


def form(name: str, doc: str = "", queue: str | None = "celery", **more: Any) -> TaskForm:
    return TaskForm(name=name, doc=doc, queue=queue, **more)


class Server:
    """A server's registry, and what workers offer it."""

    def __init__(self, celery: Celery, *, bare: bool = True) -> None:
        self.celery = celery
        self.offers: tuple[Offer, ...] = ()
        self.away = False
        self.now = 0.0
        self.reads = 0
        self.registry = Registry(celery, None, Offers(celery, self.read, bare=bare, clock=lambda: self.now))
        self.sender = Sender(celery, lambda: None)

    def read(self) -> tuple[Offer, ...]:
        self.reads += 1
        if self.away:
            raise ChannelError("away")
        return self.offers

    def take(self, *offers: Offer) -> None:
        self.offers = offers
        self.now += FRESH_SECONDS

    def names(self) -> list[str]:
        return [entry.name for entry in self.registry.entries()]

    def sent(self, queue: str) -> Any:
        """The message that waits in a queue."""
        with self.celery.connection_for_read() as connection:
            message = connection.SimpleQueue(queue).get(block=False)
            message.ack()
            return message


@pytest.fixture
def server() -> Server:
    celery = celery_app(None, Settings(broker_url="memory://", result_backend="cache+memory://"))
    celery.control.purge()  # all apps of a process share the broker in memory
    return Server(celery)


@pytest.fixture
def shop() -> Iterator[Celery]:
    """The app of a worker."""
    with Celery("shop", broker="memory://", set_as_current=False) as app:
        yield app


def told(app: Celery, task: Callable[..., Any], **options: Any) -> Offer:
    app.task(shared=False, **options)(task)
    return Offer(worker=worker(), catalogue=catalogue_of(app))


def test_of_two_versions_the_newest_worker_that_is_there_is_believed() -> None:
    found = merged(
        [
            offer(form("a", "old"), form("b", "old"), since=1.0),
            offer(form("a", "new"), since=2.0),
            offer(form("a", "gone"), since=3.0, ended_at=4.0),
        ]
    )
    assert {name: (each.form.doc, each.workers) for name, each in found.items()} == {"a": ("new", 2), "b": ("old", 1)}


def test_a_task_of_workers_that_are_gone_stays_unless_another_takes_from_its_queue() -> None:
    gone = offer(form("a", queue="mail"), form("b", queue="celery"), form("c", queue=None), ended_at=5.0)
    assert {name: each.workers for name, each in merged([gone]).items()} == {"a": 0, "b": 0, "c": 0}
    here = offer(form("d"), since=6.0)
    assert {name: each.workers for name, each in merged([gone, here]).items()} == {"a": 0, "c": 0, "d": 1}


def test_a_new_task_of_a_worker_can_be_launched_at_once_and_one_that_is_gone_cannot(server: Server) -> None:
    assert server.names() == []
    server.take(offer(form("a")))
    assert server.names() == ["a"]
    server.take(offer(form("b", launch=False), form("c")))
    assert server.names() == ["c"]
    server.registry.check_launch("c", [], {})
    with pytest.raises(TaskNotLaunchable):
        server.registry.check_launch("b", [], {})
    with pytest.raises(TaskNameUnknown, match="Near it: b"):
        server.registry.check_name("bb")
    with pytest.raises(TaskNameUnknown, match="no task named"):
        server.registry.check_name("a")


def test_a_changed_signature_replaces_the_one_before(server: Server) -> None:
    argument = Argument(name="size", required=True, type={"type": "integer"})
    server.take(offer(form("a")))
    with pytest.raises(ArgumentsError):
        server.registry.check("a", [1], {})
    server.take(offer(form("a", arguments=(argument,)), since=2.0))
    server.registry.check("a", [1], {})
    with pytest.raises(ArgumentsError, match="size: expected `int`"):
        server.registry.check("a", ["x"], {})


def test_the_record_is_not_asked_for_each_request_and_what_is_known_stays_while_it_is_away(server: Server) -> None:
    server.take(offer(form("a")))
    assert server.names() == server.names() == ["a"]
    assert server.reads == 1
    server.away = True
    server.take()
    assert server.names() == ["a"]
    server.away = False
    server.now += FRESH_SECONDS
    assert server.names() == ["a"]
    server.now += 60
    assert server.names() == []


def test_a_task_whose_worker_came_since_is_known_at_once_and_others_do_not_ask_the_record_each_time(
    server: Server,
) -> None:
    server.take(offer(form("a")))
    assert server.names() == ["a"]
    server.offers = (offer(form("a"), form("b")),)
    server.now += MISSED_SECONDS
    server.registry.check_name("b")
    for _ in range(5):
        with pytest.raises(TaskNameUnknown):
            server.registry.check_name("c")
    assert server.reads == 2


def test_a_task_is_sent_as_its_own_app_would_send_it(server: Server, shop: Celery) -> None:
    shop.conf.task_routes = {"mail.*": {"queue": "mail", "priority": 4}}
    shop.conf.task_queues = [Queue("mail", Exchange("post", type="topic"), "mail.#"), Queue("celery")]

    def send(to: str) -> None: ...

    server.take(told(shop, send, name="mail.send", serializer="yaml", ignore_result=True, time_limit=7))
    server.registry.check_launch("mail.send", ["ann"], {})
    sent = server.sender.send("mail.send", ["ann"], {})
    message = server.sent("mail")
    assert message.headers["id"] == sent.id
    assert message.headers["timelimit"] == [7, None]
    assert message.headers["ignore_result"]
    assert message.content_type == "application/x-yaml"
    assert message.delivery_info["exchange"] == "post"
    assert message.properties["priority"] == 4


def test_a_task_whose_queue_depends_on_its_arguments_is_sent_to_one_that_is_named(server: Server) -> None:
    server.take(offer(form("a", queue=None, routed=False)))
    server.registry.check_launch("a", [], {})
    with pytest.raises(TaskRefused, match="Name a queue"):
        server.sender.send("a", [], {})
    server.sender.send("a", [], {}, queue="special")
    assert server.sent("special").headers["task"] == "a"


def test_a_serializer_that_only_the_workers_have_is_none_to_send_with(server: Server) -> None:
    server.take(offer(form("a", options={"serializer": "their own", "evil": True})))
    server.registry.check_name("a")
    server.sender.send("a", [], {})
    assert server.sent("celery").content_type == "application/json"


def test_where_secrets_are_is_known_by_what_the_workers_tell(server: Server, shop: Celery) -> None:
    def sign_in(user: str, password: str) -> None: ...

    server.take(told(shop, sign_in, name="sign_in"))
    server.registry.check_name("sign_in")
    places = server.registry.secret_places("sign_in")
    assert places is not None
    assert places.at == {1}


def test_settings_that_sending_needs_follow_those_of_the_workers_and_pickles_are_not_read(server: Server) -> None:
    server.take(
        offer(form("a"), task_protocol=1, accept_content=("pickle", "yaml"), transport={"global_keyprefix": "shop:"})
    )
    server.registry.check_name("a")
    conf = server.celery.conf
    assert conf.task_protocol == 1
    assert conf.accept_content == ["json", "yaml"]
    assert conf.broker_transport_options["global_keyprefix"] == "shop:"
    assert server.celery.connection_for_write().transport_options["global_keyprefix"] == "shop:"


def test_the_tasks_of_an_app_that_was_named_stay_as_they_are_and_those_of_workers_come_beside_them(
    shop: Celery,
) -> None:
    def send(to: str) -> None:
        """Here."""

    shop.task(name="mail.send", shared=False)(send)
    server = Server(shop, bare=False)
    server.take(offer(form("mail.send", "There."), form("count"), task_protocol=1))
    assert [(entry.name, entry.doc, entry.workers) for entry in server.registry.entries()] == [
        ("count", "", 1),
        ("mail.send", "Here.", 1),
    ]
    assert shop.conf.task_protocol == 2
    server.take(offer())
    assert server.names() == ["mail.send"]


def test_a_form_that_makes_no_task_spoils_no_other(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        server.take(offer(form("a", arguments=(Argument(name="no name"),)), form("b"), form("celery.chord")))
        assert server.names() == ["b"]
    assert "'a'" in caplog.text


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ("amqp://rabbit:5672/", "ann@here takes its messages from amqp://rabbit:5672/"),
        ("redis://127.0.0.1:1/0", None),
        (None, None),
    ],
)
def test_workers_with_another_broker_are_noticed(
    theirs: str | None, said: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(celery_app(None, Settings(broker_url="redis://:geheim@localhost:1/0")))
    for _ in range(2):
        server.take(offer(form("a"), broker=theirs))
        server.names()
    notice = server.registry.notice
    assert (notice is None) == (said is None)
    assert said is None or (said in str(notice) and "redis://127.0.0.1:1/0" in str(notice))
    assert len(caplog.records) == (said is not None)
