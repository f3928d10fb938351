"""Green threads of gevent, with its server. The only module that imports gevent."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import gevent
from gevent import monkey

from phloem_server.transport.modes.mode import GRACE_SECONDS, Server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

T = TypeVar("T")

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Replaces what blocks in the standard library."""
    monkey.patch_all()


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work` in a system thread, while the caller's greenlet waits for its result."""
    return cast("T", gevent.get_hub().threadpool.apply(work))


def start(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    """Serves in a greenlet for each connection."""
    # Inside: it imports ssl, which has to be patched first.
    from gevent.pywsgi import WSGIHandler, WSGIServer

    class Handler(WSGIHandler):  # type: ignore[misc]  # it comes without types
        """Logs neither malformed requests nor clients that disconnect."""

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_error(self, msg: str, *args: object) -> None:
            logger.debug(msg, *args)

        def _handle_client_error(self, ex: Exception) -> Any:
            return None if isinstance(ex, OSError) else super()._handle_client_error(ex)

    server = WSGIServer(sock, wsgi_app, log=None, handler_class=Handler)
    server.start()

    return Server(stop_accepting=server.close, stop=lambda: server.stop(timeout=GRACE_SECONDS))
