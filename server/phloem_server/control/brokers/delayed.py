"""What RabbitMQ holds back for Celery until its time, where an app has quorum queues.

Celery writes the delay as bits, and each bit has a queue in which a message stays so many seconds, or not at all.
"""

from __future__ import annotations

from celery import Celery
from kombu.connection import Connection

from phloem_server.control.brokers import amqp

_LEVELS = tuple(f"celery_delayed_{level}" for level in range(27, -1, -1))


def held_back(celery: Celery, connection: Connection) -> int | None:
    """Count of messages that are held back; None where this app has none held back."""
    queues = celery.amqp.queues.values()
    if not any((queue.queue_arguments or {}).get("x-queue-type") == "quorum" for queue in queues):
        return None
    return sum(each.messages or 0 for each in amqp.held(connection, _LEVELS).values())
