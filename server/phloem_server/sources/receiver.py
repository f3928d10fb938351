"""Receives Celery's events from the broker, by a queue that is its own and goes with its connection."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from celery import Celery
from kombu.messaging import Consumer
from kombu.transport.virtual import Transport as VirtualTransport

CONNECT_SECONDS = 5.0
"""For which the broker may take to accept a connection."""

_IDLE_SECONDS = 1.0
_PAUSE_SECONDS = 1.0
_TURN_EVENTS = 100
"""Events after which other threads and greenlets have a turn."""

logger = logging.getLogger(__name__)

Heard = Callable[[Mapping[str, Any]], object]


class Receiver:
    """Receives the events of an app while `run` goes on, and connects again where the connection is lost.

    `name` tells its queue from those of other observers. `on_start` is called with each new connection, before which
    events may have been missed; `is_silent`, once a second, says whether there should have been some.
    """

    def __init__(
        self,
        celery: Celery,
        name: str,
        heard: Heard,
        *,
        on_start: Callable[[], object] = lambda: None,
        is_silent: Callable[[], bool] = lambda: False,
    ) -> None:
        self._celery = celery
        self._name = name
        self._heard = heard
        self._on_start = on_start
        self._is_silent = is_silent
        self._stopped = threading.Event()
        self._since_turn = 0
        self.connected = False
        """Whether events are received now."""
        self.refused = 0
        """Events that were none of Celery's, or that no event of ours could be made of."""

    def run(self) -> None:
        """Receives until `stop`."""
        lost = False
        while not self._stopped.is_set():
            try:
                self._receive()
                lost = False
            except Exception as error:  # noqa: BLE001  # a broker has errors of many libraries; it is tried again
                if not lost or self.connected:
                    logger.warning("Celery's events cannot be received and will be tried again: %s", error)
                lost = True
                self.connected = False
                self._stopped.wait(_PAUSE_SECONDS)
        self.connected = False

    def stop(self) -> None:
        """Ends `run` within a second."""
        self._stopped.set()

    def _receive(self) -> None:
        with self._celery.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_SECONDS)
            channel = connection.default_channel
            receiver = self._celery.events.Receiver(channel, node_id=self._node(connection))
            queue = receiver.queue
            # RabbitMQ 4.3 refuses a transient queue that is not exclusive. This one goes with the connection.
            queue.exclusive, queue.auto_delete, queue.durable = True, True, False
            with Consumer(channel, [queue], callbacks=[self._take], no_ack=True, accept=receiver.accept):
                self.connected = True
                self._on_start()
                while not self._stopped.is_set():
                    try:
                        connection.drain_events(timeout=_IDLE_SECONDS)
                    except TimeoutError:
                        if connection.supports_heartbeats:
                            connection.heartbeat_check()
                    if self._is_silent():
                        raise ConnectionError("nothing came for too long, though workers are known")

    def _node(self, connection: Any) -> str:
        """The end of its queue's name. Where a queue is no more than a name, the next observer takes up the same: one
        that was killed leaves its name there.
        """
        if isinstance(connection.transport, VirtualTransport):
            return f"phloem.{self._name}"
        return f"phloem.{self._name}.{id(self):x}.{time.time_ns():x}"

    def _take(self, body: Any, _message: Any) -> None:
        told = body if isinstance(body, list) else [body]
        for each in told:
            try:
                self._heard(each)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                if not self.refused:
                    logger.warning("An event of Celery's cannot be read: %r", error)
                self.refused += 1
        self._since_turn += len(told)
        if self._since_turn >= _TURN_EVENTS:
            self._since_turn = 0
            time.sleep(0)
