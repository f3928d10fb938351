"""What Flower shows of queues, of the names of tasks, and of itself, and what of all this Phloem does not show."""

from __future__ import annotations

from typing import Any

from tests.beside_flower.agreement import about, among, covers, same_address
from tests.beside_flower.fact import Fact, Left, Source, key
from tests.beside_flower.tellers import Answer, Flower, Phloem


def _messages(queue: Answer) -> Any:
    depth = queue.get("depth")
    return None if depth is None else depth + (queue.get("unacknowledged") or 0)


QUEUE = (
    Fact("Queue", "`name`", "Queue", Source.BROKER, key("name"), key("name")),
    Fact(
        "Messages",
        "`depth` and `unacknowledged`",
        "Messages, unacknowledged",
        Source.BROKER,
        key("messages"),
        _messages,
        about,
    ),
    Fact(
        "Unacked",
        "`unacknowledged`",
        "unacknowledged",
        Source.MANAGEMENT,
        key("messages_unacknowledged"),
        key("unacknowledged"),
        about,
    ),
    Fact("Ready", "`depth`", "Messages", Source.BROKER, key("messages_ready"), key("depth"), about),
    Fact(
        "Consumers", "`consumer_count`, `consumers`", "Workers", Source.BROKER, key("consumers"), key("consumer_count")
    ),
    Fact(
        "Idle since",
        "`idle_since`",
        "idle since",
        Source.MANAGEMENT,
        key("idle_since"),
        key("idle_since"),
        among,
        "Unix seconds.",
    ),
)
"""On the page of the broker, and in `GET /api/queues/length`."""


def _flower_types(flower: Flower) -> Any:
    return flower.types


def _our_types(phloem: Phloem) -> Any:
    return [each["name"] for each in phloem.registry["tasks"]]


OTHER = (
    Fact(
        "Broker: address",
        "`broker` of `GET /queues`",
        "above the queues",
        Source.BROKER,
        lambda flower: flower.broker,
        lambda phloem: phloem.queues.get("broker"),
        same_address,
    ),
    Fact("GET /api/task/types", "`GET /registry`", "Launch", Source.INSPECT, _flower_types, _our_types, covers),
)

LEFT = (
    Left("freq of a worker", "How often it sends heartbeats; `heard_at` says when it was last heard of."),
    Left(
        "what else RabbitMQ tells of a queue, which `GET /api/queues/length` hands through",
        "It is on no page of Flower's; RabbitMQ's own pages show it.",
    ),
)
"""What Flower shows and Phloem does not."""
