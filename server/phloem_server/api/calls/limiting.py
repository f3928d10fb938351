"""The limits of HTTP calls, and the headers that tell what a client has left."""

from __future__ import annotations

from flask import g, request
from werkzeug.wrappers import Response

from phloem_server.access.limits.limits import Limits, headers
from phloem_server.web.noted import noted
from phloem_server.web.paths import API

LAUNCHING = frozenset({"launch", "retry", "run"})
"""Actions that send tasks."""

UPLOAD = "files.upload"
"""The endpoint that takes files, which are for tasks that are launched."""


class Limiting:
    """Counts the calls of an application. `largest` is how many bytes an upload may have."""

    def __init__(self, limits: Limits, largest: int) -> None:
        self._limits = limits
        self._largest = largest

    def count_call(self) -> None:
        """Before each request, and before it is known whether it may be made. RateLimited."""
        if request.path.startswith(API):
            g.phloem_left = self._limits.take("requests", request.environ)

    def count_work(self) -> None:
        """Before each request that may be made. RateLimited."""
        if request.method != "POST" or noted(request.environ).action not in LAUNCHING:
            return
        if request.endpoint == UPLOAD:
            # One that does not tell its length, or is refused for it, counts as the largest that it may be: what
            # somebody only says is not to keep others at the address waiting.
            size = request.content_length
            self._limits.take("uploads", request.environ, self._largest if size is None else min(size, self._largest))
        else:
            self._limits.take("launches", request.environ)

    def tell(self, response: Response) -> Response:
        """After each request: what the client has left of its calls."""
        left = g.get("phloem_left")
        if left is not None and "RateLimit-Limit" not in response.headers:
            response.headers.extend(headers(left))
        return response
