"""The principal of a request, from the cookie or the token that it carries."""

from __future__ import annotations

from typing import Protocol

from werkzeug.wrappers import Request

from phloem_server.access.errors import CHALLENGE, INVALID_TOKEN, SignInRequired, TokenInvalid
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.sessions import COOKIE, Sessions
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal, signed_in


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

    def __init__(self, password: Password, sessions: Sessions) -> None:
        self._password = password
        self._sessions = sessions

    def principal(self, request: Request) -> Principal:
        """A person who signed in, or PASSWORD_HOLDER. SignInRequired, TokenInvalid, TooManyAttempts, ChannelError."""
        if (session := self._sessions.of(request.cookies.get(COOKIE, ""))) is not None:
            return signed_in(session)
        scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            raise SignInRequired(
                "This needs the password: as a bearer token (Authorization: Bearer …), or by signing in at /sign-in.",
                headers=[("WWW-Authenticate", CHALLENGE)],
            )
        # WSGI hands header bytes over as latin-1.
        given = token.strip().encode("latin-1")
        if given and self._password.admits(request.environ, given):
            return PASSWORD_HOLDER
        raise TokenInvalid("The bearer token is not the password.", headers=INVALID_TOKEN)
