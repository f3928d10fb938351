"""Takes entries from the whole process, and appends them to the chain in one thread: nobody waits for Redis.

While Redis is away, what is done goes on, as commands go to Celery's broker; entries are held and appended once Redis
is back. Beyond HELD_LIMIT they are dropped, and an entry of the chain says how many were.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from phloem.record.record import ChannelError
from phloem_server.access.audit.chain import Chain
from phloem_server.access.audit.entry import Entry, of_the_audit
from phloem_server.access.audit.refusals import Refusals

HELD_LIMIT = 10_000
"""Entries that are held while Redis is away: about 5 MB."""

BATCH = 100
"""Entries that are appended in one step."""

TURN_SECONDS = 1.0
"""After which appending is tried again, and refusals are looked at whose minute is over."""

logger = logging.getLogger(__name__)


class Trail:
    """Entries on their way to the chain. `clock` gives Unix seconds. Safe to use from several threads."""

    def __init__(self, chain: Chain, clock: Callable[[], float] = time.time) -> None:
        self.chain = chain
        self._clock = clock
        self._lock = threading.Lock()
        self._held: deque[Entry] = deque()
        self._batch: list[Entry] = []  # what is appended now; the same again if it is not known whether it was
        self._refusals = Refusals()
        self._dropped, self._dropped_since = 0, 0.0
        self._is_away = False
        self._pending = threading.Event()
        self._stopped = threading.Event()

    def add(self, entry: Entry) -> None:
        """Takes an entry. What was refused or failed may be told later, together with others of its kind."""
        with self._lock:
            told = entry if entry.outcome == "done" else self._refusals.take(entry)
            if told is None:
                return
            self._hold(told)
        self._pending.set()

    def run(self) -> None:
        """Appends what comes, until `stop`; then once more what is left."""
        while not self._stopped.is_set():
            self._pending.wait(TURN_SECONDS)
            self._pending.clear()
            with self._lock:
                for entry in self._refusals.due(self._clock()):
                    self._hold(entry)
            if not self._settle():
                self._stopped.wait(TURN_SECONDS)
        with self._lock:
            for entry in self._refusals.all():
                self._hold(entry)
        self._settle()

    def stop(self) -> None:
        """Ends `run` soon."""
        self._stopped.set()
        self._pending.set()

    def _hold(self, entry: Entry) -> None:
        if len(self._held) < HELD_LIMIT:
            self._held.append(entry)
        else:
            self._drop(entry)

    def _drop(self, entry: Entry) -> None:
        self._dropped_since = self._dropped_since or entry.at
        self._dropped += entry.count

    def _settle(self) -> bool:
        """Appends all that is held. Whether the record took it."""
        try:
            while batch := self._next_batch():
                self.chain.append(batch)
                self._batch, self._is_away = [], False
        except ChannelError as error:
            if not self._is_away:
                logger.warning("The audit holds its entries until the record takes them: %s", error)
            self._is_away = True
            return False
        except Exception:  # others are to be appended all the same
            logger.exception("Entries of the audit could not be appended")
            with self._lock:
                for entry in self._batch:
                    self._drop(entry)
                self._batch = []
            return False
        return True

    def _next_batch(self) -> list[Entry]:
        with self._lock:
            if not self._batch and not self._held and self._dropped:
                self._batch.append(self._loss())
                self._dropped, self._dropped_since = 0, 0.0
            while self._held and len(self._batch) < BATCH and not self._is_away:
                self._batch.append(self._held.popleft())
            return self._batch

    def _loss(self) -> Entry:
        since = datetime.fromtimestamp(self._dropped_since, UTC)
        said = f"Entries were dropped, the first of {since:%Y-%m-%d %H:%M:%S} UTC: the record did not take them."
        return of_the_audit(self._clock(), said, self._dropped)
