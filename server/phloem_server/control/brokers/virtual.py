"""Queues in stores that are no brokers, for which kombu is one: Redis, folders, tables, SQS and others.

Some of kombu's own ways to count make the queue first; those are not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kombu.transport.virtual import Channel

from phloem_server.control.brokers.held import ABSENT, UNKNOWN, Held


def held(channel: Channel, driver: str, names: Iterable[str]) -> dict[str, Held]:
    """What the store has of each queue. `driver` is kombu's name for the kind of store."""
    if not counts(channel, driver):
        return dict.fromkeys(names, UNKNOWN)
    count = _COUNTING.get(driver, _messages)
    return {name: count(channel, name) for name in names}


def counts(channel: Channel, driver: str) -> bool:
    """Whether messages can be counted there."""
    return driver not in _COUNTLESS and type(channel)._size is not Channel._size


def _messages(channel: Any, name: str) -> Held:
    # A passive declaration asks first whether the queue exists, and on Redis that without global_keyprefix.
    return Held(messages=int(channel._size(name)))


def _by_priority(channel: Any, name: str) -> Held:
    """On Redis each step of priorities is a list of its own; their separator and steps are transport options."""
    with channel.conn_or_acquire() as client, client.pipeline() as pipe:
        for step in channel.priority_steps:
            pipe.llen(channel._q_for_pri(name, step))
        lengths = dict(zip(channel.priority_steps, map(int, pipe.execute()), strict=True))
    return Held(messages=sum(lengths.values()), by_priority={step: many for step, many in lengths.items() if many})


def _in_table(channel: Any, name: str) -> Held:
    """Its own count would add a row for the queue."""
    queues = channel.session.query(channel.queue_cls).filter(channel.queue_cls.name == name)
    return _messages(channel, name) if queues.first() is not None else ABSENT


def _in_sqs(channel: Any, name: str) -> Held:
    """Its own count would make the queue. The first thousand that exist were listed when the channel was opened."""
    return _messages(channel, name) if channel.canonical_queue_name(name) in channel._queue_cache else UNKNOWN


_COUNTING: dict[str, Callable[[Any, str], Held]] = {"redis": _by_priority, "sql": _in_table, "sqs": _in_sqs}

_COUNTLESS = frozenset({"kafka"})
"""What counts only the messages that the same process consumes."""
