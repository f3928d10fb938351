"""Sessions of people who signed in: the signed token that a browser keeps as a cookie, and which of them go on.

A session lasts while the record keeps its id: signing out takes that away, for all web processes and for good. Each
process holds the sessions of the last second, and goes on with those while Redis is away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

import msgspec
from itsdangerous import BadData, Signer

from phloem.record.record import ChannelError
from phloem.record.stores.access import Identity, Session, SessionStore
from phloem_server.access.principal import Principal
from phloem_server.listeners import Listeners

AGENT_LIMIT = 200
"""Characters that are kept of a browser's name for itself."""

SEEN_SECONDS = 60.0
"""How exactly the record tells when a session was last used."""

_HOUR_SECONDS = 3600.0


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """After which a person signs in again, in hours."""

    hours: int = 14 * 24
    """Since they did, whatever they do: two weeks, a holiday's length."""

    openid_hours: int = 12
    """Likewise with an OpenID Connect provider, a long day at work: it does not tell when what it said has changed."""

    idle_hours: int = 7 * 24
    """Since the session was last used, by a request or an open page."""

    @property
    def seconds(self) -> float:
        """`hours` in seconds."""
        return self.hours * _HOUR_SECONDS

    def seconds_of(self, identity: Identity) -> float:
        """Seconds after which somebody signs in again, whatever they do."""
        hours = min(self.hours, self.openid_hours) if identity.kind == "openid" else self.hours
        return hours * _HOUR_SECONDS

    @property
    def idle_seconds(self) -> float:
        """`idle_hours` in seconds."""
        return self.idle_hours * _HOUR_SECONDS


LIMITS = SessionLimits()
"""Unless the settings say otherwise."""


class SessionTokens:
    """Tokens that name a session. With another secret key, or another `bound`, all of them are void."""

    def __init__(self, bound: str, secret_key: Callable[[], str]) -> None:
        """`bound` is what lets people in, such as the password; `secret_key` is called for the first token."""
        self._bound = bound
        self._secret_key = secret_key
        self._signer: Signer | None = None

    def issue(self, session_id: str) -> str:
        """A token for a person who signed in. What `secret_key` raises."""
        return self._signing().sign(session_id).decode()

    def read(self, token: str) -> str | None:
        """The session that `issue` made this token for. What `secret_key` raises."""
        if token:
            with suppress(BadData, UnicodeDecodeError):
                return self._signing().unsign(token).decode()
        return None

    def _signing(self) -> Signer:
        if self._signer is None:
            key = self._secret_key().encode()
            bound = hmac.digest(key, b"phloem session\0" + self._bound.encode(), "sha256")
            self._signer = Signer(bound, salt="phloem.session", digest_method=hashlib.sha256)
        return self._signer


class Sessions:
    """The sessions of all web processes of a namespace, as one of them knows them.

    `on_end` is called with the ids of sessions that this process ended.
    """

    def __init__(
        self,
        tokens: SessionTokens,
        store: SessionStore,
        limits: SessionLimits = LIMITS,
        stands: Callable[[Identity], bool] = lambda _: True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`stands` says whether somebody who signed in is still who they were then; `clock` gives Unix seconds."""
        self.on_end: Listeners[[Collection[str]]] = Listeners()
        self.limits = limits
        self._tokens = tokens
        self._store = store
        self._stands = stands
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Session] = {}
        self._ended: dict[str, bool] = {}  # those that ended here, and whether the record knows
        self._seen: dict[str, float] = {}  # when each of the known ones was last used, anywhere
        self._noted: dict[str, float] = {}  # and when the record was last told so from here

    def begin(self, identity: Identity, address: str, agent: str) -> str:
        """The token of a new session. ChannelError."""
        session_id, now = secrets.token_hex(16), self._clock()
        session = Session(started_at=now, identity=identity, address=address, agent=agent[:AGENT_LIMIT])
        token = self._tokens.issue(session_id)
        self._store.begin(session_id, session, now - self.limits.seconds)
        with self._lock:
            self._known[session_id] = session
        return token

    def of(self, token: str) -> Principal | None:
        """Who has a token, if its session goes on. ChannelError where that may be one of another process."""
        session_id = self._tokens.read(token)
        session = None if session_id is None else self._going_on(session_id)
        if session_id is None or session is None:
            return None
        with self._lock:
            self._seen[session_id] = self._clock()
        identity = session.identity
        return Principal.of_role(
            identity.role,
            "session",
            name=identity.name,
            account=None if identity.name is None else identity.account,
            session=session_id,
            owner=identity.owner,
            expires_at=session.started_at + self.limits.seconds_of(identity),
        )

    def goes_on(self, session_id: str) -> bool:
        """Whether a session was begun, and neither ended nor is over. ChannelError as above."""
        return self._going_on(session_id) is not None

    def admits(self, principal: Principal) -> bool:
        """Whether a principal that the door let in may still act: its session may have ended since. ChannelError."""
        return principal.session is None or self.goes_on(principal.session)

    def all(self) -> dict[str, Session]:
        """All sessions that go on, of all processes, by their ids, the oldest first. ChannelError."""
        self.refresh()
        with self._lock:
            known = dict(self._known)
        going_on = {each: session for each, session in known.items() if self._goes_on(each, session)}
        return dict(sorted(going_on.items(), key=lambda item: item[1].started_at))

    def seen_at(self, session_id: str) -> float:
        """When a session that goes on was last used, in Unix seconds, to a minute where other processes saw it."""
        with self._lock:
            session = self._known.get(session_id)
            return self._last_seen(session_id, session) if session is not None else 0.0

    def kind(self, session_id: str) -> str | None:
        """How somebody signed in whose session goes on."""
        with self._lock:
            session = self._known.get(session_id)
        return None if session is None else session.identity.kind

    def knows(self, name: str, address: str) -> bool:
        """Whether the user of that name has a session that began at that address."""
        with self._lock:
            return any(
                (each.identity.kind, each.identity.name, each.address) == ("user", name, address)
                for each in self._known.values()
            )

    def end(self, session_id: str) -> None:
        """Ends a session here and now, and in the record as soon as Redis can be reached."""
        with self._lock:
            self._ended[session_id] = False
            self._forget(session_id)
        self.on_end({session_id})
        with suppress(ChannelError):
            self._settle()

    def saw(self, session_ids: Iterable[str]) -> None:
        """Takes in that sessions are used at this moment: a page of theirs is open."""
        now = self._clock()
        with self._lock:
            self._seen.update((each, now) for each in session_ids if each in self._known)

    def refresh(self) -> None:
        """Takes in which sessions other processes began, used and ended. ChannelError, and then all stays as it was."""
        settled = self._settle()
        self._note()
        ids = self._store.ids()
        with self._lock:
            unknown = ids - self._known.keys() - self._ended.keys()
        begun, seen = self._store.get(unknown), self._store.seen()
        with self._lock:
            for each in self._known.keys() - ids:
                self._forget(each)
            self._known.update((each, session) for each, session in begun.items() if each not in self._ended)
            for each in self._known.keys() & seen.keys():
                self._seen[each] = max(seen[each], self._seen.get(each, 0.0))
            for each in settled:  # what was read after that cannot hold them any more
                self._ended.pop(each, None)

    def _going_on(self, session_id: str) -> Session | None:
        with self._lock:
            if session_id in self._ended:
                return None
            session = self._known.get(session_id)
        if session is None:
            session = self._store.get([session_id]).get(session_id)
            if session is None:
                return None
            seen = self._store.seen()
            with self._lock:
                if session_id in self._ended:
                    return None
                self._known[session_id] = session
                self._seen[session_id] = max(seen.get(session_id, 0.0), self._seen.get(session_id, 0.0))
        return session if self._goes_on(session_id, session) else None

    def _goes_on(self, session_id: str, session: Session) -> bool:
        """Whether a session that is kept is over all the same."""
        now = self._clock()
        with self._lock:
            idle = now - self._last_seen(session_id, session)
        over = now - session.started_at >= self.limits.seconds_of(session.identity) or idle >= self.limits.idle_seconds
        if over or not self._stands(session.identity):
            self.end(session_id)
            return False
        return True

    def _last_seen(self, session_id: str, session: Session) -> float:
        return max(session.started_at, self._seen.get(session_id, 0.0))

    def _forget(self, session_id: str) -> None:
        self._known.pop(session_id, None)
        self._seen.pop(session_id, None)
        self._noted.pop(session_id, None)

    def _note(self) -> None:
        """Tells the record of the sessions that were used here lately."""
        with self._lock:
            times = {
                each: at
                for each, at in self._seen.items()
                if each in self._known and at - self._noted.get(each, 0.0) >= SEEN_SECONDS
            }
        self._store.saw(times)
        with self._lock:
            self._noted.update((each, at) for each, at in times.items() if each in self._known)

    def _settle(self) -> set[str]:
        """Has the record end what was ended here; all that it knows of."""
        with self._lock:
            left = {each for each, known in self._ended.items() if not known}
        self._store.end(left)
        with self._lock:
            self._ended.update(dict.fromkeys(left, True))
            return {each for each, known in self._ended.items() if known}
