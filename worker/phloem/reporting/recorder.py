"""Hands what tasks say to the channel, from a thread of its own, so that no task waits for Redis.

Lifecycle events are queued and re-sent in order until the channel took them. Those of the last seconds are kept
longer, and of a task that runs the one with which it started: a Redis that comes back from a crash, or a replica that
takes over, may have forgotten what it had taken, and shows that by another epoch. Progress is not queued at all: the
thread looks at each running task 20 times a second and sends what is new, so a task pays for its progress with an
addition, however often it reports.
"""

from __future__ import annotations

import atexit
import functools
import logging
import math
import os
import random
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from typing import Protocol

import msgspec

from phloem.isolation import reraise_time_limit
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import Channel, ChannelError, ChannelRefused
from phloem.reporting.backlog import Backlog
from phloem.settings import LEASE_SECONDS
from phloem.settings.record import HEARTBEATS_PER_LEASE

INTERVAL = 0.05
"""Seconds between two looks at a running task: at most 20 reports a second each."""

PATIENCE = 0.25
"""Seconds for which the end of a task waits to be recorded, at most."""

MEMORY = 5.0
"""Seconds for which recorded events are kept after Redis last answered in the epoch in which it took them. A crash
forgets up to 2 s (appendfsync everysec); a replica lags less. All of them are sent again after every crash."""

HEARTBEAT = LEASE_SECONDS / HEARTBEATS_PER_LEASE
"""Seconds between two signs of life of a worker."""

_SLOWEST_RETRY = 2.0
_DOUBLINGS = 10

_chance = random.SystemRandom()
"""Not the common one: a task that has seeded that counts on the numbers that follow."""

logger = logging.getLogger("phloem")


class Watched(Protocol):
    """Something whose progress is looked at."""

    def sample(self, now: float) -> Event | None:
        """What is new since the last look, if anything."""

    def repeat(self) -> None:
        """Makes all that there is to see new again."""


class Recorder:
    """One per process. Its thread starts with the first event, and anew in a forked child."""

    def __init__(
        self,
        open_channel: Callable[[], Channel],
        *,
        interval: float = INTERVAL,
        lease_seconds: int = LEASE_SECONDS,
        heartbeat: float = HEARTBEAT,
        memory: float = MEMORY,
    ) -> None:
        """Times are in seconds: `interval` between two looks at a running task, `heartbeat` between two signs of life.

        Recorded events are kept for `memory` after Redis last answered.
        """
        self._open_channel = open_channel
        self._lease_seconds = lease_seconds
        self._heartbeat = heartbeat
        self._interval = interval
        self._memory = memory
        self._start_anew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=functools.partial(_start_anew, weakref.ref(self)))

    def _start_anew(self) -> None:
        """Threads, sockets and held locks do not survive a fork; what the parent queued is the parent's to send."""
        self._source = secrets.token_hex(6)
        self._changed = threading.Condition()
        self._looking = threading.Lock()
        self._queue = Backlog()
        self._recent = Backlog()
        self._openings: dict[str | None, Event] = {}
        self._epoch = ""
        self._lease: str | None = None
        self._watched: dict[int, Watched] = {}
        self._thread: threading.Thread | None = None
        self._reported = 0
        self._settled = 0
        self._failing = False
        self._woken = False
        self._closing = False
        self.lost = 0

    def report(self, event: Event) -> None:
        """Queues a lifecycle event. Returns at once."""
        with self._changed:
            self._reported += 1
            self._overflow(self._queue.add(msgspec.structs.replace(event, source=self._source, seq=self._reported)))
            self._wake()

    def hold(self, lease: str) -> None:
        """Says from now on that the worker with this lease is there, and goodbye when it closes."""
        with self._changed:
            self._lease = lease
            self._closing = False
            self._wake()

    def watch(self, watched: Watched) -> None:
        """Looks at `watched` from now on."""
        with self._changed:
            self._watched[id(watched)] = watched
            self._closing = False
            self._wake()

    def unwatch(self, watched: Watched) -> None:
        """Looks at `watched` one last time, and no more."""
        with self._changed:
            known = self._watched.pop(id(watched), None)
        if known is not None:
            self._look_at(known)

    def flush(self, timeout: float = PATIENCE) -> bool:
        """Waits until all that was reported is recorded; False if that did not come in `timeout` seconds.

        While Redis is known to be away it does not wait: who is observed should not pay for that again and again.
        """
        with self._changed:
            upto = self._reported
            self._changed.wait_for(lambda: self._settled >= upto or self._failing, timeout)
            return self._settled >= upto

    def close(self, timeout: float = PATIENCE) -> None:
        """Sends what is left, says goodbye, and ends the thread; all that for at most `timeout` seconds.

        Whatever comes after it starts another thread.
        """
        with self._changed:
            thread, self._closing = self._thread, True
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._closing = False
            self._thread = threading.Thread(target=self._publish, name="phloem-recorder", daemon=True)
            self._thread.start()
            atexit.register(self.close)
        self._woken = True
        self._changed.notify_all()

    def _publish(self) -> None:
        channel: Channel | None = None
        last_look = last_beat = -_SLOWEST_RETRY
        failures = 0
        while True:
            with self._changed:
                if self._closing and not self._queue:
                    lease = self._let_go()
                    break
                next_look = last_look + self._interval if self._watched else math.inf
                next_beat = last_beat + self._heartbeat if self._listens() else math.inf
                wait = min(next_look, next_beat) - time.monotonic()
                self._changed.wait_for(self._has_work, None if wait == math.inf else max(wait, 0))
                self._woken = False
            now = time.monotonic()
            if self._watched and now - last_look >= self._interval:
                last_look = now
                self._look()
            try:
                channel = channel or self._open_channel()
                if self._send(channel) and not self._lease:
                    last_beat = now
                elif self._listens() and now - last_beat >= self._heartbeat:
                    last_beat = now
                    # Who has nothing more to say still has to notice that Redis forgot what it said last.
                    self._heal(self._epoch_of(channel))
                    self._recent.forget(now - self._memory)
                failures = 0
                self._failing = False
            except Exception as error:  # noqa: BLE001  # it is told, and whoever reports goes on either way
                failures += 1
                self._fail(error, first=failures == 1)
                pause = min(_SLOWEST_RETRY, self._interval * 2 ** min(failures, _DOUBLINGS))
                with self._changed:
                    if self._changed.wait_for(lambda: self._closing, pause * _chance.uniform(0.5, 1)):
                        self._let_go()
                        return
        self._say_goodbye(channel, lease)

    def _epoch_of(self, channel: Channel) -> str:
        """The record's epoch now, learnt by a sign of life of this worker, if it is one."""
        return channel.beat(self._lease, self._lease_seconds) if self._lease else channel.record(()).epoch

    def _has_work(self) -> bool:
        return bool(self._queue or self._woken or self._closing)

    def _listens(self) -> bool:
        """Whether Redis is to be heard every now and then: for a lease, or for what it may forget."""
        return bool(self._lease or self._recent or self._openings)

    def _let_go(self) -> str | None:
        """Leaves what is reported from now on to another thread. The lease to say goodbye for."""
        self._thread, lease, self._lease = None, self._lease, None
        return lease

    def _say_goodbye(self, channel: Channel | None, lease: str | None) -> None:
        try:
            if channel is not None and lease is not None:
                channel.beat(lease, 0)
        except ChannelError as error:
            logger.warning("Phloem could not say that this worker ends: %s", error)

    def _look(self) -> None:
        with self._changed:
            watched = list(self._watched.values())
        if not self._failing:  # while Redis is away, what a task says stays with the task, and only the last of it
            for each in watched:
                self._look_at(each)

    def _look_at(self, watched: Watched) -> None:
        try:
            # Seen and reported in one: what is seen here is not to be told after what a last look saw.
            with self._looking:
                if (event := watched.sample(time.time())) is not None:
                    self.report(event)
        except Exception as error:  # whatever a task made of its own steps
            reraise_time_limit(error)
            logger.exception("Phloem cannot see how far a task is")
            with self._changed:
                self._watched.pop(id(watched), None)

    def _send(self, channel: Channel) -> bool:
        """Sends the oldest events that wait, and forgets them once they are recorded. Whether there were any."""
        with self._changed:
            batches = self._queue.batches()
        answers = channel.record_all(batches, self._epoch)
        for batch in batches:
            try:
                recorded = next(answers)
            except Exception as refusal:  # not acceptable, or not even to be written
                if isinstance(refusal, ChannelError) and not isinstance(refusal, ChannelRefused):
                    raise
                if self._record_one_by_one(channel, batch):
                    self._settle(batch)
                break  # what was sent after it was not recorded
            self._heal(recorded.epoch)
            if not recorded.verdicts:
                break
            self._settle(batch)
        return bool(batches)

    def _settle(self, batch: list[Event]) -> None:
        now = time.monotonic()
        with self._changed:
            self._queue.settle(batch[-1].seq)
            self._remember(batch, now)
            self._settled = max(self._settled, batch[-1].seq)
            self._changed.notify_all()

    def _remember(self, batch: list[Event], now: float) -> None:
        """Keeps what was recorded for some time, and the event with which a task started until it has ended as well."""
        for event in batch:
            if event.started_at is not None:
                self._openings[event.run] = event
            elif event.rank > State.PROGRESS.rank and (opening := self._openings.pop(event.run, None)) is not None:
                self._recent.add(opening, now)
            self._recent.add(event, now)
        self._recent.forget(now - self._memory)

    def _record_one_by_one(self, channel: Channel, batch: list[Event]) -> bool:
        """One of them is not acceptable; the others are not to suffer for it. False if something has to come before."""
        for event in batch:
            try:
                recorded = channel.record([event], self._epoch)
            except Exception as refusal:  # as above
                if isinstance(refusal, ChannelError) and not isinstance(refusal, ChannelRefused):
                    raise
                self._give_up(1, f"{type(refusal).__name__}: {refusal}")
                continue
            self._heal(recorded.epoch)
            if not recorded.verdicts:
                return False
        return True

    def _heal(self, epoch: str) -> None:
        """In another epoch, sends again what the record may have forgotten. What it has it knows as duplicates."""
        known, self._epoch = self._epoch, epoch
        if known not in ("", epoch):
            with self._changed:
                self._overflow(self._queue.add_before((*self._openings.values(), *self._recent)))
                for watched in self._watched.values():
                    watched.repeat()
            self._recent.clear()

    def _fail(self, error: Exception, *, first: bool) -> None:
        with self._changed:
            self._failing = True
            self._changed.notify_all()
        if first:
            expected = isinstance(error, ChannelError)
            logger.warning("Phloem cannot record for now and will try again: %s", error, exc_info=not expected)

    def _overflow(self, events: list[Event]) -> None:
        for event in events:
            if event.rank > State.PROGRESS.rank:
                self._openings.pop(event.run, None)
        if events:
            self._give_up(len(events), "more waits for Redis than is kept")

    def _give_up(self, events: int, reason: str) -> None:
        if not self.lost:
            logger.error("Phloem lost an event: %s", reason)
        self.lost += events


def _start_anew(recorder: weakref.ref[Recorder]) -> None:
    if (it := recorder()) is not None:
        it._start_anew()


_installed: Recorder | None = None


def install(recorder: Recorder) -> None:
    """Makes `recorder` the one of this process."""
    global _installed
    _installed = recorder


def installed() -> Recorder | None:
    """The recorder of this process, if anything was attached."""
    return _installed


def report(event: Event) -> None:
    """Hands an event to this process' recorder; told to nobody where there is none."""
    if _installed is not None:
        _installed.report(event)


def flush(timeout: float = PATIENCE) -> bool:
    """Waits for this process' recorder, as `Recorder.flush`; True where there is none."""
    return _installed is None or _installed.flush(timeout)
