"""Green threads of eventlet, with its server. The only module that imports eventlet."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import socket
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from phloem_server.transport.modes.mode import (
    ACCEPT_RETRY_SECONDS,
    DETACH,
    GRACE_SECONDS,
    REQUEST_LINE_BYTES,
    STOP_SECONDS,
    Server,
)
from phloem_server.transport.open_files import waiting_limit
from phloem_server.transport.requests import head
from phloem_server.transport.requests.arrivals import IDLE_SECONDS, ROOM_SECONDS, SWEEP_SECONDS, Arrival, Arrivals
from phloem_server.transport.requests.body import Chunks, RequestBody

with warnings.catch_warnings():
    # eventlet announces its retirement at each import. It is confined to this module, so that leaving it is one
    # change; the announcement has nothing to tell the person who starts the server.
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    from eventlet import tpool

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

CONNECTIONS_LIMIT = 1_000_000
"""Connections that are served at once. The library's own limit of 1,024 would stop even the health check; the system
limits them by the number of open files."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Replaces what blocks in the standard library."""
    # From Python 3.14 on the module `warnings` has a lock that eventlet cannot replace, and complains about at each
    # start. Greenlets of one thread pass that lock, so nobody waits for it.
    quiet = contextlib.redirect_stderr(io.StringIO()) if sys.version_info >= (3, 14) else contextlib.nullcontext()
    with quiet:
        eventlet.monkey_patch()


def is_prepared() -> bool:
    """Whether what blocks is replaced."""
    return bool(eventlet.patcher.is_monkey_patched("thread"))


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work` in a system thread, while the caller's greenlet waits for its result."""
    return cast("T", tpool.execute(work))


def start(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    """Serves in a greenlet for each connection."""
    import eventlet.wsgi  # inside: after `prepare`, so that what it brings is patched

    arrivals = Arrivals(waiting_limit())
    listener = Listener(sock, eventlet.sleep, arrivals)
    sweeper = eventlet.spawn(_sweep, arrivals)
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        wsgi_app,
        max_size=CONNECTIONS_LIMIT,
        # It decodes chunked bodies itself. Without this key, Werkzeug takes such a body for empty.
        environ={"wsgi.input_terminated": True},
        protocol=_protocol(arrivals),
        keepalive=IDLE_SECONDS,
        url_length_limit=REQUEST_LINE_BYTES,
        # Ends clients that stop in the middle of reading the response. WebSockets are not concerned: a detached socket
        # has no timeout, and Engine.IO sets that of its own to what a ping may take.
        socket_timeout=IDLE_SECONDS,
        log_output=False,
        debug=False,  # True sends tracebacks to clients
    )
    eventlet.sleep(0)  # lets it begin; a greenlet that has not begun cannot be stopped properly

    def stop() -> None:
        sweeper.kill()
        server.kill(SystemExit)  # the one exception that this server takes for an ordinary end
        with eventlet.Timeout(GRACE_SECONDS, False):
            server.wait()

    return Server(stop_accepting=listener.stop_accepting, stop=stop)


def _sweep(arrivals: Arrivals) -> None:
    while True:
        eventlet.sleep(SWEEP_SECONDS)
        arrivals.sweep()


def _protocol(arrivals: Arrivals) -> type[Any]:
    """The class that reads requests. Made here because its base is imported after `prepare`."""
    import eventlet.wsgi

    class Input(eventlet.wsgi.Input):  # type: ignore[misc]  # it comes without types
        """Reads chunks strictly."""

        def _chunked_read(self, rfile: Any, length: int | None = None, use_readline: bool = False) -> bytes:
            if self.should_send_hundred_continue:
                self.send_hundred_continue_response()
                self.is_hundred_continue_response_sent = True
            if not hasattr(self, "chunks"):
                self.chunks = io.BufferedReader(Chunks(rfile))
            read = self.chunks.readline if use_readline else self.chunks.read
            return read(-1 if length is None else length)

    class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]  # as above
        """Reads heads strictly, bounds the time that a request may take to arrive, and lets its socket be detached."""

        connection: Any
        rfile: Any
        arrival: Arrival

        def setup(self) -> None:
            self.arrival = arrivals.claim(self.request, self.client_address)
            super().setup()

        def finish(self) -> None:
            self.arrival.end()
            try:
                super().finish()
            finally:
                self.rfile.close()  # else it keeps the socket open where what is left could not be written

        def log_message(self, format: str, *args: object) -> None:
            logger.debug(format, *args)  # malformed requests are the client's fault

        def _read_request_line(self) -> bytes:
            if hasattr(self, "raw_requestline"):  # not the first
                self.arrival.await_next()
            line = super()._read_request_line()
            self.arrival.await_head()
            return cast("bytes", line)

        def parse_request(self) -> bool:
            if not self.raw_requestline.strip():
                self.close_connection = 1
                return False
            try:
                fields = head.read(self.raw_requestline, self.rfile.readline)
            except head.HeadMalformed as error:
                self.wfile.write(head.refusal(error))
                self.close_connection = 1
                return False
            self.rfile = io.BytesIO(fields)  # the caller restores it
            self.arrival.take_head(self.raw_requestline, fields)
            return bool(super().parse_request())

        def get_environ(self) -> dict[str, Any]:
            environ = super().get_environ()
            source = environ["eventlet.input"]
            if source.chunked_input:
                source = Input(
                    self.rfile,
                    None,
                    self.connection,
                    wfile=source.wfile,
                    wfile_line=source.wfile_line,
                    chunked_input=True,
                )
            body = RequestBody(source, self.arrival, None if source.chunked_input else source.content_length)
            return {**environ, "eventlet.input": source, "wsgi.input": body, DETACH: self._detach}

        def _detach(self) -> Any:
            stream = self.connection
            # The server closes what it finds in these places when the request ends.
            self.conn_state[1] = self.connection = self.request = _DetachedSocket()
            stream.settimeout(None)
            eventlet.wsgi.WSGI_LOCAL.already_handled = True
            return stream

    return Protocol


class _DetachedSocket:
    """Takes the place of a socket that was detached from its request."""

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class Listener:
    """The listening socket as eventlet's server gets it.

    That server ends for good at the first error of `accept`, though some of them pass: too many open files, or a
    client that disconnected before it was accepted. It accepts no more connections than `arrivals` have room for.
    `sleep` waits for a number of seconds.
    """

    def __init__(self, sock: socket.socket, sleep: Callable[[float], object], arrivals: Arrivals) -> None:
        self._sock = sock
        self._sleep = sleep
        self._arrivals = arrivals
        self._stopped = False

    def stop_accepting(self) -> None:
        """Refuses all further connections. The server keeps running: without it, open connections would end."""
        self._stopped = True
        with contextlib.suppress(OSError):  # not every system can shut down a listening socket
            self._sock.shutdown(socket.SHUT_RDWR)

    def accept(self) -> Any:
        """The next connection and its address. OSError once the socket is closed."""
        while True:
            while not self._stopped and not self._arrivals.has_room():
                self._sleep(ROOM_SECONDS)
            try:
                stream, address = self._sock.accept()
            except OSError as error:
                if self._stopped:
                    self._sleep(2 * STOP_SECONDS)
                    continue
                if error.errno in (errno.EBADF, errno.EINVAL):  # closed
                    raise
                if error.errno != errno.ECONNABORTED:
                    logger.warning("No connection can be accepted for now: %s", error)
                self._sleep(ACCEPT_RETRY_SECONDS)
            else:
                self._arrivals.enter(stream, address)
                return stream, address

    @property
    def family(self) -> int:
        """The address family, for the server."""
        return self._sock.family

    def getsockname(self) -> Any:
        """The address, for the server."""
        return self._sock.getsockname()

    def close(self) -> None:
        """Closes the socket."""
        self._sock.close()
