"""The one shape of an error: application/problem+json (RFC 9457), built in one place.

`detail` is for the reader: it says what came and what was expected. `type` is always about:blank, which means that
`title` is the name of the HTTP status.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from flask import Flask

logger = logging.getLogger("phloem.server")


class Problem(Exception):
    """An answer other than the one asked for. `headers` are sent along, Retry-After for example."""

    def __init__(self, status: int, detail: str, *, headers: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = tuple(headers)

    @property
    def title(self) -> str:
        """The status in words."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Error"


def response(problem: Problem) -> Response:
    """The problem as an answer, which is a WSGI application as well: usable inside Flask and outside it."""
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    answer = Response(msgspec.json.encode(body), problem.status, content_type="application/problem+json")
    for name, value in problem.headers:
        answer.headers.add(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def of_http(error: HTTPException, request: Request) -> Problem:
    """What Flask and Werkzeug raise, with the headers that belong to it (Allow, Retry-After, …)."""
    headers = [pair for pair in error.get_headers() if pair[0].lower() != "content-type"]
    detail = error.description or "The request could not be answered."
    # Werkzeug's own words say neither what came nor what was expected.
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.method} came; {request.path} takes {', '.join(sorted(error.valid_methods or ()))}."
    elif isinstance(error, RequestEntityTooLarge):
        limit = min(filter(None, (request.max_content_length, request.max_form_memory_size)), default=0)
        detail = f"The body has more than the {limit:,} bytes that it may have."
    return Problem(error.code or 500, detail, headers=headers)


def of_unexpected(error: BaseException, method: str, path: str) -> Problem:
    """An error of ours: the log gets all of it under a short id, the client gets the id and nothing else."""
    mark = secrets.token_hex(4)
    logger.error("Error %s in %s %s", mark, method, path, exc_info=error)
    return Problem(500, f"Something went wrong in the server. Its log tells more under {mark}.")


def register(app: Flask) -> None:
    """Makes every error that leaves a view of `app` a problem."""
    from flask import request

    app.register_error_handler(Problem, response)
    app.register_error_handler(HTTPException, lambda error: response(of_http(error, request)))
    app.register_error_handler(Exception, lambda error: response(of_unexpected(error, request.method, request.path)))
