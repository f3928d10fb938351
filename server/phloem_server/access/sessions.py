"""Sessions of people who signed in: the signed token that a browser keeps as a cookie."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress

from itsdangerous import BadData, TimestampSigner

COOKIE = "phloem_session"
"""Name of the cookie that holds the token."""

LIFETIME_SECONDS = 14 * 24 * 3600
"""After which a person signs in again: two weeks, a holiday's length."""


class SessionTokens:
    """Tokens that prove a sign-in with this password. Another password or another secret key ends them all."""

    def __init__(self, password: str, secret_key: str) -> None:
        bound = hmac.digest(secret_key.encode(), b"phloem session\0" + password.encode(), "sha256")
        self._signer = TimestampSigner(bound, salt="phloem.session", digest_method=hashlib.sha256)

    def issue(self) -> str:
        """A token for a person who gave the password."""
        return self._signer.sign("person").decode()

    def is_valid(self, token: str) -> bool:
        """Whether `issue` made this token, for this password, within LIFETIME_SECONDS."""
        with suppress(BadData):
            return self._signer.unsign(token, max_age=LIFETIME_SECONDS) == b"person"
        return False
