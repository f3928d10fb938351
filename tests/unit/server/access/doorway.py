"""A door to knock at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from phloem.testing.access import MemoryBudget, MemoryKeys, MemorySessions
from phloem.testing.tokens import MemoryTokens
from phloem_server.access.door import Door
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.sessions import COOKIE, Sessions, SessionTokens
from phloem_server.access.people.throttle import Throttle
from phloem_server.access.tokens.shares import Shares
from phloem_server.settings import Config

PASSWORD = "open sesame ∞"
KEY = "k" * 32
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OWN = "http://localhost:8000"


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
        self.store = MemorySessions()
        self.sessions = Sessions(SessionTokens(config.password or "", config.secret_key), self.store)
        throttle = Throttle(MemoryBudget(lambda: self.now), lambda: self.now)
        password = Password(config.password or "", throttle, config.trusted_proxies)
        self.keys = MemoryKeys()
        self.tokens = MemoryTokens()
        self.shares = Shares(self.keys, self.tokens, lambda: self.now)
        self.door = Door(self.inside, config, password, self.sessions, self.shares)
        self.client = Client(self.door, use_cookies=False)

    def ask(self, path: str = "/", *, method: str = "GET", host: str = "localhost:8000", **kwargs: Any) -> TestResponse:
        headers = {"Host": host, **kwargs.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **kwargs)

    def sign_in(self, password: str = PASSWORD, **kwargs: Any) -> TestResponse:
        data = {"password": password, "next": kwargs.pop("next", "/")}
        return self.ask("/sign-in", method="POST", data=data, **kwargs)


def cookie_of(answer: TestResponse) -> dict[str, str]:
    value = re.match(rf"{COOKIE}=([^;]*)", answer.headers["Set-Cookie"])
    assert value is not None
    return {"Cookie": f"{COOKIE}={value[1]}"}
