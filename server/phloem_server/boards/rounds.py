"""What is asked or read round after round in a thread, and only while a client watches."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

WATCHED_SECONDS = 10.0
"""For which the rounds go on after a client watched."""

ANSWER_SECONDS = 5.0
"""For which a client waits for a round."""

logger = logging.getLogger(__name__)


class Rounds:
    """Calls `make`, with `every` seconds between two calls. What it raises is logged under `failed`, a sentence.

    Its methods may be called from any thread.
    """

    def __init__(self, make: Callable[[], None], *, every: float, failed: str) -> None:
        self._make = make
        self._every = every
        self._failed = failed
        self._asked = threading.Event()
        self._hurried = threading.Event()
        self._answered = threading.Event()
        self._stopped = threading.Event()
        self._watched_at = float("-inf")

    @property
    def has_answered(self) -> bool:
        """Whether a round was made since a client began to watch."""
        return self._answered.is_set()

    def run(self) -> None:
        """Makes rounds while a client watches, else waits for one, until `stop`."""
        while not self._stopped.is_set():
            self._asked.clear()  # before the look at the clock: a client that comes from here on is not overheard
            if time.monotonic() - self._watched_at > WATCHED_SECONDS:
                self._answered.clear()
                if not self._stopped.is_set():  # else nobody is left to end the wait
                    self._asked.wait()
                continue
            try:
                self._make()
            except Exception:
                logger.exception("%s", self._failed)
            self._answered.set()
            self._hurried.wait(self._every)
            self._hurried.clear()

    def stop(self) -> None:
        """Ends `run`, after the round that is under way."""
        self._stopped.set()
        self._asked.set()
        self._hurried.set()

    def look(self) -> None:
        """A client begins to watch: the rounds go on for some time. The first one waits for the answer."""
        self.keep_looking()
        self._answered.wait(ANSWER_SECONDS)

    def keep_looking(self) -> None:
        """A client still watches."""
        self._watched_at = time.monotonic()
        self._asked.set()

    def look_anew(self) -> None:
        """Waits for one more round, though not for long."""
        self._answered.clear()
        self._hurried.set()
        self.look()
