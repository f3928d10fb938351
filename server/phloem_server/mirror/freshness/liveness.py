"""Whether Redis answers, and whether all that it holds has arrived."""

from __future__ import annotations

import math
import threading
import time
from contextlib import AbstractContextManager

import msgspec

from phloem_server.listeners import Listeners

OLD_AFTER = 1.7
"""Seconds without a word of Redis after which what is shown counts as old. It is asked once a second."""

LOOK_EVERY = 0.1
"""Seconds between two calls of `look`."""


TROUBLE_SECONDS = 5.0
"""For which a trouble is told after it was seen last: where Redis is full, room comes and goes with each task."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Whether Redis answers and all it holds has arrived; `since` when, in Unix seconds.

    `trouble` is a sentence that says what keeps Redis from recording what happens; None if nothing does.
    """

    live: bool
    since: float
    trouble: str | None = None


class Liveness:
    """What is known of Redis. Its methods may be called from any thread.

    `lock` guards the status, so that a reader that holds it sees no change; it is not held while `on_change` is called,
    which is whenever the status has changed.
    """

    def __init__(self, lock: AbstractContextManager[object]) -> None:
        self.on_change = Listeners[[]]()
        self.status = Status(live=False, since=time.time())
        self.heard_at = time.monotonic()
        self._lock = lock
        self._read = threading.Event()
        self._looked_at = time.monotonic()
        self._trouble_at = -math.inf

    @property
    def live(self) -> bool:
        """Whether Redis answers and all it holds has arrived."""
        return self.status.live

    @property
    def known(self) -> bool:
        """Whether the record was read at least once. Until then there is nothing to show, not even that it is empty."""
        return self._read.is_set()

    def wait_until_known(self, seconds: float) -> bool:
        """Waits for the first reading of the record. Whether it is there."""
        return self._read.wait(seconds)

    def hear(self) -> None:
        """Notes a word of Redis."""
        self.heard_at = time.monotonic()

    def found(self) -> None:
        """Notes that Redis answered and all that it holds has arrived."""
        self._read.set()
        self.hear()
        self._change(True)

    def lost(self) -> None:
        """Notes that Redis does not answer, or that what it holds is not to be shown."""
        self._change(False)

    def complain(self, trouble: str | None) -> None:
        """Notes what keeps Redis from recording, or that nothing does."""
        now = time.monotonic()
        if trouble is not None:
            self._trouble_at = now
        elif now - self._trouble_at < TROUBLE_SECONDS:
            return
        with self._lock:
            if trouble == self.status.trouble:
                return
            self.status = msgspec.structs.replace(self.status, trouble=trouble)
        self.on_change()

    def look(self) -> None:
        """Takes Redis for lost if it has been silent for OLD_AFTER. To be called every LOOK_EVERY."""
        now = time.monotonic()
        # A thread that was held up itself, as all in a busy process are, can tell nothing of how long Redis was silent.
        if now - self._looked_at < 5 * LOOK_EVERY and now - self.heard_at > OLD_AFTER:
            self.lost()
        self._looked_at = now

    def _change(self, live: bool) -> None:
        with self._lock:
            if live == self.status.live:
                return
            self.status = msgspec.structs.replace(self.status, live=live, since=time.time())
        self.on_change()
