"""Whether somebody whom the door let in may still act: the one answer for connections that begin and that go on."""

from __future__ import annotations

import time
from collections.abc import Callable

from phloem_server.access.people.sessions import Sessions
from phloem_server.access.principal import Principal
from phloem_server.access.protection import Protection
from phloem_server.access.tokens.shares import Shares


class Standing:
    """Looks at all by which a principal may have ended since. `clock` gives Unix seconds."""

    def __init__(
        self, protection: Protection, sessions: Sessions, shares: Shares, clock: Callable[[], float] = time.time
    ) -> None:
        self._protection = protection
        self._sessions = sessions
        self._shares = shares
        self._clock = clock

    def admits(self, principal: Principal) -> bool:
        """Whether its time is not over, its session goes on, its token counts, and, if it did not say who it is, nobody
        has to. ChannelError, UsersUnread.
        """
        if principal.expires_at is not None and principal.expires_at <= self._clock():
            return False
        if principal.kind == "open" and self._protection.asks():
            return False
        return self._shares.admits(principal) and self._sessions.admits(principal)
