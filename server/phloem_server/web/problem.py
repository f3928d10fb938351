"""The one shape of an HTTP error: application/problem+json (RFC 9457), built in one place.

`detail` is for people: it says what came and what was expected. `code` is for programs; docs/contract.md lists the
codes. `type` is always about:blank, which means that `title` is the name of the HTTP status.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

import msgspec
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from phloem.errors import PhloemError
from phloem.redaction import without_shapes
from phloem_server.web.noted import noted

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

Headers = Iterable[tuple[str, str]]


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an error."""

    type: str = "about:blank"
    title: str
    """The name of the status."""
    status: int
    detail: str
    """What came and what was expected, for people."""
    code: str
    """What went wrong, for programs."""


class Problem(PhloemError):
    """An error of HTTP itself or of a resource, which has a status. Its text is the `detail`.

    Errors of the domain know no status; `phloem_server.api.calls.errors` has theirs. `headers` are sent along.
    """

    status: ClassVar[int] = 500

    def __init__(self, detail: str, *, headers: Headers = ()) -> None:
        super().__init__(detail)
        self.headers = tuple(headers)


class Unexpected(Problem):
    """The server failed; its log says why."""

    code = "internal_error"
    status = 500


def answer(status: int, detail: str, code: str, headers: Headers = ()) -> Response:
    """An error as an answer, which is a WSGI application as well: usable inside Flask and outside it."""
    detail = without_shapes(detail)  # it may quote what came
    body = ProblemBody(title=_title(status), status=status, detail=detail, code=code)
    response = _Answer(msgspec.json.encode(body), status, content_type="application/problem+json")
    response.problem_code = code
    for name, value in headers:
        response.headers.add(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def of_problem(problem: Problem) -> Response:
    """The answer that tells a problem."""
    return answer(problem.status, str(problem), problem.code, problem.headers)


def of_unexpected(error: BaseException, method: str, path: str) -> Response:
    """The answer for a bug: the log gets all of it under a short id, the client gets the id alone."""
    mark = secrets.token_hex(4)
    logger.error("Error %s in %s %s", mark, method, path, exc_info=error)
    return of_problem(Unexpected(f"Something went wrong in the server. Its log tells more under {mark}."))


class _Answer(Response):
    """An answer that notes its code."""

    problem_code = ""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        noted(environ).code = self.problem_code
        return super().__call__(environ, start_response)


def _title(status: int) -> str:
    """The status in words, which those of Python's `http` are not the same in each of its versions."""
    return HTTP_STATUS_CODES.get(status, "Error")
