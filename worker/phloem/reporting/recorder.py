"""The recorder of a process: hands events to the record from a thread of its own, so that no task waits for Redis.

Events about the life of a task are queued, and sent in order until they are recorded. Progress is not queued: the
thread samples each run in progress 20 times a second and sends what is new, so a report of progress costs a task an
addition, however often it is made.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
import random
import threading
import time
import weakref
from collections.abc import Callable

from phloem.model.event import Event
from phloem.record.record import Channel, ChannelError
from phloem.reporting.delivery import Delivery
from phloem.reporting.sampler import Sampler, Watched
from phloem.settings import LEASE_SECONDS
from phloem.settings.record import HEARTBEATS_PER_LEASE

SAMPLE_SECONDS = 0.05
"""Time between two samples of a run: at most 20 reports a second each."""

FLUSH_SECONDS = 0.25
"""How long the end of a task waits to be recorded, at most."""

MEMORY_SECONDS = 5.0
"""How long recorded events are kept after Redis last answered in the epoch in which it took them. A crash loses up to
2 s (appendfsync everysec), a replica lags by less. All of them are sent again after each crash."""

HEARTBEAT_SECONDS = LEASE_SECONDS / HEARTBEATS_PER_LEASE
"""Time between two renewals of a worker's lease."""

SLOWEST_RETRY_SECONDS = 2.0
"""Longest pause before a record that is out of reach is tried again."""

_DOUBLINGS = 10

_random = random.SystemRandom()
"""Not the shared generator: a task that has seeded it counts on its numbers."""

logger = logging.getLogger(__name__)


class Recorder:
    """The recorder of a process. Safe to use from several threads.

    Its thread starts when there is something to do, and ends with `close`. It starts anew after that, and in a child.
    """

    def __init__(
        self,
        open_channel: Callable[[], Channel],
        *,
        interval: float = SAMPLE_SECONDS,
        lease_seconds: int = LEASE_SECONDS,
        heartbeat: float = HEARTBEAT_SECONDS,
        memory: float = MEMORY_SECONDS,
        slowest_retry: float = SLOWEST_RETRY_SECONDS,
    ) -> None:
        """`open_channel` is called in the thread, which closes the channel at its end. All times are in seconds."""
        self._open_channel = open_channel
        self._interval = interval
        self._lease_seconds = lease_seconds
        self._heartbeat = heartbeat
        self._memory = memory
        self._slowest_retry = slowest_retry
        self._start_anew()
        _recorders.add(self)

    def _start_anew(self) -> None:
        """Threads, sockets and locks do not survive a fork; what the parent has queued is the parent's to send."""
        self._changed = threading.Condition()
        self._sampler = Sampler(self._changed, self.report)
        self._delivery = Delivery(self._changed, self._memory, self._sampler.repeat_all)
        self._lease: str | None = None
        self._thread: threading.Thread | None = None
        self._woken = False
        self._closing = False

    @property
    def lost(self) -> int:
        """Events that were dropped before they were recorded: refused, or more than are kept."""
        return self._delivery.lost

    @property
    def waiting(self) -> int:
        """Events that wait to be recorded."""
        return len(self._delivery.queue)

    def report(self, event: Event) -> None:
        """Queues an event about the life of a task. Returns at once."""
        with self._changed:
            self._delivery.add(event)
            self._wake()

    def hold(self, lease: str) -> None:
        """Renews the lease of this worker from now on, and ends it when the recorder is closed."""
        with self._changed:
            self._lease = lease
            self._closing = False
            self._wake()

    def watch(self, watched: Watched) -> None:
        """Samples `watched` from now on."""
        with self._changed:
            self._sampler.add(watched)
            self._closing = False
            self._wake()

    def unwatch(self, watched: Watched) -> None:
        """Samples `watched` one last time."""
        self._sampler.remove(watched)

    def flush(self, timeout: float = FLUSH_SECONDS) -> bool:
        """Waits until all that was reported is recorded; False if it is not after `timeout` seconds.

        Does not wait while the record is known to be out of reach: a task should not pay for that again and again.
        """
        return self._delivery.wait(timeout)

    def close(self, timeout: float = FLUSH_SECONDS) -> None:
        """Sends what is left, ends the lease and the thread; waits for that for `timeout` seconds at most.

        What is reported later starts another thread.
        """
        with self._changed:
            thread, self._closing = self._thread, True
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._closing = False
            self._thread = threading.Thread(target=self._run, name="phloem-recorder", daemon=True)
            self._thread.start()
            atexit.register(self.close)
        self._woken = True
        self._changed.notify_all()

    def _run(self) -> None:
        channel: Channel | None = None
        last_sample = last_heartbeat = -math.inf
        failures = 0
        while True:
            with self._changed:
                if self._closing and not self._delivery.queue:
                    lease = self._let_go()
                    break
                self._wait(last_sample + self._interval, last_heartbeat + self._heartbeat)
            now = time.monotonic()
            if self._sampler and now - last_sample >= self._interval:
                last_sample = now
                if not self._delivery.failing:  # else a run keeps its news, and only the latest are sent
                    self._sampler.sample_all()
            try:
                channel = channel or self._open_channel()
                if self._delivery.send(channel) and not self._lease:
                    last_heartbeat = now
                elif self._needs_heartbeats() and now - last_heartbeat >= self._heartbeat:
                    last_heartbeat = now
                    self._delivery.learn_epoch(self._renew(channel))
                    self._delivery.replay.expire(now)
                failures = 0
                self._delivery.failing = False
            except Exception as error:  # noqa: BLE001  # it is logged and tried again
                failures += 1
                self._delivery.fail(error, first=failures == 1)
                with self._changed:
                    if self._changed.wait_for(lambda: self._closing, self._pause(failures)):
                        self._let_go()
                        lease = None  # a record that is out of reach cannot be told of its end
                        break
        _part(channel, lease)

    def _wait(self, next_sample: float, next_heartbeat: float) -> None:
        """Waits until there is something to do, by the monotonic clock: at those times, if it is needed then."""
        until = min(
            next_sample if self._sampler else math.inf, next_heartbeat if self._needs_heartbeats() else math.inf
        )
        self._changed.wait_for(self._has_work, None if until == math.inf else max(until - time.monotonic(), 0))
        self._woken = False

    def _has_work(self) -> bool:
        return bool(self._delivery.queue or self._woken or self._closing)

    def _needs_heartbeats(self) -> bool:
        """Whether Redis has to be heard of from time to time: for the lease, or for what it may forget."""
        return bool(self._lease or self._delivery.replay)

    def _renew(self, channel: Channel) -> str:
        """Renews the lease, if there is one. Returns the record's epoch: another shows that events were forgotten."""
        return channel.heartbeat(self._lease, self._lease_seconds) if self._lease else channel.record(()).epoch

    def _pause(self, failures: int) -> float:
        """Seconds until the next try after so many failures in a row: twice as long each time, less a random part."""
        pause: float = min(self._slowest_retry, self._interval * 2.0 ** min(failures, _DOUBLINGS))
        return pause * _random.uniform(0.5, 1)

    def _let_go(self) -> str | None:
        """Leaves what is reported from now on to another thread. Returns the lease that this one has to end."""
        atexit.unregister(self.close)
        self._thread, lease, self._lease = None, self._lease, None
        return lease


def _part(channel: Channel | None, lease: str | None) -> None:
    """Ends the lease, and closes the channel."""
    if channel is None:
        return
    try:
        if lease is not None:
            channel.heartbeat(lease, 0)
    except ChannelError as error:
        logger.warning("Phloem could not say that this worker ends: %s", error)
    finally:
        channel.close()


_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


def _start_all_anew() -> None:
    for recorder in _recorders:
        recorder._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_anew)
