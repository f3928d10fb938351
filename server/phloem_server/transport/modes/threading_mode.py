"""A system thread for each connection, with the server of Werkzeug."""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from phloem_server.transport.modes.mode import ACCEPT_RETRY_SECONDS, GRACE_SECONDS, Server
from phloem_server.transport.open_files import waiting_limit
from phloem_server.transport.requests import head
from phloem_server.transport.requests.arrivals import ROOM_SECONDS, SWEEP_SECONDS, Arrival, Arrivals
from phloem_server.transport.requests.body import Chunks, RequestBody

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from werkzeug.serving import WSGIRequestHandler

T = TypeVar("T")

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Nothing: the standard library is made for threads."""


def is_prepared() -> bool:
    """True."""
    return True


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work`: the caller has a thread of its own already."""
    return work()


def start(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    """Serves in a thread. At the end `stop_accepting` does all: the threads of connections end with the process."""
    # Inside: Werkzeug is slow to import, and this module is imported before the command line has checked anything.
    from werkzeug.serving import make_server

    arrivals = Arrivals(waiting_limit())
    stopped = threading.Event()
    host, port = sock.getsockname()[:2]
    server = make_server(
        host, port, wsgi_app, threaded=True, request_handler=_handler_class(arrivals), fd=sock.fileno()
    )
    accept = server.get_request

    def accept_where_there_is_room() -> Any:
        while not arrivals.has_room():
            if stopped.wait(ROOM_SECONDS):
                raise OSError("The server stops")  # which its loop takes for a client that left
        try:
            stream, address = accept()
        except OSError:
            stopped.wait(ACCEPT_RETRY_SECONDS)  # there are too many open files, and its loop would try again at once
            raise
        arrivals.enter(stream, address)
        return stream, address

    server.get_request = accept_where_there_is_room  # type: ignore[method-assign]
    thread = threading.Thread(
        target=server.serve_forever, args=(ACCEPT_RETRY_SECONDS,), name="phloem-http", daemon=True
    )
    thread.start()
    threading.Thread(target=_sweep, args=(arrivals, stopped), name="phloem-arrivals", daemon=True).start()

    def stop_accepting() -> None:
        stopped.set()
        server.shutdown()
        thread.join(GRACE_SECONDS)
        server.socket.close()  # a duplicate of `sock`
        sock.close()

    return Server(stop_accepting=stop_accepting, stop=lambda: None)


def _sweep(arrivals: Arrivals, stopped: threading.Event) -> None:
    while not stopped.wait(SWEEP_SECONDS):
        arrivals.sweep()


def _handler_class(arrivals: Arrivals) -> type[WSGIRequestHandler]:
    from werkzeug.serving import WSGIRequestHandler

    class Handler(WSGIRequestHandler):
        """Reads heads strictly. Logs neither single requests nor malformed ones."""

        arrival: Arrival

        def setup(self) -> None:
            self.arrival = arrivals.claim(self.request, self.client_address)
            super().setup()

        def finish(self) -> None:
            self.arrival.end()
            super().finish()

        def parse_request(self) -> bool:
            try:
                fields = head.read(self.raw_requestline, self.rfile.readline)
            except head.HeadMalformed as error:
                self.wfile.write(head.refusal(error))
                self.close_connection = True
                return False
            source, self.rfile = self.rfile, io.BytesIO(fields)
            try:
                good = super().parse_request()
            finally:
                self.rfile = source
            self.arrival.take_head(self.raw_requestline, fields)
            return good

        def make_environ(self) -> WSGIEnvironment:
            environ = super().make_environ()
            chunked = "HTTP_TRANSFER_ENCODING" in environ
            source = io.BufferedReader(Chunks(self.rfile)) if chunked else self.rfile
            length = None if chunked else int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"] = RequestBody(source, self.arrival, length)
            return environ

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

        def log_error(self, format: str, *args: object) -> None:
            logger.debug(format, *args)

    return Handler
