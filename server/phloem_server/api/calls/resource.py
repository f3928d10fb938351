"""What the HTTP calls of all resources share."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from werkzeug.wrappers import Response

from phloem.errors import PhloemError
from phloem_server.access.errors import Forbidden, ScopeExceeded
from phloem_server.access.permissions import check
from phloem_server.access.principal import Principal, principal_of
from phloem_server.api.calls.errors import of_domain
from phloem_server.web import html
from phloem_server.web.body import BODY_LIMIT
from phloem_server.web.declared import needed
from phloem_server.web.noted import noted
from phloem_server.web.paths import API, is_public
from phloem_server.web.problem import Problem, of_problem, of_unexpected

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""Methods of calls that change something."""


def resource(name: str, path: str = "") -> Blueprint:
    """A blueprint under /api/v1`path` that answers errors of the domain.

    Bodies are limited to BODY_LIMIT bytes unless a call sets another limit.
    """
    calls = Blueprint(name, __name__, url_prefix=API + path)
    calls.register_error_handler(PhloemError, of_error)
    calls.register_error_handler(Problem, of_problem)

    @calls.before_request
    def prepare() -> None:
        request.max_content_length = BODY_LIMIT

    return calls


def guard() -> None:
    """Before each request: refuses what its principal may not do. Forbidden, ScopeExceeded.

    KeyError where the door did not see the request, which is a bug.
    """
    if request.endpoint is not None and not is_public(request.path):
        principal, needs = caller(), needed(current_app.view_functions[request.endpoint])
        said = noted(request.environ)
        said.action = None if needs is None else needs.action
        said.changes = request.method in CHANGING
        said.target = next((str(each) for each in (request.view_args or {}).values()), None)
        task_id = (request.view_args or {}).get("task_id")
        check(principal, needs, task_id)
        scope = principal.scope
        if scope is not None and (scope.singly if task_id is None else not scope.admits_id(task_id)):
            raise ScopeExceeded(scope)


def note_code(response: Response) -> Response:
    """After each request: notes the code of the problem that it is answered with. Flask makes it another response."""
    said = noted(request.environ)
    said.code = getattr(response, "problem_code", said.code)
    return response


def caller() -> Principal:
    """The principal of the present request. KeyError where the door did not see it, which is a bug."""
    return principal_of(request.environ)


def owner() -> str | None:
    """The owner whose things alone the caller sees and makes; None for a caller without a limit.

    ScopeExceeded for one with another limit: whatever is made then would be outside of it.
    """
    scope = caller().scope
    if scope is not None and (scope.owner is None or scope.task is not None or scope.root is not None):
        raise ScopeExceeded(scope)
    return None if scope is None else scope.owner


def of_forbidden(error: Forbidden) -> Response:
    """What tells somebody who asks for a page that they may not see it: a page, if they have a browser."""
    if not html.is_wanted(request):
        return of_error(error)
    noted(request.environ).code = error.code
    return html.page(403, "Not let in", "You may not see the tasks here.")


def of_error(error: PhloemError) -> Response:
    """The answer that tells an error of the domain."""
    return of_domain(error) or of_unexpected(error, request.method, request.path)
