"""A door to knock at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from argon2.exceptions import VerifyMismatchError
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from phloem.testing.access import MemoryDuties, MemoryGuesses, MemoryKeys, MemorySessions, MemoryUsers
from phloem.testing.tokens import MemoryTokens
from phloem_server.access.authentication import Authentication
from phloem_server.access.door import Door
from phloem_server.access.people.accounts import Accounts
from phloem_server.access.people.cookies import COOKIE
from phloem_server.access.people.guesses.throttle import Throttle
from phloem_server.access.people.hashing import Hashing
from phloem_server.access.people.openid.attempt import Attempts
from phloem_server.access.people.openid.provider import Provider
from phloem_server.access.people.openid.sign_in import OpenIDSignIn
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.proxied import Proxied
from phloem_server.access.people.session_start import SessionStart
from phloem_server.access.people.sessions import LIMITS, Sessions, SessionTokens
from phloem_server.access.people.sign_in import SignIn
from phloem_server.access.people.users import Users
from phloem_server.access.principal import Principal
from phloem_server.access.protection import Protection
from phloem_server.access.tokens.shares import Shares
from phloem_server.settings import Config

PASSWORD = "open sesame ∞"
KEY = "k" * 32
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OWN = "http://localhost:8000"


class Quick:
    """Hashes and compares passwords at once, and remembers which it compared."""

    outdated = False

    def __init__(self) -> None:
        self.compared: list[tuple[str, bytes]] = []

    def hash(self, password: bytes) -> str:
        return f"hash of {password.decode()}"

    def verify(self, hash: str, password: bytes) -> bool:
        self.compared.append((hash, password))
        if hash != self.hash(password):
            raise VerifyMismatchError
        return True

    def check_needs_rehash(self, hash: str) -> bool:
        return self.outdated


class Inside:
    """What stands behind the door; remembers who came in."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.seen.append(environ)
        if environ["PATH_INFO"] == "/bug":
            raise RuntimeError("secret internals")
        if environ["PATH_INFO"] == "/gone":
            raise BrokenPipeError
        headers = {"Content-Security-Policy": "sandbox"} if environ["PATH_INFO"] == "/own" else {}
        return Response("inside", headers=headers)(environ, start_response)


class Doorway:
    """A door, what is behind it, and a client without cookies of its own in front."""

    def __init__(self, **settings: Any) -> None:
        self.inside = Inside()
        self.now = 1000.0
        config = Config(**settings)
        throttle = Throttle(MemoryGuesses(lambda: self.now), lambda: self.now)
        self.hashed = Quick()
        hashing = Hashing(self.hashed, lambda work: work())
        self.user_store = MemoryUsers()
        self.accounts = Accounts(self.user_store, hashing, lambda: self.now, alone=False)
        self.users = Users(self.user_store, hashing, throttle, config.trusted_proxies)
        self.store = MemorySessions()
        tokens = SessionTokens(config.password or "", lambda: config.secret_key or KEY)
        self.sessions = Sessions(tokens, self.store, LIMITS, self.users.stands, lambda: self.now)
        password = Password(config.password, throttle, config.trusted_proxies) if config.password else None
        self.keys = MemoryKeys()
        self.tokens = MemoryTokens()
        self.shares = Shares(self.keys, self.tokens, lambda: self.now)
        self.protection = Protection(config, self.users)
        self.start = SessionStart(self.sessions, config.trusted_proxies)
        proxied = Proxied(config.proxy_header, config.trusted_proxies) if config.proxy_header else None
        openid = None
        if config.openid is not None:
            attempts = Attempts(lambda: KEY, MemoryDuties())
            openid = OpenIDSignIn(Provider(config.openid), attempts, self.start, config.page_origin)
        self.door = Door(
            self.inside,
            config,
            protection=self.protection,
            authentication=Authentication(self.protection, self.sessions, password, proxied),
            sign_in=SignIn(self.start, self.sessions, self.users, password, openid),
            openid=openid,
            shares=self.shares,
        )
        self.client = Client(self.door, use_cookies=False)

    def add_user(self, name: str = "ann", role: str = "viewer", owner: str | None = None) -> None:
        """Adds a user, whose password is PASSWORD."""
        self.accounts.add(name, role, owner, PASSWORD)

    def ask(self, path: str = "/", *, method: str = "GET", host: str = "localhost:8000", **kwargs: Any) -> TestResponse:
        headers = {"Host": host, **kwargs.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **kwargs)

    def sign_in(self, password: str = PASSWORD, **kwargs: Any) -> TestResponse:
        data = {"password": password, "next": kwargs.pop("next", "/"), "name": kwargs.pop("name", "")}
        return self.ask("/sign-in", method="POST", data=data, **kwargs)


def cookie_of(answer: TestResponse) -> dict[str, str]:
    value = re.match(rf"(?:__Host-|__Secure-)?{COOKIE}=[^;]*", answer.headers["Set-Cookie"])
    assert value is not None
    return {"Cookie": value[0]}


def signed_in(session: str) -> Principal:
    """Somebody who signed in with the password that all share."""
    return Principal.of_role("admin", "session", session=session)
