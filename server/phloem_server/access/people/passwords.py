"""The password of the server, and the one way to try it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from phloem_server.access.peers import peer_of
from phloem_server.access.people.guesses.throttle import Throttle
from phloem_server.web.middleware.forwarded import Network


class Password:
    """The one password, kept as a digest. However it comes in, a request tries it here, where tries are limited."""

    def __init__(self, password: str, throttle: Throttle, proxies: Sequence[Network] = ()) -> None:
        """`proxies` may name the peer of a request by `X-Forwarded-For`."""
        self._digest = _digest(password.encode())
        self._throttle = throttle
        self._proxies = proxies

    def admits(self, environ: Mapping[str, Any], given: bytes) -> bool:
        """Whether the request with this environ gave the password. TooManyAttempts, without comparing it.

        Comparing takes the same time whichever byte differs, and however long `given` is.
        """
        return self._throttle.check(self.peer(environ), lambda: hmac.compare_digest(_digest(given), self._digest))

    def peer(self, environ: Mapping[str, Any]) -> str:
        """The address that the tries of a request are counted for."""
        return peer_of(environ, self._proxies)


def _digest(password: bytes) -> bytes:
    return hashlib.sha256(password).digest()
