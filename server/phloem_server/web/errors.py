"""Problems that any HTTP call can have, whatever it is about; and those that Flask and Werkzeug find."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from phloem_server.web.problem import Problem, answer, of_problem, of_unexpected


class RequestInvalid(Problem):
    """The request cannot be read: its Host header, its query string, or its form."""

    code = "request_invalid"
    status = 400


class BodyNotJson(Problem):
    """The body is not JSON."""

    code = "body_not_json"
    status = 400


class BodyInvalid(Problem):
    """The body is JSON, and not what the call takes."""

    code = "body_invalid"
    status = 422


class BodyTooLarge(Problem):
    """The body has more bytes than it may have."""

    code = "body_too_large"
    status = 413


class MediaTypeUnsupported(Problem):
    """The body's Content-Type is not the one that the call takes."""

    code = "media_type_unsupported"
    status = 415


class QueryStringInvalid(Problem):
    """The query holds what is not taken."""

    code = "query_invalid"
    status = 400


class PathUnknown(Problem):
    """There is nothing under this path."""

    code = "not_found"
    status = 404


class MethodUnsupported(Problem):
    """The path does not take this method."""

    code = "method_not_allowed"
    status = 405


class NotReady(Problem):
    """The server lives, and cannot answer for the record yet."""

    code = "not_ready"
    status = 503
    temporary = True


class PageNotBuilt(Problem):
    """The page was not built into this installation."""

    code = "page_not_built"
    status = 503


class RangeInvalid(Problem):
    """The file does not have the range of bytes that was asked for."""

    code = "range_invalid"
    status = 416


class OtherHttpError(Problem):
    """HTTP itself stands against the request, in a way that has no code of its own."""

    code = "http_error"


_BY_STATUS = {
    kind.status: kind for kind in (RequestInvalid, PathUnknown, MethodUnsupported, BodyTooLarge, RangeInvalid)
}


def of_http(error: HTTPException, asked: Request) -> Response:
    """The answer for what Flask and Werkzeug raise, with the headers that belong to it (Allow, Retry-After, …)."""
    headers = [pair for pair in error.get_headers() if pair[0].lower() != "content-type"]
    detail = error.description or "The request could not be answered."
    # Werkzeug's own words say neither what came nor what was expected.
    if isinstance(error, MethodNotAllowed):
        detail = f"{asked.method} came; {asked.path} takes {', '.join(sorted(error.valid_methods or ()))}."
    elif isinstance(error, RequestEntityTooLarge):
        limit = min(filter(None, (asked.max_content_length, asked.max_form_memory_size)), default=0)
        detail = f"The body has more than the {limit:,} bytes that it may have."
    status = error.code or 500
    return answer(status, detail, _BY_STATUS.get(status, OtherHttpError).code, headers)


def register(app: Flask) -> None:
    """Makes every error that leaves a view of `app` an answer of this shape."""
    app.register_error_handler(Problem, of_problem)
    app.register_error_handler(HTTPException, lambda error: of_http(error, request))
    app.register_error_handler(Exception, lambda error: of_unexpected(error, request.method, request.path))
