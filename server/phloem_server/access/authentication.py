"""The principal of a request, from the cookie or the password that it carries."""

from __future__ import annotations

import time

import msgspec
from werkzeug.wrappers import Request

from phloem_server.access.application import Application
from phloem_server.access.errors import CHALLENGE, INVALID_TOKEN, SignInRequired, TokenInvalid
from phloem_server.access.people import cookies
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.proxied import Proxied
from phloem_server.access.people.sessions import Sessions
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER, Principal
from phloem_server.access.protection import Protection
from phloem_server.web.paths import SIGN_IN

VOUCHED_SECONDS = 600.0
"""For which a connection goes on by what a proxy or an application said as it began. Neither tells when that changed;
the client connects again, and they are asked again.
"""


class Authentication:
    """On a server that asks nobody, every client is ANYONE. On others, people are named by a proxy or have a cookie
    from signing in, and programs send the password that all share, where there is one.
    """

    def __init__(
        self,
        protection: Protection,
        sessions: Sessions,
        password: Password | None = None,
        proxied: Proxied | None = None,
        application: Application | None = None,
    ) -> None:
        self._protection = protection
        self._sessions = sessions
        self._password = password
        self._proxied = proxied
        self._application = application

    def principal(self, request: Request) -> Principal:
        """The principal of the request; the application's, where that decides.

        SignInRequired, TokenInvalid, TooManyAttempts, UsersUnread, RoleMissing, ProxyHeaderInvalid; ChannelError where
        its session cannot be read.
        """
        if self._application is not None:
            return _for_a_while(self._application.principal(request))
        if not self._protection.asks():
            return ANYONE
        if self._proxied is not None and (person := self._proxied.principal(request)) is not None:
            return _for_a_while(person)
        if (person := self._sessions.of(cookies.given(request))) is not None:
            return person
        scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            raise SignInRequired(self._required(request.script_root), headers=[("WWW-Authenticate", CHALLENGE)])
        # WSGI hands header bytes over as latin-1.
        given = token.strip().encode("latin-1")
        if given and self._password is not None and self._password.admits(request.environ, given):
            return PASSWORD_HOLDER
        raise TokenInvalid(
            "The bearer token is neither a token nor the password of this server.", headers=INVALID_TOKEN
        )

    def _required(self, root: str) -> str:
        """What a request lacks that says nothing of who sent it. `root` is the prefix below which all is served."""
        if self._proxied is not None:
            return self._proxied.required()
        form = root + SIGN_IN
        if self._password is not None:
            return f"This needs the password, as a bearer token in the header Authorization or by signing in at {form}."
        return f"This needs to know who asks, by a bearer token in the header Authorization or by signing in at {form}."


def _for_a_while(vouched: Principal) -> Principal:
    return msgspec.structs.replace(vouched, expires_at=time.time() + VOUCHED_SECONDS)
