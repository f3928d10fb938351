"""The path below which everything is served, when a proxy gives Phloem a part of its site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from phloem_server.web.environ import ROOT

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

RAW_PATHS = ("RAW_PATH_INFO", "REQUEST_URI", "RAW_URI")
"""Entries in which servers keep the path before its percent-encoding was undone."""


class Prefix:
    """WSGI middleware: what lies behind it sees paths without `prefix`, and finds it in `SCRIPT_NAME`.

    A proxy may take the prefix away, or pass it on: both requests arrive at the same place. Where a trusted proxy says
    which prefix it took away, that one counts for addresses. `prefix` begins with a slash and does not end with one; ""
    serves at the root and changes nothing.
    """

    def __init__(self, wsgi_app: WSGIApplication, prefix: str) -> None:
        self._inside = wsgi_app
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        root = environ.get(ROOT) or self._prefix
        if not root:
            return self._inside(environ, start_response)
        path = environ.get("PATH_INFO", "")
        if path == root:  # relative addresses of the page would lead beside it
            query = Request(environ, populate_request=False).query_string.decode("latin-1")
            target = f"{root}/?{query}" if query else f"{root}/"
            return Response(status=308, headers={"Location": target})(environ, start_response)
        environ["SCRIPT_NAME"] = root
        for entry in {"PATH_INFO", *RAW_PATHS} & environ.keys():
            environ[entry] = _without(environ[entry], (root, self._prefix))
        return self._inside(environ, start_response)


def _without(path: str, prefixes: Iterable[str]) -> str:
    for prefix in prefixes:
        if path.startswith(f"{prefix}/"):
            return path[len(prefix) :]
    return path


def below(environ: WSGIEnvironment, path: str) -> str:
    """The address on this site of a path that is served here: `path` below the prefix of the request."""
    return f"{environ.get('SCRIPT_NAME', '')}{path}"
