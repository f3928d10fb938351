"""The recorder of a process: hands events to the record from a thread of its own, so that no task waits for Redis.

Events about the life of a task are queued, and sent in order until they are recorded. Progress is not queued: the
thread samples each run in progress 20 times a second and sends what is new, so a report of progress costs a task an
addition, however often it is made.

To wake a thread, and to hand the interpreter over to it and back, costs more than to send an event. So the thread is
woken for the first of many events, and looks by itself for those that follow closely. The end of a task, which is
waited for, is sent from the thread that waits, with all that is queued by then.
"""

from __future__ import annotations

import math
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from phloem.isolation import observing, reraise_time_limit
from phloem.logs import logger_of
from phloem.model.event import Event
from phloem.record.record import Channel
from phloem.reporting.deferred import Deferred
from phloem.reporting.delivery import Delivery
from phloem.reporting.leases import Leases
from phloem.reporting.process_end import ProcessEnd, say_goodbye
from phloem.reporting.retries import SLOWEST_RETRY_SECONDS, retry_pause
from phloem.reporting.sampler import Sampler, Watched
from phloem.reporting.turn import Turn
from phloem.settings import LEASE_SECONDS
from phloem.settings.record import HEARTBEATS_PER_LEASE

if TYPE_CHECKING:
    from phloem.record.stores.forms import Catalogue
    from phloem.record.stores.workers import WorkerFacts

SAMPLE_SECONDS = 0.05
"""Time between two samples of a run: at most 20 reports a second each."""

FLUSH_SECONDS = 0.25
"""How long the end of a task waits to be recorded, at most."""

CLOSING_SECONDS = 2.0
"""How long a process that runs tasks, and ends, tries to send what is left and to say goodbye."""

LINGER_SECONDS = 0.05
"""How long an event waits for others to be sent with, where events follow each other closely: as long as progress waits
for its next sample. Twice as long where MANY were sent together."""

MANY = 12
"""Events that are sent together, from which on a process has so much to tell that the price of a call counts: 240 a
second."""

CALM_SECONDS = 0.1
"""Time without an event after which the next one is sent at once."""

LEAST_PATIENCE_SECONDS = 0.1
"""Least time for an answer that a thread other than the recorder's waits for: it closes the connection after that."""

MEMORY_SECONDS = 5.0
"""How long recorded events are kept after Redis last answered in the epoch in which it took them. A crash loses up to
2 s (appendfsync everysec), a replica lags by less. All of them are sent again after each crash."""

HEARTBEAT_SECONDS = LEASE_SECONDS / HEARTBEATS_PER_LEASE
"""Time between two renewals of a worker's lease."""

logger = logger_of(__name__)


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
        self._lock = threading.RLock()
        """Guards all."""
        self._changed = threading.Condition(self._lock)
        """Is notified when something was recorded."""
        self._work = threading.Condition(self._lock)
        """Wakes the thread."""
        self._turn = Turn(self._changed)
        self._channel: Channel | None = None
        """Used by whoever has the turn."""
        self._sampler = Sampler(self._changed, self._report_sample)
        self._delivery = Delivery(self._changed, self._memory, self._sampler.repeat_all)
        self._leases = Leases(self._lease_seconds)
        self._chore: Callable[[], None] | None = None
        self._thread: threading.Thread | None = None
        self._process_end = ProcessEnd(self._close_at_exit)
        self._woken = False
        self.lingers = False
        """Whether the thread is about to look for events by itself, so that nothing wakes it for one."""
        self._closing = False

    @property
    def lost(self) -> int:
        """Events that were dropped before they were recorded: refused, or more than are kept."""
        return self._delivery.lost

    @property
    def waiting(self) -> int:
        """Events that wait to be recorded."""
        return len(self._delivery.queue)

    @property
    def failing(self) -> bool:
        """Whether the record is known to be out of reach."""
        return self._delivery.failing

    def report(self, event: Event) -> None:
        """Queues an event about the life of a task. Returns at once."""
        with self._lock:
            self._delivery.add(event, time.monotonic())
            if not self.lingers:
                self._wake()

    def defer(self, deferred: Deferred, *, times: int = 1) -> None:
        """Queues an event that is made when it is sent: after so many times LINGER_SECONDS, unless it is needless by
        then, or before the next event that is reported.
        """
        with self._lock:
            now = time.monotonic()
            self._delivery.defer(deferred, now, now + (times - 1) * LINGER_SECONDS)
            if not self.lingers:
                self._look()

    def replace(self, deferred: Deferred, make: Callable[[], Event]) -> bool:
        """Has another event made in the place of one that was deferred. False if that was made."""
        with self._lock:
            return deferred.replace(make)

    def at_heartbeats(self, call: Callable[[], None]) -> None:
        """Calls this in the recorder's thread whenever a lease is renewed. It may report; what it raises is logged."""
        self._chore = observing(call)

    def hold(
        self, lease: str, worker: WorkerFacts | None = None, catalogue: Callable[[], Catalogue] | None = None
    ) -> None:
        """Renews the lease of this worker from now on, and ends it when the recorder is closed.

        `worker` is what the worker says of itself, once it knows that, and `catalogue` gives what it can run; that is
        called in the thread of the recorder.
        """
        with self._changed:
            self._leases.hold(lease, worker, catalogue)
            self._closing = False
            self._wake()

    def tell(self, timeout: float) -> bool:
        """Waits until the record knows what `hold` was given; False if it does not after `timeout` seconds, or is out
        of reach.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._leases.are_told or self.failing, timeout)
            return self._leases.are_told

    def holds(self, lease: str) -> bool:
        """Whether this recorder renews the lease."""
        return self._leases.holds(lease)

    def borrow(self) -> str:
        """A lease for a run in a process without a worker, renewed until all such runs have returned it.

        Once nobody needs it, it runs out by itself: a short run costs no call to Redis of its own.
        """
        with self._changed:
            before = self._leases.names()
            lease = self._leases.borrow()
            if lease not in before:
                self._closing = False
                self._wake()
            return lease

    def give_back(self) -> None:
        """Returns what `borrow` gave."""
        with self._changed:
            self._leases.give_back()

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
        start = time.monotonic()
        with self._changed:
            self._delivery.make_deferred()
        if self._deliver_here(timeout):
            return True
        with self._changed:
            if self._delivery.queue:
                self._wake()
        return self._delivery.wait(timeout - (time.monotonic() - start))

    def close(self, timeout: float = FLUSH_SECONDS) -> None:
        """Sends what is left, ends the lease and the thread; waits for that for `timeout` seconds at most.

        What is reported later starts another thread.
        """
        with self._changed:
            thread, self._closing = self._thread, True
            self._work.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def rest(self, timeout: float = FLUSH_SECONDS) -> None:
        """Sends what is left and ends the thread, unless it has a lease to renew. A later report starts another."""
        if not self._leases.names():
            self.close(timeout)

    def _close_at_exit(self) -> None:
        """Where tasks may wait, so that the goodbye returns them, it is worth some time: a worker whose pool or app is
        embedded, or that is stopped cold, ends without a signal.
        """
        self.close(CLOSING_SECONDS if self._leases.names() else FLUSH_SECONDS)

    def _report_sample(self, event: Event) -> None:
        """Queues what a sample found. The thread that samples sends it next, or the end of the run does."""
        with self._changed:
            self._delivery.add_sample(event)

    def _wake(self) -> None:
        """Has the thread send what is queued."""
        self._woken = True
        self._look()

    def _look(self) -> None:
        """Has the thread see what there is to do, and when."""
        if self._thread is None or not self._thread.is_alive():
            self._closing = False
            thread = threading.Thread(target=self._run, name="phloem-recorder", daemon=True)
            thread.start()  # which fails where the process may have no more threads
            self._thread = thread
            self._process_end.heed()
        self._work.notify_all()

    def _deliver_here(self, seconds: float) -> bool:
        """Sends what is queued from the caller's thread, if that is quickly done; waits for the answer for so long.

        Whether all of it is recorded. If not, the recorder's thread sends it again, and tells what is wrong.
        """
        patience = min(seconds, FLUSH_SECONDS)
        try:
            with self._changed:
                channel = self._channel
                quick = patience >= LEAST_PATIENCE_SECONDS and self._delivery.is_small()
                if channel is None or not quick or not self._turn.free or self._delivery.failing:
                    return not self._delivery.queue
                self._turn.take()
            self._delivery.send(channel, patience)
        except Exception as error:  # noqa: BLE001  # as above
            reraise_time_limit(error)
        finally:
            self._turn.give()
        return not self._delivery.queue

    def _run(self) -> None:
        try:
            self._work_off()
        finally:
            with self._changed:
                if self._thread is threading.current_thread():  # it ended by an error: the next event starts another
                    self._thread, self.lingers = None, False

    def _work_off(self) -> None:
        last_sample = last_heartbeat = -math.inf
        failures = 0
        while True:
            with self._changed:
                if self._closing:
                    self._changed.wait_for(lambda: self._turn.free)  # what is reported until then is sent as well
                if self._closing:  # still: a worker may have begun meanwhile
                    self._delivery.make_deferred()
                    if not self._delivery.queue:
                        channel, leases = self._let_go()
                        break
                self._wait(last_sample + self._interval, last_heartbeat + self._heartbeat)
            now = time.monotonic()
            if self._sampler and now - last_sample >= self._interval:
                last_sample = now
                if not self._delivery.failing:  # else a run keeps its news, and only the latest are sent
                    self._sampler.sample_all()
            try:
                self._turn.take()
                channel = self._channel = self._channel or self._open_channel()
                if due := self._needs_heartbeats() and self._leases.are_due(now - last_heartbeat, self._heartbeat):
                    last_heartbeat = now
                # Before events, which a Redis that is full refuses: the worker lives all the same.
                epoch = self._leases.renew(channel) if due else None
                with self._changed:
                    self._delivery.make_deferred(now - LINGER_SECONDS)
                if self._delivery.send(channel) and not self._leases.names():
                    last_heartbeat = now
                elif due:
                    self._delivery.learn_epoch(epoch or channel.record(()).epoch)
                    self._leases.introduce(channel, epoch)
                    if self._chore is not None:
                        self._chore()
                    self._delivery.replay.expire(now)
                failures = 0
                self._delivery.failing = False
            except Exception as error:  # noqa: BLE001  # it is logged and tried again
                failures += 1
                self._delivery.fail(error, first=failures == 1)
                self._turn.give()
                pause = retry_pause(failures, self._interval, min(self._slowest_retry, self._heartbeat))
                with self._changed:
                    if self._work.wait_for(lambda: self._closing, pause):
                        channel, leases = self._let_go()[0], ()  # a record out of reach cannot be told of its end
                        break
            finally:
                self._turn.give()
        say_goodbye(channel, leases)

    def _wait(self, next_sample: float, next_heartbeat: float) -> None:
        """Waits until there is something to do, by the monotonic clock: at those times, if it is needed then."""
        while not (self._woken or self._closing):
            now = time.monotonic()
            until = min(
                next_sample if self._sampler else math.inf,
                next_heartbeat if self._needs_heartbeats() else math.inf,
                self._next_look(now),
            )
            if until <= now:
                break
            self._work.wait(None if until == math.inf else until - now)
        self._woken = False

    def _next_look(self, now: float) -> float:
        """When the thread sends what is queued, or looks for it, without being woken."""
        deferred = self._delivery.deferred_at()
        oldest = self._delivery.queue.oldest_at()
        self.lingers = now - self._delivery.added_at < CALM_SECONDS
        if oldest is not None and not self.lingers:
            return now
        waiting = [at for at in (oldest, deferred) if at is not None]
        if not waiting:
            return now + LINGER_SECONDS if self.lingers else math.inf
        return min(waiting) + LINGER_SECONDS * (2 if self._delivery.sent_last >= MANY else 1)

    def _needs_heartbeats(self) -> bool:
        """Whether Redis has to be heard of from time to time: for the lease, or for what it may forget."""
        return bool(self._leases.names() or self._delivery.replay)

    def _let_go(self) -> tuple[Channel | None, tuple[str, ...]]:
        """Leaves what is reported from now on to another thread. Returns what this one has to close and to end."""
        self._process_end.ignore()
        self._changed.wait_for(lambda: self._turn.free)  # a task that ends may still use the channel
        channel, leases = self._channel, self._leases.forget()
        self._channel, self._thread, self.lingers = None, None, False
        return channel, leases


_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


def _start_all_anew() -> None:
    for recorder in _recorders:
        recorder._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_anew)
