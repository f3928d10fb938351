"""The names of the modes, the interface that each offers, and the times they share. Imports none of their libraries."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

MODES = ("eventlet", "threading", "gevent")
"""The asynchronous modes; the first is the default."""

STOP_SECONDS = 1.8
"""How long a stop may take in all; then the process ends as it is, with status 0."""

GRACE_SECONDS = 1.0
"""How long requests that are being answered may take to finish at a stop."""

ACCEPT_RETRY_SECONDS = 0.1
"""Pause before the next attempt to accept connections after one failed."""

REQUEST_LINE_BYTES = 64 * 1024
"""Longest first line of a request: ids of tasks may be long, and each byte of one may need three in an address."""

DETACH = "phloem.detach"
"""Key in a request's WSGI environment of a function that returns the request's socket and takes it from the HTTP
server, which then releases the request and all that belongs to it. The application returns an empty response. Only
the server of eventlet offers it."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server.

    After `stop_accepting` no new connection is accepted, while those that are open are still served; `stop` ends it.
    """

    stop_accepting: Callable[[], None]
    stop: Callable[[], None]


class Mode(Protocol):
    """What each `<library>_mode` module offers."""

    def prepare(self) -> None:
        """Makes the standard library fit the mode. Called before anything that uses sockets or threads is imported."""

    def is_prepared(self) -> bool:
        """Whether the standard library fits the mode."""

    def run_in_thread(self, work: Callable[[], T]) -> T:
        """Calls `work`, which may block, without holding up other connections. Returns its result."""

    def start(self, sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
        """Serves `wsgi_app` on a listening socket, in the background."""
