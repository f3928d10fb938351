"""What the HTTP calls of all resources share."""

from __future__ import annotations

from flask import Blueprint, Request, request
from werkzeug.wrappers import Response

from phloem.errors import PhloemError
from phloem_server.access.errors import ScopeExceeded
from phloem_server.access.principal import Principal, principal_of
from phloem_server.api.errors import of_domain
from phloem_server.web.body import BODY_LIMIT
from phloem_server.web.paths import API
from phloem_server.web.problem import Problem, of_problem, of_unexpected

SINGLE_TASKS = frozenset({"tasks.task", "tasks.log"})
"""Endpoints that show one task, to clients that know its id."""


def resource(name: str, path: str = "") -> Blueprint:
    """A blueprint under /api/v1`path` that answers errors of the domain, and refuses requests without a principal.

    Bodies are limited to BODY_LIMIT bytes unless a call sets another limit.
    """
    calls = Blueprint(name, __name__, url_prefix=API + path)
    calls.register_error_handler(PhloemError, _of_error)
    calls.register_error_handler(Problem, of_problem)

    @calls.before_request
    def prepare() -> None:
        scope = caller().scope
        if scope is not None and not (request.endpoint in SINGLE_TASKS and scope.admits(_task_of(request))):
            raise ScopeExceeded(scope)
        request.max_content_length = BODY_LIMIT

    return calls


def caller() -> Principal:
    """The principal of the present request. KeyError where the door did not see it, which is a bug."""
    return principal_of(request.environ)


def _task_of(request: Request) -> str:
    """The id of the task that a call is about."""
    return str((request.view_args or {}).get("task_id", ""))


def _of_error(error: PhloemError) -> Response:
    return of_domain(error) or of_unexpected(error, request.method, request.path)
