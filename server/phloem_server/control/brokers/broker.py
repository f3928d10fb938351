"""Asks the broker of one app, whichever that is, what it has of queues; and says what it cannot tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from amqp.exceptions import AMQPError
from celery import Celery
from kombu.connection import Connection
from kombu.exceptions import KombuError
from kombu.transport.virtual import Channel

from phloem.redaction import clip, scrub
from phloem_server.control.brokers import amqp, virtual
from phloem_server.control.brokers.delayed import held_back
from phloem_server.control.brokers.held import UNKNOWN, Held, together
from phloem_server.control.brokers.management import Management, ManagementUnavailable

_AMQP = "amqp"
_NAMES = {"amqp": "RabbitMQ", "redis": "Redis", "sqs": "SQS", "sql": "A database", "kafka": "Kafka"}
_NAMES |= {"memory": "The memory of one process", "filesystem": "A folder", "mongodb": "MongoDB"}
_PARTLY = {
    "memory": "The broker is the memory of this process: what other processes send is not in it.",
    "sqs": "SQS counts messages about right, and not those that workers have taken.",
}
"""What counts messages, though not all of them."""

_REASON_BYTES = 300


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker tells.

    `queues` has each queue by the name that people know; `held_back` counts the messages that it holds back until their
    time, None where it holds none back for this app. `unknown` says, in sentences, what it cannot tell; `address` is
    where it is, without a password.
    """

    queues: Mapping[str, Held] = {}
    held_back: int | None = None
    unknown: str | None = None
    address: str | None = None


def address_of(connection: Connection) -> str:
    """Where a broker is. kombu writes a hidden password also where there is none."""
    return scrub(connection.as_uri(include_password=connection.password is None))


def errors_of(connection: Connection) -> tuple[type[Exception], ...]:
    """What is raised where a broker is away, or refuses what it is asked: kombu lets errors of its library pass."""
    return (AMQPError, *away_errors_of(connection), *connection.channel_errors)


def away_errors_of(connection: Connection) -> tuple[type[Exception], ...]:
    """Those of them that say that it is away. RabbitMQ answers with some of its own, so these say nothing."""
    return (KombuError, OSError, *connection.connection_errors)


class Broker:
    """What the broker at the other end of a connection tells. `management` is RabbitMQ's, where it is known."""

    def __init__(self, celery: Celery, connection: Connection, management: Management | None = None) -> None:
        self._celery = celery
        self._connection = connection
        self._management = management
        self._driver = str(connection.transport.driver_type)
        self.name = _NAMES.get(self._driver, self._driver)

    @property
    def reaches_all(self) -> bool:
        """Whether it carries one message to all workers, by which Celery asks them and tells them something."""
        return self._driver == _AMQP or bool(getattr(self._connection.default_channel, "supports_fanout", True))

    def ask(self, places: Mapping[str, Sequence[str]]) -> Told:
        """What it has of each queue. `places` has the broker's names for each: several for a broadcast."""
        names = sorted({name for several in places.values() for name in several})
        unknown = list(self._limits())
        if self._driver == _AMQP:
            found = amqp.held(self._connection, names)
            more, trouble = self._managed()
            found = {name: each.filled(more[name]) if name in more else each for name, each in found.items()}
            unknown += [trouble] if trouble else []
            delayed = held_back(self._celery, self._connection)
        else:
            found, delayed = self._counted(names), None
        queues = {shown: together(found[name] for name in several) for shown, several in places.items()}
        return Told(
            queues=queues,
            held_back=delayed,
            unknown=" ".join(unknown) or None,
            address=address_of(self._connection),
        )

    def _counted(self, names: Sequence[str]) -> dict[str, Held]:
        channel: Any = self._connection.default_channel
        return virtual.held(channel, self._driver, names) if self._counts else dict.fromkeys(names, UNKNOWN)

    @property
    def _counts(self) -> bool:
        channel: Any = self._connection.default_channel
        return isinstance(channel, Channel) and virtual.counts(channel, self._driver)

    def _managed(self) -> tuple[Mapping[str, Held], str | None]:
        """What the management API tells, or why it does not."""
        if self._management is None:
            return {}, None
        try:
            return self._management.queues(str(self._connection.virtual_host or "/")), None
        except ManagementUnavailable as error:
            reason = clip(scrub(str(error)), _REASON_BYTES)
            return {}, (
                f"RabbitMQ's management API {reason}: what is unacknowledged, the rates and the memory are unknown."
            )

    def _limits(self) -> Iterator[str]:
        """What kind of broker this is not."""
        if self._driver != _AMQP and not self._counts:
            yield f"{self.name} does not tell how many messages wait."
        elif self._driver in _PARTLY:
            yield _PARTLY[self._driver]
        if not self.reaches_all:
            yield (
                f"{self.name} carries no message to all workers, so they cannot be asked or told anything: which of "
                "them are online is known by their leases alone."
            )
