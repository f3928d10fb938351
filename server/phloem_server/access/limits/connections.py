"""The limit of new connections, before anything is done for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from phloem_server.access.errors import RateLimited
from phloem_server.access.limits.limits import Limits
from phloem_server.transport.capacity import begins_session
from phloem_server.web.problem import of_problem

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def limiting(wsgi_app: WSGIApplication, limits: Limits) -> WSGIApplication:
    """`wsgi_app`, with requests that begin a session of Engine.IO counted, and answered 429 beyond the limit."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if begins_session(environ):
            try:
                limits.take("connections", environ)
            except RateLimited as limited:
                return of_problem(limited)(environ, start_response)
        return wsgi_app(environ, start_response)

    return serve
