"""How many connections of viewers there may be. Pages, HTTP calls and health checks need no place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from phloem_server.web.paths import ENGINE
from phloem_server.web.problem import Problem, of_problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

RETRY_AFTER_SECONDS = 5
"""When a client that was refused may ask again."""

_RESERVED_FILES = 128
"""Open files beside the connections of viewers: Redis, logs, uploads, health checks."""


class CapacityReached(Problem):
    """All places for viewers are taken."""

    code = "capacity_reached"
    status = 503
    temporary = True


class Admission:
    """WSGI middleware that refuses new sessions of Engine.IO while all places are taken.

    `taken` returns the number of connections; `refused` counts the refusals.
    """

    def __init__(self, wsgi_app: WSGIApplication, places: int, taken: Callable[[], int]) -> None:
        self._inside = wsgi_app
        self._taken = taken
        self.places = places
        self.refused = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(ENGINE) and self._taken() >= self.places and _is_new(environ):
            self.refused += 1
            problem = CapacityReached(
                f"All {self.places} places for viewers are taken; PHLOEM_CONNECTIONS says how many there are.",
                headers=[("Retry-After", str(RETRY_AFTER_SECONDS))],
            )
            return of_problem(problem)(environ, start_response)
        return self._inside(environ, start_response)


def _is_new(environ: WSGIEnvironment) -> bool:
    """Whether this begins a session: further requests of one, and its upgrade to a WebSocket, name it."""
    return "sid" not in parse_qs(environ.get("QUERY_STRING", ""))


def connection_limit(wanted: int) -> int:
    """How many of the `wanted` connections this process can have: each is an open file.

    Raises the process' limit of open files as far as the system allows.
    """
    try:
        import resource
    except ImportError:  # not on this system
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses its own "unlimited"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - _RESERVED_FILES))
