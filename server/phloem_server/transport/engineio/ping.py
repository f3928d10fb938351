"""Pings for all direct sessions, from one greenlet."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any

BURST_PINGS = 100
"""Pings that are sent before other greenlets have a turn."""

logger = logging.getLogger(__name__)


class Pinger:
    """Pings each session once in an interval. Its greenlet runs while there are sessions, until `stop`."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._due: deque[tuple[float, str]] = deque()
        self._running = False
        self._stopped = engine.create_event()

    def add(self, sid: str) -> None:
        """Pings the session from now on, the first time after an interval."""
        self._due.append((time.monotonic() + self._engine.ping_interval, sid))
        if not self._running and not self._stopped.is_set():
            self._running = True
            self._engine.start_background_task(self._run)

    def stop(self) -> None:
        """Pings no session any more, and lets the greenlet end."""
        self._stopped.set()

    def _run(self) -> None:
        done = 0
        while self._due and not self._stopped.is_set():
            due, sid = self._due[0]
            if (wait := due - time.monotonic()) > 0:
                self._stopped.wait(wait)
                continue
            self._due.popleft()
            session = self._engine.sockets.get(sid)
            if session is not None and self._ping(session):
                self._due.append((time.monotonic() + self._engine.ping_interval, sid))
            done += 1
            if done % BURST_PINGS == 0:
                self._engine.sleep(0)
        self._running = False

    def _ping(self, session: Any) -> bool:
        """Whether the session is to be pinged again. An error ends this session, and not the pings of the others."""
        try:
            return bool(session.ping())
        except Exception:
            logger.exception("A client could not be pinged")
            session.cut()
            return False
