"""Closes connections whose clients the door would not let in any more: of people who signed out and of tokens that
were revoked, in whichever web process that was, and of principals that may see something until a certain time, once it
has come.
"""

from __future__ import annotations

import logging
import threading

from phloem.record.record import ChannelError
from phloem_server.access.people.sessions import Sessions
from phloem_server.access.tokens.shares import Shares
from phloem_server.live.hub import Hub

EVERY_SECONDS = 1.0
"""Between two looks at all connections: so long one may go on that has expired, or whose session was ended elsewhere.
Where Redis is silent, a look takes as long as it is waited for.
"""

logger = logging.getLogger(__name__)


class AdmissionWatch:
    """A loop that looks who is still admitted. A session that ends here has its connections closed at once."""

    def __init__(self, hub: Hub, sessions: Sessions | None, shares: Shares) -> None:
        """`sessions` is None where nobody signs in."""
        self._hub = hub
        self._sessions = sessions
        self._shares = shares
        self._stopped = threading.Event()
        self._away = False
        if sessions is not None:
            sessions.on_end.add(hub.end_sessions)

    def run(self) -> None:
        """Looks until `stop` is called."""
        while not self._stopped.wait(EVERY_SECONDS):
            try:
                self.look()
            except Exception:  # the next look is to be taken all the same
                logger.exception("Who is connected could not be compared with who is admitted")

    def stop(self) -> None:
        """Has `run` return soon."""
        self._stopped.set()

    def look(self) -> None:
        """Closes the connections of those that are not. While Redis is away, what others ended is not known."""
        self._hub.end_expired()
        try:
            self._shares.refresh()
            self._hub.end({each for each in self._hub.principals() if not self._shares.admits(each)})
            if self._sessions is not None:
                self._sessions.refresh()
                self._hub.end_sessions({each for each in self._hub.sessions() if not self._sessions.goes_on(each)})
            self._away = False
        except ChannelError as error:
            if not self._away:
                logger.warning("Which sessions and tokens others ended is not known: %s", error)
            self._away = True
