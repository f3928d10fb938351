"""Sessions that were opened and whose client has not connected: how many there may be, and for how long.

Engine.IO opens a session with the first request; a viewer is who then connects to Socket.IO. A session of somebody who
does not is a connection and some memory, and no viewer, so it takes no viewer's place.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

CONNECT_SECONDS = 10.0
"""For which a session may be open before its client connects."""

GRACE_SECONDS = 1.0
"""For which no session has to make room for another: a client connects with its next message."""

LOOK_SECONDS = 0.25
"""Between two looks at all sessions, at least."""


class Handshakes:
    """`opening` returns the ids of these sessions, `count` how many they are, and `end` ends one.

    `run` ends those that take too long, until `stop`.
    """

    def __init__(
        self,
        limit: int,
        *,
        count: Callable[[], int],
        opening: Callable[[], Iterable[str]],
        end: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self._count = count
        self._opening = opening
        self._end = end
        self._clock = clock
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}  # the oldest first
        self._looked_at = clock()
        self._stopped = threading.Event()

    def has_room(self) -> bool:
        """Whether one more session can be opened; ends others for it if need be, the oldest first."""
        if self._count() < self.limit:
            return True
        if self._clock() - self._looked_at >= LOOK_SECONDS:
            self.look(GRACE_SECONDS, most=self.limit // 8 + 1)
        return self._count() < self.limit

    def look(self, seconds: float, most: int | None = None) -> None:
        """Ends sessions that have been open for so many seconds, `most` of them at a time."""
        with self._lock:
            now = self._looked_at = self._clock()
            opening = list(self._opening())
            there = set(opening)
            known = {session: since for session, since in self._since.items() if session in there}
            self._since = {**known, **{session: now for session in opening if session not in known}}
            late = [session for session, since in self._since.items() if now - since >= seconds][:most]
        for session in late:
            self._end(session)

    def run(self) -> None:
        """Ends what takes too long, until `stop`."""
        while not self._stopped.wait(GRACE_SECONDS):
            self.look(CONNECT_SECONDS)

    def stop(self) -> None:
        """Ends `run` soon."""
        self._stopped.set()
