"""The one shape of an HTTP error: application/problem+json (RFC 9457), built in one place.

`detail` is for people: it says what came and what was expected. `code` is for programs; docs/contract.md lists the
codes. `type` is always about:blank, which means that `title` is the name of the HTTP status.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

import msgspec
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from phloem.errors import PhloemError

if TYPE_CHECKING:
    from flask import Flask

logger = logging.getLogger(__name__)

Headers = Iterable[tuple[str, str]]

_HTTP_CODES = {
    400: "request_invalid",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    416: "range_invalid",
}


class Problem(PhloemError):
    """An error of HTTP itself or of a resource, which has a status. Its text is the `detail`.

    Errors of the domain know no status; `phloem_server.api.errors` has theirs. `headers` are sent along.
    """

    status: ClassVar[int] = 500

    def __init__(self, detail: str, *, headers: Headers = ()) -> None:
        super().__init__(detail)
        self.headers = tuple(headers)


def answer(status: int, detail: str, code: str, headers: Headers = ()) -> Response:
    """An error as an answer, which is a WSGI application as well: usable inside Flask and outside it."""
    body = {"type": "about:blank", "title": _title(status), "status": status, "detail": detail, "code": code}
    response = Response(msgspec.json.encode(body), status, content_type="application/problem+json")
    for name, value in headers:
        response.headers.add(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def of_problem(problem: Problem) -> Response:
    """The answer that tells a problem."""
    return answer(problem.status, str(problem), problem.code, problem.headers)


def of_http(error: HTTPException, request: Request) -> Response:
    """The answer for what Flask and Werkzeug raise, with the headers that belong to it (Allow, Retry-After, …)."""
    headers = [pair for pair in error.get_headers() if pair[0].lower() != "content-type"]
    detail = error.description or "The request could not be answered."
    # Werkzeug's own words say neither what came nor what was expected.
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.method} came; {request.path} takes {', '.join(sorted(error.valid_methods or ()))}."
    elif isinstance(error, RequestEntityTooLarge):
        limit = min(filter(None, (request.max_content_length, request.max_form_memory_size)), default=0)
        detail = f"The body has more than the {limit:,} bytes that it may have."
    status = error.code or 500
    return answer(status, detail, _HTTP_CODES.get(status, "http_error"), headers)


def of_unexpected(error: BaseException, method: str, path: str) -> Response:
    """The answer for an error of ours: the log gets all of it under a short id, the client gets the id alone."""
    mark = secrets.token_hex(4)
    logger.error("Error %s in %s %s", mark, method, path, exc_info=error)
    return answer(500, f"Something went wrong in the server. Its log tells more under {mark}.", "internal_error")


def register(app: Flask) -> None:
    """Makes every error that leaves a view of `app` an answer of this shape."""
    from flask import request  # not at the top: this module is of use outside Flask, too

    app.register_error_handler(Problem, of_problem)
    app.register_error_handler(HTTPException, lambda error: of_http(error, request))
    app.register_error_handler(Exception, lambda error: of_unexpected(error, request.method, request.path))


def _title(status: int) -> str:
    """The status in words."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
