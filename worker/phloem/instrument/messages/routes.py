"""Where a message goes: the name of its queue, by the exchange and the routing key that it is sent with.

A routing key is a queue's name only for the exchange without a name. Elsewhere the queues that the app declares say
which of them a message reaches; what they do not say stays unknown.

Where an app has quorum queues, Celery has RabbitMQ itself hold back what is to start later: the message then goes by
exchanges of Celery's own, and its key begins with the delay.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import celery

_DELAYING_EXCHANGE = re.compile(r"(?:.+_)?celery_delayed_(?:[0-9]+|delivery)", re.DOTALL)
_DELAYED_KEY = re.compile(r"(?:[01]\.){28}(.+)", re.DOTALL)
"""Celery writes the seconds of the delay as so many bits."""


def queue_sent_to(app: celery.Celery, exchange: object, routing_key: object, declared: Sequence[Any] | None) -> Any:
    """The queue of a message that this process sends; None if that is not known, or there are several.

    `declared` is what Celery declares before it sends: the queue, where it was chosen by its name.
    """
    name = _name(exchange)
    if not name:
        return routing_key
    reached = set(_reached(declared or (), name, str(routing_key)))
    if len(reached) != 1:
        reached = set(_reached(app.amqp.queues.values(), name, str(routing_key)))
    return reached.pop() if len(reached) == 1 else None


def queue_received_from(app: celery.Celery, exchange: object, routing_key: object) -> Any:
    """The queue that a message came from which a worker of `app` received; None if it may be any of several."""
    queues, name = app.amqp.queues.consume_from, _name(exchange)
    if not name and routing_key in queues:
        return routing_key
    consumed = {queue_name(queue) for queue in queues.values()}
    if len(consumed) == 1:
        return consumed.pop()
    reached = set(_reached(queues.values(), name, str(routing_key)))
    if len(reached) == 1:
        return reached.pop()
    # Other producers may name no exchange, or one that only they know.
    return routing_key if not reached and (routing_key in queues or not name) else None


def queue_name(queue: Any) -> str:
    """The name by which people know a queue: each worker has a queue of its own for a broadcast, with a random name."""
    return str(getattr(queue, "alias", None) or getattr(queue, "name", queue))


def exchange_name(exchange: object) -> str | None:
    """The name of an exchange; "" for the one without a name, None if it is not known."""
    return None if exchange is None else _name(exchange)


def is_bound(queue: Any, exchange: str, routing_key: str) -> bool:
    """Whether a queue is bound to an exchange so that a message with this key reaches it."""
    own_key = undelayed(exchange, routing_key)
    if own_key is not None:
        # Celery binds its exchange for what was held back to each that is not direct, and the queue by its key alone.
        return any(
            source is not None and source.type not in ("direct", None) and _fits("topic", str(key or ""), own_key)
            for source, key in _bindings(queue)
        )
    return any(
        source is not None and source.name == exchange and _fits(source.type, str(key or ""), routing_key)
        for source, key in _bindings(queue)
    )


def undelayed(exchange: str, routing_key: str) -> str | None:
    """The routing key of a message that RabbitMQ holds back for Celery, without its delay; None for any other."""
    found = _DELAYED_KEY.fullmatch(routing_key)
    return found[1] if found and _DELAYING_EXCHANGE.fullmatch(exchange) else None


def _name(exchange: object) -> str:
    return exchange if type(exchange) is str else str(getattr(exchange, "name", exchange) or "")


def _reached(queues: Iterable[Any], exchange: str, routing_key: str) -> Iterator[str]:
    """The names of the queues that are bound to an exchange so that a message with this key reaches them."""
    return (queue_name(queue) for queue in queues if is_bound(queue, exchange, routing_key))


def _bindings(queue: Any) -> list[tuple[Any, Any]]:
    return [(queue.exchange, queue.routing_key), *((each.exchange, each.routing_key) for each in queue.bindings or ())]


def _fits(kind: str | None, key: str, routing_key: str) -> bool:
    if kind == "topic":
        return _pattern(key).fullmatch(f"{routing_key}.") is not None
    return kind not in ("direct", None) or key == routing_key


@functools.lru_cache(1000)
def _pattern(key: str) -> re.Pattern[str]:
    """A topic's key as a pattern of words that each end with a dot: `*` is one word, `#` any number of them."""
    wild = {"*": r"[^.]*\.", "#": r"(?:[^.]*\.)*"}
    return re.compile("".join(wild.get(word, re.escape(word) + r"\.") for word in key.split(".")))
