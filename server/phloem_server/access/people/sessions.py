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
from phloem_server.access.people.person import PASSWORD_HOLDER, Person
from phloem_server.access.principal import Principal
from phloem_server.listeners import Listeners

COOKIE = "phloem_session"
"""Name of the cookie that holds the token."""

LIFETIME_SECONDS = 14 * 24 * 3600
"""After which a person signs in again: two weeks, a holiday's length."""

OPENID_SECONDS = 12 * 3600
"""For which what a provider said of a person counts, a working day: it does not tell when that changes."""

AGENT_LIMIT = 200
"""Characters that are kept of a browser's name for itself."""


class SessionTokens:
    """Tokens that name a session. Another password, provider or secret key makes all of them void."""

    def __init__(self, password: str, secret_key: str, provider: str = "") -> None:
        """`provider` is what the settings say of it; "" where there is none."""
        told = f"{password}\0{provider}" if provider else password
        bound = hmac.digest(secret_key.encode(), b"phloem session\0" + told.encode(), "sha256")
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
        self._known: dict[str, Session] = {}
        self._ended: dict[str, bool] = {}  # those that ended here, and whether the record knows

    def begin(self, address: str, agent: str, person: Person = PASSWORD_HOLDER) -> str:
        """The token of a new session. ChannelError."""
        session_id, now = secrets.token_hex(16), self._clock()
        session = person.session(now, address, agent[:AGENT_LIMIT])
        self._store.begin(session_id, session, now - LIFETIME_SECONDS)
        with self._lock:
            self._known[session_id] = session
        return self._tokens.issue(session_id)

    def of(self, token: str) -> str | None:
        """The session that a token names, if that goes on. ChannelError where it may be one of another process."""
        session_id = self._tokens.read(token)
        return session_id if session_id is not None and self.goes_on(session_id) else None

    def principal(self, token: str) -> Principal | None:
        """On whose behalf the bearer of a token acts; None if its session does not go on. ChannelError as above."""
        session_id = self._tokens.read(token)
        session = None if session_id is None else self.get(session_id)
        if session is None:
            return None
        return Principal.of_role(
            session.role,
            "session",
            name=session.name,
            session=session_id,
            owner=session.owner,
            expires_at=_ends_at(session),
        )

    def goes_on(self, session_id: str) -> bool:
        """Whether a session was begun, and is not over. ChannelError as above."""
        return self.get(session_id) is not None

    def get(self, session_id: str) -> Session | None:
        """A session that goes on. ChannelError as above."""
        with self._lock:
            session = self._known.get(session_id)
            if session_id in self._ended:
                return None
        session = session or self._store.get(session_id)
        if session is None or self._is_over(session):
            return None
        with self._lock:
            if session_id in self._ended:
                return None
            self._known[session_id] = session
        return session

    def admits(self, principal: Principal) -> bool:
        """Whether a principal that the door let in may still act: its session may have ended since. ChannelError."""
        return principal.session is None or self.goes_on(principal.session)

    def _is_over(self, session: Session) -> bool:
        ends_at = _ends_at(session)
        return ends_at is not None and ends_at <= self._clock()

    def end(self, session_id: str) -> None:
        """Ends a session here and now, and in the record as soon as Redis can be reached."""
        with self._lock:
            self._ended[session_id] = False
            self._known.pop(session_id, None)
        self.on_end({session_id})
        with suppress(ChannelError):
            self._settle()

    def refresh(self) -> None:
        """Takes in which sessions other processes began and ended. ChannelError, and then all stays as it was."""
        settled = self._settle()
        ids = self._store.ids()
        with self._lock:
            is_new = not ids <= {*self._known, *self._ended}
        found = self._store.all() if is_new else {}
        with self._lock:
            known = {each: found.get(each) or self._known.get(each) for each in ids if each not in self._ended}
            self._known = {each: session for each, session in known.items() if session is not None}
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


def _ends_at(session: Session) -> float | None:
    """When a session ends by itself, in Unix seconds. None where its token alone tells."""
    return session.started_at + OPENID_SECONDS if session.means == "openid" else None
