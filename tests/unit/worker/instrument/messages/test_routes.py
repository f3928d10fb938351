"""The name of the queue that a message goes to, where its routing key is another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from phloem.instrument.messages.routes import exchange_name, queue_name, queue_received_from, queue_sent_to
from tests.queues import Broadcast, Exchange, Queue, binding

DELAY = "0." * 26 + "1.0."
"""Two seconds, as Celery writes it before a routing key where RabbitMQ holds a message back."""

FEEDS, MEDIA, HEADS = Exchange("feeds", "topic"), Exchange("media", "direct"), Exchange("heads", "headers")


@pytest.fixture
def app() -> Iterator[Celery]:
    made = Celery("routes", broker="memory://", set_as_current=False)
    made.conf.task_queues = [
        Queue("celery", Exchange("celery"), routing_key="celery"),
        Queue("feed_tasks", FEEDS, routing_key="feed.#"),
        Queue("one_word", FEEDS, routing_key="*.urgent"),
        Queue("pictures", MEDIA, routing_key="media.image"),
        Queue("films", MEDIA, routing_key="media.film", bindings=[binding(MEDIA, "media.series")]),
        Queue("headed", HEADS),
        Broadcast("everyone"),
    ]
    yield made
    made.close()


ROUTES = [
    ("", "celery", "celery"),
    ("celery", "celery", "celery"),
    ("feeds", "feed.import", "feed_tasks"),
    ("feeds", "feed.import.all", "feed_tasks"),
    ("feeds", "feed", "feed_tasks"),
    ("feeds", "mail.urgent", "one_word"),
    (FEEDS, "feed.import", "feed_tasks"),
    ("media", "media.image", "pictures"),
    ("media", "media.series", "films"),
    ("heads", "", "headed"),
    ("everyone", "whatever", "everyone"),
    ("celery_delayed_27", f"{DELAY}feed.import", "feed_tasks"),
    ("celery_delayed_0", f"{DELAY}mail.urgent", "one_word"),
    ("celery_delayed_delivery", f"{DELAY}feed.import.all", "feed_tasks"),
    ("shop_celery_delayed_27", f"{DELAY}feed.import", "feed_tasks"),
]
UNKNOWN = [
    ("feeds", "feedback"),
    ("feeds", "feed.urgent"),  # reaches two queues
    ("feeds", "very.mail.urgent"),
    ("media", "pictures.small"),
    ("elsewhere", "some.key"),
    ("celery_delayed_27", f"{DELAY}media.image"),  # nothing is held back for a direct exchange
    ("celery_delayed_27", f"{DELAY}feed.urgent"),
    ("celery_delayed_27", "feed.import"),
]


@pytest.mark.parametrize(("exchange", "key", "queue"), ROUTES)
def test_producer_and_worker_tell_the_name_of_the_queue(app: Celery, exchange: Any, key: str, queue: str) -> None:
    assert queue_sent_to(app, exchange, key, None) == queue
    assert queue_received_from(app, exchange, key) == queue


@pytest.mark.parametrize(("exchange", "key"), UNKNOWN)
def test_what_no_queue_or_several_may_have_got_is_not_guessed(app: Celery, exchange: str, key: str) -> None:
    assert queue_sent_to(app, exchange, key, None) is None
    assert queue_received_from(app, exchange, key) is None


def test_a_queue_that_was_chosen_by_name_is_known_to_its_sender(app: Celery) -> None:
    assert queue_sent_to(app, "feeds", "feed.urgent", [app.amqp.queues["one_word"]]) == "one_word"
    chosen = Queue("of_the_call", Exchange("elsewhere"), routing_key="some.key")
    assert queue_sent_to(app, "elsewhere", "some.key", [chosen]) == "of_the_call"


def test_the_default_queue_that_celery_declares_is_not_where_another_exchange_leads(app: Celery) -> None:
    declared = [app.amqp.queues["celery"]]
    assert queue_sent_to(app, "media", "media.image", declared) == "pictures"
    assert queue_sent_to(app, "elsewhere", "some.key", declared) is None


def test_a_worker_knows_by_what_it_consumes(app: Celery) -> None:
    app.amqp.queues.select(["celery", "feed_tasks"])
    assert queue_received_from(app, "feeds", "feed.urgent") == "feed_tasks"
    assert queue_received_from(app, "unknown to us", "celery") == "celery"
    assert queue_received_from(app, None, None) is None
    app.amqp.queues.select(["pictures"])
    assert queue_received_from(app, "elsewhere", "some.key") == "pictures"
    assert queue_received_from(app, None, None) == "pictures"


def test_a_queue_that_a_worker_is_told_to_consume_later_is_known(app: Celery) -> None:
    app.amqp.queues.select(["celery", "pictures"])
    assert queue_received_from(app, "late", "key") is None
    app.amqp.queues.select_add("later", exchange="late", routing_key="key")
    assert queue_received_from(app, "late", "key") == "later"


def test_a_broadcast_is_called_what_people_call_it() -> None:
    assert queue_name(Broadcast("everyone")) == "everyone"
    assert queue_name(Queue("plain")) == queue_name("plain") == "plain"


def test_the_exchange_without_a_name_is_not_an_unknown_one() -> None:
    assert (exchange_name(""), exchange_name(None), exchange_name(FEEDS)) == ("", None, "feeds")
