"""Where a message may go."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery
from kombu.entity import Exchange, Queue

from phloem_server.control.destinations import FAILED_SECONDS, Destinations
from phloem_server.control.errors import BrokerUnavailable, QueueGone, QueueUnknown

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*task attribute is deprecated")

FEEDS = Queue("feed_tasks", Exchange("feeds", type="topic"), routing_key="feed.#")
PICTURES = Queue("pictures", Exchange("media", type="direct"), routing_key="media.image")


@pytest.fixture
def celery() -> Celery:
    app = Celery("routes", broker="memory://", set_as_current=False)
    app.conf.update(
        task_queues=[Queue("celery", Exchange("celery"), routing_key="celery"), FEEDS, PICTURES],
        task_routes=({"a.*": {"queue": "by_pattern"}, "b": "by_name"}, lambda *_, **__: None),
        beat_schedule={"nightly": {"task": "b", "schedule": 60, "options": {"queue": "by_schedule"}}},
    )
    app.task(name="own", shared=False, queue="by_task")(own)
    return app


def own() -> None: ...


class Workers:
    """What workers take from; counts how often they are asked."""

    def __init__(self, *queues: Queue) -> None:
        self.queues = queues
        self.asked = 0

    def __call__(self) -> tuple[Queue, ...]:
        self.asked += 1
        return self.queues


@pytest.mark.parametrize("name", ["celery", "pictures", "by_pattern", "by_name", "by_schedule", "by_task"])
def test_queues_that_the_app_names_are_known_without_asking_anybody(celery: Celery, name: str) -> None:
    workers = Workers()
    way = Destinations(celery, workers).named(name)
    assert (way.exchange, way.routing_key, workers.asked) == ("", name, 0)


def test_the_way_to_a_queue_of_a_topic_is_by_its_exchange(celery: Celery) -> None:
    assert Destinations(celery, Workers()).named("feed_tasks")[1:] == ("feeds", "feed.#")


def test_a_queue_that_a_worker_takes_from_is_known_and_asked_for_once(celery: Celery) -> None:
    workers = Workers(Queue("reports", routing_key="reports"))
    destinations = Destinations(celery, workers)
    assert destinations.named("reports").queue.name == "reports"
    assert destinations.reached("", "reports").routing_key == "reports"
    assert workers.asked == 1


def test_a_queue_of_tasks_that_run_is_known_though_its_worker_is_too_busy_to_answer(celery: Celery) -> None:
    way = Destinations(celery, Workers(), lambda: {"slow"}).named("slow")
    assert getattr(way.queue, "no_declare")  # noqa: B009  # kombu's types do not have it


@pytest.mark.parametrize("name", ["nowhere", "celery ", "unacked", "phloem:{phloem}:meta"])
def test_any_other_name_is_refused_with_those_that_there_are(celery: Celery, name: str) -> None:
    with pytest.raises(QueueUnknown, match="There is by_name, by_pattern, .* and reports|There is .*reports"):
        Destinations(celery, Workers(Queue("reports"))).named(name)


@pytest.mark.parametrize(
    ("exchange", "key", "queue"),
    [
        ("", "celery", "celery"),
        ("celery", "celery", "celery"),
        ("feeds", "feed.import", "feed_tasks"),
        ("feeds", "feed", "feed_tasks"),
        ("media", "media.image", "pictures"),
    ],
)
def test_a_message_may_go_the_way_that_it_came_where_that_leads_to_a_queue(
    celery: Celery, exchange: str, key: str, queue: str
) -> None:
    assert Destinations(celery, Workers()).reached(exchange, key) == (
        next(each for each in (*celery.amqp.queues.values(),) if each.name == queue),
        exchange,
        key,
    )


@pytest.mark.parametrize(
    ("exchange", "key"), [("", "feed.import"), ("feeds", "other"), ("media", "media"), ("gone", "celery")]
)
def test_a_way_that_leads_nowhere_is_refused(celery: Celery, exchange: str, key: str) -> None:
    with pytest.raises(QueueGone, match="Name one of them"):
        Destinations(celery, Workers()).reached(exchange, key)


def test_a_broker_that_is_away_is_no_answer(celery: Celery) -> None:
    def away() -> Any:
        raise BrokerUnavailable("away")

    with pytest.raises(BrokerUnavailable):
        Destinations(celery, away).named("nowhere")


def test_a_broker_that_is_away_is_not_asked_again_at_once_by_others_who_wait_for_it(celery: Celery) -> None:
    now, asked = [1000.0], []

    def answer() -> list[Queue]:
        asked.append(now[0])
        now[0] += 5.0  # it takes so long to find out
        if len(asked) <= 2:
            raise BrokerUnavailable("away")
        return [Queue("reports")]

    destinations = Destinations(celery, answer, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(BrokerUnavailable, match="away"):
            destinations.named("reports")
    assert asked == [1000.0]
    now[0] += FAILED_SECONDS
    with pytest.raises(BrokerUnavailable):
        destinations.named("reports")
    now[0] += FAILED_SECONDS
    assert destinations.named("reports").queue.name == "reports"
    assert len(asked) == 3


def test_what_the_broker_held_back_once_goes_straight_to_its_queue(celery: Celery) -> None:
    way = Destinations(celery, Workers()).reached("celery_delayed_27", "0." * 27 + "1.feed.import")
    assert (way.queue.name, way.exchange, way.routing_key) == ("feed_tasks", "feeds", "feed.import")
