"""Closes connections whose clients the door would not let in any more: of people who signed out or were removed and of
tokens that were revoked, in whichever process that was; of principals that may see something until a certain time, once
it has come; and of everybody who did not sign in, once there are users.
"""

from __future__ import annotations

import logging
import threading

from phloem.record.record import ChannelError
from phloem_server.access.errors import UsersUnread
from phloem_server.access.people.sessions import Sessions
from phloem_server.access.protection import Protection
from phloem_server.access.standing import Standing
from phloem_server.access.tokens.shares import Shares
from phloem_server.live.hub import Hub

EVERY_SECONDS = 1.0
"""Between two looks at all connections: so long one may go on that has expired, or whose session was ended elsewhere.
Where Redis is silent, a look takes as long as it is waited for.
"""

logger = logging.getLogger(__name__)


class AdmissionWatch:
    """A loop that looks who is still admitted. A session that ends here has its connections closed at once."""

    def __init__(self, hub: Hub, protection: Protection, sessions: Sessions, shares: Shares) -> None:
        self._hub = hub
        self._protection = protection
        self._sessions = sessions
        self._shares = shares
        self._standing = Standing(protection, sessions, shares)
        self._stopped = threading.Event()
        self._away = False
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
        """Closes the connections of those that are not. While Redis is away, what others did is not known."""
        self._hub.end_expired()
        try:
            self._protection.refresh()
            self._shares.refresh()
            if self._protection.asks():
                self._sessions.saw(self._hub.sessions())
                self._sessions.refresh()
            self._hub.end({each for each in self._hub.principals() if not self._standing.admits(each)})
            self._away = False
        except (ChannelError, UsersUnread) as error:
            if not self._away:
                logger.warning("Whom others let in and sent away is not known: %s", error)
            self._away = True
