"""GET /session: what a page has to know before it asks for anything else."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from phloem_server import __version__
from phloem_server.api.resource import resource
from phloem_server.settings import Config
from phloem_server.web.body import answer


def blueprint(config: Config) -> Blueprint:
    """The call."""
    calls = resource("session")

    @calls.get("/session")
    def session() -> Response:
        return answer(
            {
                "password": config.password is not None,
                "files": {"max_upload": config.upload_limit},
                "mailbox": config.smtp.is_local_mailbox,
                "version": __version__,
            }
        )

    return calls
