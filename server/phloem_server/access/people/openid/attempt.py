"""What a browser keeps while a person is at the provider, so that the answer counts in that browser alone, and once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress

import msgspec
from itsdangerous import BadData, URLSafeTimedSerializer

from phloem.record.stores.duties import DutyStore
from phloem_server.access.people.openid.errors import SignInExpired

COOKIE = "phloem_openid"
"""Name of the cookie that the browser keeps."""

LIFETIME_SECONDS = 600
"""For which it counts: long enough to look for a second factor."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A way to the provider and back. Only the state is in the browser: nonce and verifier follow from it."""

    state: str
    """Tells the answer to this attempt from all others."""
    nonce: str
    """Has to stand in the ID token."""
    verifier: str
    """Proves to the provider that who has the code also began the attempt (PKCE, RFC 7636)."""
    target: str
    """The path to go to afterwards."""


class Attempts:
    """Begins attempts, and recognises them. `duties` are those of the record."""

    def __init__(self, secret_key: Callable[[], str], duties: DutyStore) -> None:
        """`secret_key` is called for each attempt, and may raise ChannelError."""
        self._secret_key = secret_key
        self._duties = duties

    def begin(self, target: str) -> tuple[Attempt, str]:
        """A new attempt, and what the browser keeps of it. ChannelError."""
        state = secrets.token_urlsafe(32)
        key = self._key()
        return _attempt(key, state, target), str(_serializer(key).dumps([state, target]))

    def finish(self, kept: str, state: str) -> Attempt:
        """The attempt that this browser began and the provider answers with `state`. SignInExpired, ChannelError.

        It counts once, whichever web process is asked.
        """
        key = self._key()
        with suppress(BadData, ValueError):
            began, target = _serializer(key).loads(kept, max_age=LIFETIME_SECONDS)
            if hmac.compare_digest(str(began).encode(), state.encode(errors="replace")):
                attempt = _attempt(key, began, target)
                used = hashlib.sha256(began.encode()).hexdigest()
                if self._duties.hold(f"openid-{used}", secrets.token_hex(8), LIFETIME_SECONDS):
                    return attempt
        raise SignInExpired(
            f"This sign-in is over, or this browser did not begin it: it has {LIFETIME_SECONDS // 60} minutes, and "
            "counts once. Begin again."
        )

    def _key(self) -> bytes:
        return hmac.digest(self._secret_key().encode(), b"phloem openid", "sha256")


def _serializer(key: bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="phloem.openid", signer_kwargs={"digest_method": hashlib.sha256})


def _attempt(key: bytes, state: str, target: str) -> Attempt:
    nonce, verifier = (_derived(key, purpose, state) for purpose in ("nonce", "verifier"))
    return Attempt(state=state, nonce=nonce, verifier=verifier, target=target)


def _derived(key: bytes, purpose: str, state: str) -> str:
    """43 characters that follow from the state for the server alone."""
    digest = hmac.digest(key, f"{purpose}\0{state}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
