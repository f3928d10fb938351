"""The principal of a request, from the cookie or the token that it carries."""

from __future__ import annotations

from typing import Protocol

from werkzeug.wrappers import Request

from phloem_server.access.errors import SignInRequired, TokenInvalid, TooManyAttempts
from phloem_server.access.passwords import GuessThrottle, Password
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal
from phloem_server.access.sessions import COOKIE, SessionTokens

CHALLENGE = 'Bearer realm="Phloem"'
"""`WWW-Authenticate` of answers with status 401 (RFC 6750)."""


class Authentication(Protocol):
    """One way to find the principal of a request."""

    def principal(self, request: Request) -> Principal:
        """The principal of the request. Problem with status 401 or 429 where it proves none."""


class Open:
    """For a server without a password: every client is ANYONE."""

    def principal(self, request: Request) -> Principal:  # noqa: ARG002  # others look at it
        """ANYONE."""
        return ANYONE


class ByPassword:
    """For a server with a password: people have a cookie from signing in, programs send the password itself."""

    def __init__(self, password: Password, tokens: SessionTokens, throttle: GuessThrottle) -> None:
        self._password = password
        self._tokens = tokens
        self._throttle = throttle

    def principal(self, request: Request) -> Principal:
        """PASSWORD_HOLDER. SignInRequired, TokenInvalid, TooManyAttempts."""
        if self._tokens.is_valid(request.cookies.get(COOKIE, "")):
            return PASSWORD_HOLDER
        scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            raise SignInRequired(
                "This needs the password: as a bearer token (Authorization: Bearer …), or by signing in at /sign-in.",
                headers=[("WWW-Authenticate", CHALLENGE)],
            )
        # WSGI hands header bytes over as latin-1.
        if self._password.matches(token.strip().encode("latin-1")):
            return PASSWORD_HOLDER
        if not self._throttle.delay():
            raise TooManyAttempts
        raise TokenInvalid(
            "The bearer token is not the password.",
            headers=[("WWW-Authenticate", f'{CHALLENGE}, error="invalid_token"')],
        )
