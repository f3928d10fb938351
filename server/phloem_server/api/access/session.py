"""GET /session: what a page has to know before it asks for anything else; and GET /me: on whose behalf it asks."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from werkzeug.wrappers import Response

from phloem_server import __version__
from phloem_server.access.permissions import may
from phloem_server.access.principal import ROLES
from phloem_server.api.calls.answers import FileSettings, Me, Session
from phloem_server.api.calls.resource import caller, resource
from phloem_server.settings import Config
from phloem_server.web.body import answer
from phloem_server.web.declared import ACTIONS, needs, tells


def blueprint(config: Config, asks: Callable[[], bool]) -> Blueprint:
    """The calls. `asks` says whether people have to sign in."""
    calls = resource("session")

    @calls.get("/session")
    @needs("see", scoped=True)
    @tells("What a page has to know first.", Session)
    def session() -> Response:
        return answer(
            Session(
                password=asks(),
                files=FileSettings(max_upload=config.upload_limit),
                mailbox=config.smtp.is_local_mailbox,
                version=__version__,
            )
        )

    @calls.get("/me")
    @needs("see", scoped=True)
    @tells("On whose behalf the client asks, and what it may do.", Me)
    def me() -> Response:
        principal = caller()
        return answer(
            Me(
                name=principal.name,
                kind=principal.kind,
                roles=tuple(role for role in ROLES if role in principal.roles),
                actions=tuple(action for action in ACTIONS if may(principal, action)),
                owner=principal.scope.owner if principal.scope is not None else None,
            )
        )

    return calls
