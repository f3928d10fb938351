"""Events on their way to the record: queued by any thread, delivered in order by one."""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable

import msgspec

from phloem.logs import logger_of
from phloem.model.event import Event
from phloem.record.record import Channel, ChannelError, ChannelRefused
from phloem.reporting.backlog import BATCH_EVENTS, Backlog
from phloem.reporting.deferred import Deferred, Postponed
from phloem.reporting.replay import Replay

SMALL_BYTES = 64 * 1024
"""Bytes, as estimated, that a socket takes at once, whatever the other side does."""

POSTPONED = 1000
"""Most events that wait to be made: beyond that they are, as what is made takes less room, and is bounded as well. Many
come while Redis does not answer."""

logger = logger_of(__name__)


class Delivery:
    """Numbers events, and keeps them until they are recorded, and for a while after.

    `add`, `wait` and the properties are for any thread, `send`, `learn_epoch` and `fail` for the one that delivers.
    `send` is for one thread at a time.
    """

    def __init__(self, changed: threading.Condition, memory_seconds: float, on_forgotten: Callable[[], None]) -> None:
        """`changed` guards all, and is notified when events were recorded. `on_forgotten` is called when Redis forgot
        some; recorded events are kept for `memory_seconds`.
        """
        self.lost = 0
        """Events that were dropped before they were recorded."""
        self.failing = False
        """Whether the record is known to be out of reach."""
        self.queue = Backlog()
        self._postponed = Postponed()
        self.replay = Replay(memory_seconds)
        self._changed = changed
        self._on_forgotten = on_forgotten
        self._source = secrets.token_hex(6)
        self._epoch = ""
        self.sent_last = 0
        """Events that were sent together the last time."""
        self.added_at = -math.inf
        """When an event was added last, by the caller's clock."""
        self._added = 0
        self._settled = 0
        self._sent = 0
        """The number of the last event that was sent, recorded or not."""

    def add(self, event: Event, now: float = 0.0) -> None:
        """Numbers an event and queues it, at the time `now`. Returns at once. The caller holds `changed`."""
        if self._postponed.held:
            self.make_deferred()  # they come first
        self.added_at = now
        self._add(event, now)

    def add_sample(self, event: Event) -> None:
        """As `add`, for what a sample found: the next one comes when its time has come, and no sooner."""
        if self._postponed.held:
            self.make_deferred()  # as above
        self._add(event, self.added_at)

    def defer(self, deferred: Deferred, now: float, since: float) -> None:
        """Queues an event that is not made yet, at the time `now`, as if at `since`. The caller holds `changed`."""
        if len(self._postponed.held) >= POSTPONED:
            self.make_deferred()
        self.added_at = now
        self._postponed.held.append((since, deferred))

    def make_deferred(self, before: float = math.inf) -> None:
        """Makes the events that were deferred up to the time `before`. The caller holds `changed`."""
        for event in self._postponed.take(before):
            self._add(event, self.added_at)

    def deferred_at(self) -> float | None:
        """When the oldest event was deferred that still is; None if none is."""
        return self._postponed.oldest_at()

    def _add(self, event: Event, now: float) -> None:
        self._added += 1
        last = self.queue.last()
        if last is not None and last.seq > self._sent and event.ends_what_began(last):
            self.queue.remove_last()
            event = event.including(last)  # one event costs the record half of what two do
        self._count_dropped(self.queue.add(msgspec.structs.replace(event, source=self._source, seq=self._added), now))

    def is_small(self) -> bool:
        """Whether a single call sends all that is queued. The caller holds `changed`."""
        return 0 < len(self.queue) <= BATCH_EVENTS and self.queue.bytes <= SMALL_BYTES

    def wait(self, timeout: float) -> bool:
        """Waits until all events of now are recorded; False if they are not after `timeout` seconds.

        Returns at once while the record is known to be out of reach.
        """
        with self._changed:
            upto = self._added
            self._changed.wait_for(lambda: self._settled >= upto or self.failing, timeout)
            return self._settled >= upto

    def send(self, channel: Channel, patience: float | None = None) -> bool:
        """Sends the oldest events, and removes those that are recorded. Returns whether there were any.

        Raises what the channel raises, unless it refuses events: these are dropped, one by one. With `patience`, as in
        `Channel.record_all`, it raises that as well.
        """
        with self._changed:
            batches = self.queue.batches()
            if batches:
                self._sent = max(self._sent, batches[-1][-1].seq)
                self.sent_last = sum(map(len, batches))
        answers = channel.record_all(batches, self._epoch, patience)
        for batch in batches:
            try:
                recorded = next(answers)
            except Exception as refusal:  # refused, or an event that cannot even be encoded
                if _is_temporary(refusal) or patience is not None:
                    raise
                if self._send_one_by_one(channel, batch):
                    self._settle(batch)
                break  # what was sent after it was not recorded
            self.learn_epoch(recorded.epoch)
            if not recorded.verdicts:
                break
            self._settle(batch)
        return bool(batches)

    def learn_epoch(self, epoch: str) -> None:
        """Takes note of the record's epoch. In another, queues again what the record may have forgotten.

        What it has not forgotten it knows as duplicates.
        """
        known, self._epoch = self._epoch, epoch
        if known not in ("", epoch):
            with self._changed:
                self._count_dropped(self.queue.add_before(self.replay.take()))
                self._on_forgotten()

    def fail(self, error: Exception, *, first: bool) -> None:
        """Takes note that the record is out of reach. Logs that when it is the `first` failure in a row."""
        with self._changed:
            self.failing = True
            self._changed.notify_all()
        if first:
            expected = isinstance(error, ChannelError)
            logger.warning("Phloem cannot record for now and will try again: %s", error, exc_info=not expected)

    def _settle(self, batch: list[Event]) -> None:
        with self._changed:
            self.queue.remove_through(batch[-1].seq)
            self.replay.remember(batch, time.monotonic())
            self._settled = max(self._settled, batch[-1].seq)
            self._changed.notify_all()

    def _send_one_by_one(self, channel: Channel, batch: list[Event]) -> bool:
        """Records the events of a batch that is refused, except for those that are to blame.

        False if the record is in another epoch, and earlier events have to come first.
        """
        for event in batch:
            try:
                recorded = channel.record([event], self._epoch)
            except Exception as refusal:  # as above
                if _is_temporary(refusal):
                    raise
                self._count_lost(1, f"{type(refusal).__name__}: {refusal}")
                continue
            self.learn_epoch(recorded.epoch)
            if not recorded.verdicts:
                return False
        return True

    def _count_dropped(self, events: list[Event]) -> None:
        if events:
            self.replay.drop_starts(events)
            self._count_lost(len(events), "more waits for Redis than is kept")

    def _count_lost(self, events: int, reason: str) -> None:
        if not self.lost:
            logger.error("Phloem lost an event: %s", reason)
        self.lost += events


def _is_temporary(error: Exception) -> bool:
    return isinstance(error, ChannelError) and not isinstance(error, ChannelRefused)
