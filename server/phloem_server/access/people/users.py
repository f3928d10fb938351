"""The users of a namespace, as a web process knows them, and the one way to try the password of one."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from phloem.record.record import ChannelError
from phloem.record.stores.access import Identity
from phloem.record.stores.users import User, UserStore
from phloem_server.access.peers import peer_of
from phloem_server.access.people.accounts import NAME_LIMIT
from phloem_server.access.people.guesses.throttle import Throttle
from phloem_server.access.people.hashing import Hashing
from phloem_server.web.middleware.forwarded import Network


class Users:
    """Who may sign in with a name. What is held here is refreshed every second, and before it decides anything."""

    def __init__(
        self,
        store: UserStore,
        hashing: Hashing,
        throttle: Throttle,
        proxies: Sequence[Network] = (),
    ) -> None:
        """`proxies` may name the peer of a request by `X-Forwarded-For`."""
        self._store = store
        self._hashing = hashing
        self._throttle = throttle
        self._proxies = proxies
        self._lock = threading.Lock()
        self._known: dict[str, User | None] | None = None
        self._were_any = False

    def refresh(self) -> None:
        """Takes in what others changed. ChannelError, and then all stays as it was."""
        known = self._store.all()
        with self._lock:
            self._known = known
            self._were_any = self._were_any or bool(known)

    def are_any(self) -> bool:
        """Whether there are users, or were while this process ran: it does not open because they are gone.

        ChannelError where that was never known.
        """
        with self._lock:
            if self._known is not None:
                return self._were_any
        self.refresh()
        return self._were_any

    def check(
        self,
        environ: Mapping[str, Any],
        name: str,
        password: str,
        knows: Callable[[str, str], bool] = lambda *_: False,
    ) -> Identity | None:
        """Who gave this name and password with the request of this environ; None if nobody has both.

        TooManyAttempts, without comparing; ChannelError. A name that nobody has takes as long as a wrong password.
        `knows` says whether a user has signed in from an address before.
        """
        name, peer = _meant(name), self.peer(environ)
        found: User | None = None

        def compare() -> bool:
            nonlocal found
            self.refresh()
            found = self._user(name)
            return self._hashing.matches(None if found is None else found.hash, password)

        right = self._throttle.check_account(peer, name, compare, lambda: knows(name, peer))
        if not right or found is None:
            return None
        self._renew(found, password)
        return identity_of(found)

    def known(self, name: str) -> str | None:
        """The name of the user who is meant; None if there is none: people also type passwords where names belong."""
        user = self._user(_meant(name))
        return None if user is None else user.name

    def stands(self, identity: Identity) -> bool:
        """Whether somebody who signed in is still who they were then: a user, with that role, owner and password.

        ChannelError where it cannot be told.
        """
        if identity.kind != "user":
            return True
        if not self._is(identity):
            self.refresh()  # another process may have let them in that knows more
        return self._is(identity)

    def peer(self, environ: Mapping[str, Any]) -> str:
        """The address that the tries of a request are counted for."""
        return peer_of(environ, self._proxies)

    def _is(self, identity: Identity) -> bool:
        user = self._user(identity.name or "")
        return user is not None and identity_of(user) == identity

    def _user(self, name: str) -> User | None:
        with self._lock:
            return (self._known or {}).get(name)

    def _renew(self, user: User, password: str) -> None:
        """Keeps the password with today's parameters, unless it was changed meanwhile."""
        if not self._hashing.is_outdated(user.hash):
            return
        renewed = self._hashing.hash(password)
        with suppress(ChannelError):
            self._store.change(
                user.name, lambda kept: msgspec.structs.replace(kept, hash=renewed) if kept.hash == user.hash else kept
            )


def _meant(typed: str) -> str:
    """The name that somebody means. One beyond the limit is nobody's, and no more of it is to be remembered."""
    return unicodedata.normalize("NFC", typed.strip())[: NAME_LIMIT + 1]


def identity_of(user: User) -> Identity:
    """What a session of a user says of them."""
    return Identity(kind="user", name=user.name, role=user.role, owner=user.owner, changed_at=user.changed_at)
