"""RabbitMQ's queues by passive declarations, which AMQP has for asking: they change nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kombu.connection import Connection

from phloem_server.control.brokers.held import ABSENT, UNKNOWN, Held

_NOT_FOUND = 404


def held(connection: Connection, names: Iterable[str]) -> dict[str, Held]:
    """What RabbitMQ has of each queue. A queue that another user keeps to itself stays unknown."""
    found: dict[str, Held] = {}
    channel: Any = None
    for name in names:
        # A refusal closes the channel, so what is asked for shares it with nobody else.
        channel = channel or connection.channel()
        try:
            said = channel.queue_declare(queue=name, passive=True)
        except connection.channel_errors as error:
            found[name] = ABSENT if getattr(error, "reply_code", None) == _NOT_FOUND else UNKNOWN
            channel = None
        else:
            found[name] = Held(messages=said.message_count, consumers=said.consumer_count)
    if channel is not None:
        channel.close()
    return found
