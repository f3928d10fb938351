"""Green threads of gevent, with its server. The only module that imports gevent."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import gevent
from gevent import monkey

from phloem_server.transport.modes.mode import GRACE_SECONDS, REQUEST_LINE_BYTES, Server
from phloem_server.transport.open_files import waiting_limit
from phloem_server.transport.requests import head
from phloem_server.transport.requests.arrivals import ROOM_SECONDS, SWEEP_SECONDS, Arrivals
from phloem_server.transport.requests.body import Chunks, ChunksMalformed, RequestBody

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

T = TypeVar("T")

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Replaces what blocks in the standard library."""
    monkey.patch_all()


def is_prepared() -> bool:
    """Whether what blocks is replaced."""
    return bool(monkey.is_module_patched("threading"))


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work` in a system thread, while the caller's greenlet waits for its result."""
    return cast("T", gevent.get_hub().threadpool.apply(work))


def start(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    """Serves in a greenlet for each connection."""
    arrivals = Arrivals(waiting_limit())
    sweeper = gevent.spawn(_sweep, arrivals)
    server = _server_class(arrivals)(sock, wsgi_app, log=None, handler_class=_handler_class(arrivals))
    server.start()

    def stop() -> None:
        sweeper.kill()
        server.stop(timeout=GRACE_SECONDS)

    return Server(stop_accepting=server.close, stop=stop)


def _sweep(arrivals: Arrivals) -> None:
    while True:
        gevent.sleep(SWEEP_SECONDS)
        arrivals.sweep()


def _server_class(arrivals: Arrivals) -> Any:
    # Here and below inside: it imports ssl, which has to be patched first.
    from gevent import pywsgi

    pywsgi.MAX_REQUEST_LINE = REQUEST_LINE_BYTES

    class GreenServer(pywsgi.WSGIServer):  # type: ignore[misc]  # it comes without types
        """Accepts no more connections than there is room for."""

        def full(self) -> bool:
            if arrivals.has_room():
                return False
            gevent.spawn_later(ROOM_SECONDS, self._start_accepting_if_started)
            return True

        def do_read(self) -> Any:
            accepted = super().do_read()
            if accepted:
                stream, address = accepted
                # The socket below gevent's: shut down, that one wakes its reader as the other end would.
                arrivals.enter(stream._sock, address)
            return accepted

    return GreenServer


def _handler_class(arrivals: Arrivals) -> Any:
    from gevent.pywsgi import Input, WSGIHandler

    class StrictInput(Input):  # type: ignore[misc]  # as above
        """Reads chunks strictly. Where they are malformed, `on_error` is called."""

        __slots__ = ("chunks", "on_error")

        def _chunked_read(self, length: int | None = None, use_readline: bool = False) -> bytes:
            self._send_100_continue()
            read = self.chunks.readline if use_readline else self.chunks.read
            try:
                return cast("bytes", read(-1 if length is None else length))
            except ChunksMalformed:
                self.on_error()
                raise

    class Handler(WSGIHandler):  # type: ignore[misc]  # as above
        """Reads heads strictly, and tells the target of a request as it was sent.

        Logs neither malformed requests nor clients that disconnect.
        """

        rfile: Any
        wsgi_input: Any

        def handle(self) -> None:
            self.arrival = arrivals.claim(self.socket, self.client_address)
            try:
                with contextlib.suppress(ConnectionError):
                    super().handle()
            finally:
                self.arrival.end()

        def read_requestline(self) -> str:
            if self.requestline is not None:  # not the first
                self.arrival.await_next()
            line = super().read_requestline()
            self.arrival.await_head()
            return cast("str", line)

        def read_request(self, raw_requestline: str) -> bool:
            first = raw_requestline.encode("latin-1")
            fields = head.read(first, self.rfile.readline)
            source, self.rfile = self.rfile, io.BytesIO(fields)
            try:
                good = bool(super().read_request(raw_requestline))
            finally:
                self.rfile = source
            self.arrival.take_head(first, fields)
            return good

        def get_environ(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environ()
            given = self.wsgi_input
            if given.chunked_input:
                self.wsgi_input = StrictInput(self.rfile, None, socket=given.socket, chunked_input=True)
                self.wsgi_input.chunks = io.BufferedReader(Chunks(self.rfile))
                self.wsgi_input.on_error = self._end_connection
            if environ["wsgi.input"] is given:
                length = None if given.chunked_input else given.content_length or 0
                environ["wsgi.input"] = RequestBody(self.wsgi_input, self.arrival, length)
            return {**environ, "RAW_URI": self.path}

        def log_error(self, msg: str, *args: object) -> None:
            logger.debug(msg, *args)

        def _end_connection(self) -> None:
            self.close_connection = True

        def _handle_client_error(self, ex: Exception) -> Any:
            if isinstance(ex, head.HeadMalformed):
                return "400", head.refusal(ex)
            return None if isinstance(ex, OSError) else super()._handle_client_error(ex)

    return Handler
