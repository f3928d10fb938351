"""The password of the server: comparing one that was given, and slowing down clients that guess."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable

WRONG_DELAY_SECONDS = 1.0
"""Until a wrong password is answered."""

WRONG_AT_ONCE = 64
"""Wrong passwords that wait for their answer at a time; further ones are refused at once, so they cost nothing."""


class Password:
    """The one password, kept as a digest."""

    def __init__(self, password: str) -> None:
        self._digest = _digest(password.encode())

    def matches(self, given: bytes) -> bool:
        """Whether `given` is the password; takes the same time whichever byte differs, and however long it is."""
        return hmac.compare_digest(_digest(given), self._digest)


class GuessThrottle:
    """Slows guessing down and shuts no client out.

    A wrong password is answered a second late, the right one always at once. Nothing is counted by address: behind
    a proxy all clients share one, and a client that guesses would lock out all others. It is no substitute for a
    long password. `sleep` waits for a number of seconds.
    """

    def __init__(self, sleep: Callable[[float], object] = time.sleep) -> None:
        self._sleep = sleep
        self._free = threading.Semaphore(WRONG_AT_ONCE)

    def delay(self) -> bool:
        """To be called before a wrong password is answered. False: too many wait already, refuse it."""
        if not self._free.acquire(blocking=False):
            return False
        try:
            self._sleep(WRONG_DELAY_SECONDS)
        finally:
            self._free.release()
        return True


def _digest(password: bytes) -> bytes:
    return hashlib.sha256(password).digest()
