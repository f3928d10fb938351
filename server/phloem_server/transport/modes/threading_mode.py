"""A system thread for each connection, with the server of Werkzeug."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from phloem_server.transport.modes.mode import ACCEPT_RETRY_SECONDS, GRACE_SECONDS, Server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

T = TypeVar("T")

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Nothing: the standard library is made for threads."""


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work`: the caller has a thread of its own already."""
    return work()


def start(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    """Serves in a thread. At the end `stop_accepting` does all: the threads of connections end with the process."""
    # Inside: Werkzeug is slow to import, and this module is imported before the command line has checked anything.
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        """Logs neither single requests nor malformed ones."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

        def log_error(self, format: str, *args: object) -> None:
            logger.debug(format, *args)

    host, port = sock.getsockname()[:2]
    server = make_server(host, port, wsgi_app, threaded=True, request_handler=Handler, fd=sock.fileno())
    thread = threading.Thread(
        target=server.serve_forever, args=(ACCEPT_RETRY_SECONDS,), name="phloem-http", daemon=True
    )
    thread.start()

    def stop_accepting() -> None:
        server.shutdown()
        thread.join(GRACE_SECONDS)
        server.socket.close()  # a duplicate of `sock`
        sock.close()

    return Server(stop_accepting=stop_accepting, stop=lambda: None)
