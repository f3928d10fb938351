"""Two applications on one port: one has a path with all that is below it, the other everything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from phloem_server.web.environ import ROOT

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Mount:
    """WSGI middleware: hands requests at and below `path` to `mounted`, and all others to `outside`.

    `mounted` sees the path as it was sent. Where `outside` is itself served below a path, addresses of `mounted` begin
    with both. `path` begins with a slash and does not end with one.
    """

    def __init__(self, outside: WSGIApplication, path: str, mounted: WSGIApplication) -> None:
        self._outside = outside
        self._path = path
        self._mounted = mounted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        root = environ.get("SCRIPT_NAME", "") + self._path
        if path == self._path:  # relative addresses of the page would lead beside it
            query = Request(environ, populate_request=False).query_string.decode("latin-1")
            target = f"{root}/?{query}" if query else f"{root}/"
            return Response(status=308, headers={"Location": target})(environ, start_response)
        if path.startswith(f"{self._path}/"):
            environ[ROOT] = root
            return self._mounted(environ, start_response)
        return self._outside(environ, start_response)
