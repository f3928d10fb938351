"""Green threads of eventlet, with its server. The only module that imports eventlet."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from phloem_server.transport.modes.mode import ACCEPT_RETRY_SECONDS, DETACH, GRACE_SECONDS, STOP_SECONDS, Server

with warnings.catch_warnings():
    # eventlet announces its retirement at each import. It is confined to this module, so that leaving it is one
    # change; the announcement has nothing to tell the person who starts the server.
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    from eventlet import tpool

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

KEEPALIVE_SECONDS = 75
"""How long a connection may idle between two requests, and in the middle of one."""

CONNECTIONS_LIMIT = 1_000_000
"""Connections that are served at once. The library's own limit of 1,024 would stop even the health check; the system
limits them by the number of open files."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


def prepare() -> None:
    """Replaces what blocks in the standard library."""
    eventlet.monkey_patch()


def run_in_thread(work: Callable[[], T]) -> T:
    """Calls `work` in a system thread, while the caller's greenlet waits for its result."""
    return cast("T", tpool.execute(work))


def start(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    """Serves in a greenlet for each connection."""
    import eventlet.wsgi  # inside: after `prepare`, so that what it brings is patched

    listener = Listener(sock, eventlet.sleep)
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        wsgi_app,
        max_size=CONNECTIONS_LIMIT,
        # It decodes chunked bodies itself. Without this key, Werkzeug takes such a body for empty.
        environ={"wsgi.input_terminated": True},
        protocol=_protocol(),
        keepalive=KEEPALIVE_SECONDS,
        # Ends clients that stop in the middle of a request or of reading the response. WebSockets are not concerned:
        # a detached socket has no timeout, and Engine.IO sets that of its own to what a ping may take.
        socket_timeout=KEEPALIVE_SECONDS,
        log_output=False,
        debug=False,  # True sends tracebacks to clients
    )
    eventlet.sleep(0)  # lets it begin; a greenlet that has not begun cannot be stopped properly

    def stop() -> None:
        server.kill(SystemExit)  # the one exception that this server takes for an ordinary end
        with eventlet.Timeout(GRACE_SECONDS, False):
            server.wait()

    return Server(stop_accepting=listener.stop_accepting, stop=stop)


def _protocol() -> type[Any]:
    """The class that reads requests. Made here because its base is imported after `prepare`."""
    import eventlet.wsgi

    class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]  # it comes without types
        """Bounds the time that a request may take to arrive, and lets its socket be detached."""

        connection: Any

        def log_message(self, format: str, *args: object) -> None:
            logger.debug(format, *args)  # malformed requests are the client's fault

        def _read_request_line(self) -> bytes:
            with self._deadline():
                return cast("bytes", super()._read_request_line())

        def parse_request(self) -> bool:
            with self._deadline():
                return bool(super().parse_request())

        def _deadline(self) -> Any:
            """Bounds the whole, not the pause between two bytes: a client that sends drop by drop is ended too."""
            return eventlet.Timeout(KEEPALIVE_SECONDS, TimeoutError("half a request"))

        def get_environ(self) -> dict[str, Any]:
            environ = super().get_environ()
            return {**environ, "wsgi.input": RequestBody(environ["wsgi.input"]), DETACH: self._detach}

        def _detach(self) -> Any:
            stream = self.connection
            # The server closes what it finds in these places when the request ends.
            self.conn_state[1] = self.connection = self.request = _DetachedSocket()
            stream.settimeout(None)
            eventlet.wsgi.WSGI_LOCAL.already_handled = True
            return stream

    return Protocol


class RequestBody:
    """The body of a request, in which a client that stops sending is a ClientDisconnected and no server error."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def read(self, *size: int) -> bytes:
        """The next bytes, as `read` of a file gives them."""
        from werkzeug.exceptions import ClientDisconnected  # inside: Werkzeug is imported after `prepare`

        try:
            return cast("bytes", self._source.read(*size))
        except OSError as error:
            raise ClientDisconnected from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class _DetachedSocket:
    """Takes the place of a socket that was detached from its request."""

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class Listener:
    """The listening socket as eventlet's server gets it.

    That server ends for good at the first error of `accept`, though some of them pass: too many open files, or a
    client that disconnected before it was accepted. `sleep` waits for a number of seconds.
    """

    def __init__(self, sock: socket.socket, sleep: Callable[[float], object]) -> None:
        self._sock = sock
        self._sleep = sleep
        self._stopped = False

    def stop_accepting(self) -> None:
        """Refuses all further connections. The server keeps running: without it, open connections would end."""
        self._stopped = True
        with contextlib.suppress(OSError):  # not every system can shut down a listening socket
            self._sock.shutdown(socket.SHUT_RDWR)

    def accept(self) -> Any:
        """The next connection and its address. OSError once the socket is closed."""
        while True:
            try:
                return self._sock.accept()
            except OSError as error:
                if self._stopped:
                    self._sleep(2 * STOP_SECONDS)
                    continue
                if error.errno in (errno.EBADF, errno.EINVAL):  # closed
                    raise
                if error.errno != errno.ECONNABORTED:
                    logger.warning("No connection can be accepted for now: %s", error)
                self._sleep(ACCEPT_RETRY_SECONDS)

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
