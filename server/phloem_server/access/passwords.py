"""Who has signed in: the password compared, and the signed token that a browser keeps as a cookie."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from itsdangerous import BadData, TimestampSigner

LIFETIME = 14 * 24 * 3600
"""Seconds after which a person signs in again: two weeks, a holiday's length."""

WRONG_DELAY = 1.0
"""Seconds until a wrong password is answered."""

WRONG_AT_ONCE = 64
"""Wrong passwords that wait for their answer at a time; further ones are refused at once, so they cost nothing."""


class Sessions:
    """Tokens that prove a sign-in with this password. Another password or another secret key ends them all."""

    def __init__(self, password: str, secret_key: str) -> None:
        self._password = _digest(password.encode())
        bound = hmac.digest(secret_key.encode(), b"phloem session\0" + password.encode(), "sha256")
        self._signer = TimestampSigner(bound, salt="phloem.session", digest_method=hashlib.sha256)

    def is_password(self, given: bytes) -> bool:
        """Whether `given` is the password; takes the same time whichever byte differs, and however long it is."""
        return hmac.compare_digest(_digest(given), self._password)

    def issue(self) -> str:
        """A token for somebody who knew the password."""
        return self._signer.sign("person").decode()

    def is_valid(self, token: str) -> bool:
        """Whether `issue` made this token, for this password, within LIFETIME."""
        with suppress(BadData):
            return self._signer.unsign(token, max_age=LIFETIME) == b"person"
        return False


class Guessing:
    """Slows guessing down and shuts nobody out.

    A wrong password is answered a second late, the right one always at once. Nothing is counted by address: behind
    a proxy all clients share one, and whoever guesses would lock out everybody else. It is no substitute for a
    long password.
    """

    def __init__(self, sleep: Callable[[float], object] = time.sleep) -> None:
        self._sleep = sleep
        self._free = threading.Semaphore(WRONG_AT_ONCE)

    def wrong(self) -> bool:
        """To be called before a wrong password is answered. False: too many wait already, refuse it."""
        if not self._free.acquire(blocking=False):
            return False
        try:
            self._sleep(WRONG_DELAY)
        finally:
            self._free.release()
        return True


def _digest(password: bytes) -> bytes:
    return hashlib.sha256(password).digest()
