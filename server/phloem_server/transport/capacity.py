"""How many connections of viewers there may be. Pages, HTTP calls and health checks need no place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from phloem_server.web.paths import ENGINE
from phloem_server.web.problem import Problem, of_problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

RETRY_AFTER_SECONDS = 5
"""When a client that was refused may ask again."""


class CapacityReached(Problem):
    """All places for viewers are taken."""

    code = "capacity_reached"
    status = 503
    temporary = True


class Opening(Protocol):
    """The sessions whose client has not connected yet."""

    def has_room(self) -> bool:
        """Whether one more can be opened."""


class Admission:
    """WSGI middleware that refuses new sessions of Engine.IO while all places are taken, or too many are being opened.

    `taken` returns the number of clients that are connected; `refused` counts the refusals.
    """

    def __init__(self, wsgi_app: WSGIApplication, places: int, taken: Callable[[], int], opening: Opening) -> None:
        self._inside = wsgi_app
        self._taken = taken
        self._opening = opening
        self.places = places
        self.refused = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if begins_session(environ):
            reason = self._reason()
            if reason is not None:
                self.refused += 1
                problem = CapacityReached(reason, headers=[("Retry-After", str(RETRY_AFTER_SECONDS))])
                return of_problem(problem)(environ, start_response)
        return self._inside(environ, start_response)

    def seats(self) -> bool:
        """Whether a client that is just connecting, and is counted already, has a place."""
        return self._taken() <= self.places

    def _reason(self) -> str | None:
        if self._taken() >= self.places:
            return f"All {self.places} places for viewers are taken; PHLOEM_CONNECTIONS says how many there are."
        return None if self._opening.has_room() else "Too many connections are being opened."


def begins_session(environ: WSGIEnvironment) -> bool:
    """Whether a request begins a session of Engine.IO: further ones of it, and its upgrade to a WebSocket, name it."""
    return environ.get("PATH_INFO", "").startswith(ENGINE) and "sid" not in parse_qs(environ.get("QUERY_STRING", ""))
