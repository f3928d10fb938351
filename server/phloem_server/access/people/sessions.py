"""Sessions of people who signed in: the signed token that a browser keeps as a cookie, and which of them go on.

A session lasts while the record keeps its id: signing out takes that away, for all web processes and for good. Each
process holds the ids of the last second, and goes on with those while Redis is away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from itsdangerous import BadData, TimestampSigner

from phloem.record.record import ChannelError
from phloem.record.stores.access import Session, SessionStore
from phloem_server.access.principal import Principal
from phloem_server.listeners import Listeners

COOKIE = "phloem_session"
"""Name of the cookie that holds the token."""

LIFETIME_SECONDS = 14 * 24 * 3600
"""After which a person signs in again: two weeks, a holiday's length."""

AGENT_LIMIT = 200
"""Characters that are kept of a browser's name for itself."""


class SessionTokens:
    """Tokens that name a session. Another password or another secret key makes all of them void."""

    def __init__(self, password: str, secret_key: str) -> None:
        bound = hmac.digest(secret_key.encode(), b"phloem session\0" + password.encode(), "sha256")
        self._signer = TimestampSigner(bound, salt="phloem.session", digest_method=hashlib.sha256)

    def issue(self, session_id: str) -> str:
        """A token for a person who gave the password."""
        return self._signer.sign(session_id).decode()

    def read(self, token: str) -> str | None:
        """The session that `issue` made this token for, with this password, within LIFETIME_SECONDS."""
        with suppress(BadData, UnicodeDecodeError):
            return self._signer.unsign(token, max_age=LIFETIME_SECONDS).decode()
        return None


class Sessions:
    """The sessions of all web processes of a namespace, as one of them knows them.

    `on_end` is called with the ids of sessions that this process ended.
    """

    def __init__(self, tokens: SessionTokens, store: SessionStore, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives Unix seconds."""
        self.on_end: Listeners[[Collection[str]]] = Listeners()
        self._tokens = tokens
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._ended: dict[str, bool] = {}  # those that ended here, and whether the record knows

    def begin(self, address: str, agent: str) -> str:
        """The token of a new session. ChannelError."""
        session_id, now = secrets.token_hex(16), self._clock()
        session = Session(started_at=now, address=address, agent=agent[:AGENT_LIMIT])
        self._store.begin(session_id, session, now - LIFETIME_SECONDS)
        with self._lock:
            self._known.add(session_id)
        return self._tokens.issue(session_id)

    def of(self, token: str) -> str | None:
        """The session that a token names, if that goes on. ChannelError where it may be one of another process."""
        session_id = self._tokens.read(token)
        return session_id if session_id is not None and self.goes_on(session_id) else None

    def goes_on(self, session_id: str) -> bool:
        """Whether a session was begun and not ended. ChannelError as above."""
        with self._lock:
            if session_id in self._ended:
                return False
            if session_id in self._known:
                return True
        if not self._store.has(session_id):
            return False
        with self._lock:
            if session_id in self._ended:
                return False
            self._known.add(session_id)
        return True

    def admits(self, principal: Principal) -> bool:
        """Whether a principal that the door let in may still act: its session may have ended since. ChannelError."""
        return principal.session is None or self.goes_on(principal.session)

    def end(self, session_id: str) -> None:
        """Ends a session here and now, and in the record as soon as Redis can be reached."""
        with self._lock:
            self._ended[session_id] = False
            self._known.discard(session_id)
        self.on_end({session_id})
        with suppress(ChannelError):
            self._settle()

    def refresh(self) -> None:
        """Takes in which sessions other processes began and ended. ChannelError, and then all stays as it was."""
        settled = self._settle()
        ids = self._store.ids()
        with self._lock:
            self._known = {each for each in ids if each not in self._ended}
            for each in settled:  # what was read after that cannot hold them any more
                self._ended.pop(each, None)

    def _settle(self) -> set[str]:
        """Has the record end what was ended here; all that it knows of."""
        with self._lock:
            left = {each for each, known in self._ended.items() if not known}
        self._store.end(left)
        with self._lock:
            self._ended.update(dict.fromkeys(left, True))
            return {each for each, known in self._ended.items() if known}
