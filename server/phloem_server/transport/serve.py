"""Listening and serving, in each asynchronous mode. The only module that imports eventlet and gevent.

Both are imported inside the functions that need them: eventlet and gevent replace parts of the standard library,
which must happen first of all and only where they were chosen.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from phloem.errors import PhloemError

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

MODES = ("eventlet", "threading", "gevent")
"""The asynchronous modes; the first is the default."""

BACKLOG = 4096
"""Connections that may wait to be accepted: with 50, a storm of 1,000 reconnects took 14.6 s instead of 0.9 s."""

PATIENCE = 1.8
"""Seconds that a stop may take in all; then the process ends as it is, with status 0."""

DETACH = "phloem.detach"
"""Name in a request's environment of a function that gives its socket away: HTTP has no more to do with it, and all
that belongs to the request can go. The application answers with nothing then. Only eventlet's server has it."""

_KEEPALIVE = 75  # seconds that a connection may idle between two requests, and in the middle of one
_RESERVED = 128  # files beside the viewers' connections: Redis, logs, uploads, who asks whether the process lives
_GRACE = 1.0  # seconds for answers that are under way at a stop
_PAUSE = 0.1  # seconds before connections are accepted again after that failed

logger = logging.getLogger("phloem.server")

T = TypeVar("T")

_prepared = ""


@dataclass(frozen=True, kw_only=True)
class Server:
    """One that serves. After `hang_up` nobody new gets in, and who is in is still served; `stop` ends it."""

    hang_up: Callable[[], None]
    stop: Callable[[], None]


class CannotListen(PhloemError):
    """The address cannot be listened on. Its text is the one line to print before exit status 2."""

    code = "address_unavailable"


def prepare(mode: str) -> None:
    """Makes the standard library fit `mode`. Call it before anything else is imported; unknown modes do nothing."""
    global _prepared
    _prepared = mode
    if mode == "eventlet":
        with warnings.catch_warnings():
            # eventlet announces its retirement at each import. It is confined to this module, so that leaving it
            # is one change; the announcement has nothing to tell the person who starts the server.
            warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
            import eventlet
        eventlet.monkey_patch()
    elif mode == "gevent":
        from gevent import monkey

        monkey.patch_all()


def aside(work: Callable[[], T]) -> T:
    """Does what waits for a disk in a real thread, so that everybody else is served meanwhile. Gives its result."""
    if _prepared == "eventlet":
        from eventlet import tpool

        return cast("T", tpool.execute(work))
    if _prepared == "gevent":
        import gevent

        return cast("T", gevent.get_hub().threadpool.apply(work))
    return work()


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket. CannotListen says in one line what is wrong with the address.

    `shared` lets other processes that say the same listen there, too; the system gives each new connection to one of
    them. Only on demand: else a second server would go unnoticed and take half of the connections.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(f"HOST is {host!r}, which is no address of this machine ({error.strerror})") from error
    # localhost is often ::1 as well; people then open 127.0.0.1.
    family, kind, protocol, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            if not hasattr(socket, "SO_REUSEPORT"):
                raise CannotListen(f"cannot listen at {place}: processes cannot share a port on this system")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            reason = "another program listens there already; stop it, or choose another PORT"
            if shared:
                reason += " (it shares the port only if it was started with PHLOEM_SHARE_PORT=1, too)"
        elif error.errno == errno.EACCES:
            reason = "this user may not use that port; choose a PORT from 1024 up"
        elif error.errno == errno.EADDRNOTAVAIL:
            reason = "HOST is no address of this machine"
        else:
            reason = error.strerror or str(error)
        raise CannotListen(f"cannot listen at {place}: {reason}") from error
    return sock


def serve(
    sock: socket.socket,
    wsgi_app: WSGIApplication,
    mode: str,
    *,
    on_start: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Serves until SIGTERM or SIGINT comes, then returns within PATIENCE seconds, or ends the process with status 0.

    `on_start` is called once connections are accepted; `on_stop` once none is accepted any more, and before those
    that are left are ended.
    """
    start = {"eventlet": _start_eventlet, "threading": _start_threading, "gevent": _start_gevent}[mode]
    with _until_signalled() as wait:
        server = start(sock, wsgi_app)
        on_start()
        wait()
        server.hang_up()
        on_stop()
        server.stop()


@contextlib.contextmanager
def _until_signalled() -> Iterator[Callable[[], None]]:
    """Gives a function that waits for a signal to stop. After it, time for stopping runs."""
    # The interpreter itself writes to this pair when a signal comes: it wakes whatever loop there is, and nothing
    # of ours runs in the middle of it.
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, lambda *_: None) for each in signals]
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)

    def wait() -> None:
        while not set(reader.recv(64)) & {int(each) for each in signals}:
            pass
        signal.signal(signal.SIGALRM, _end)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        for each in signals:  # who asks again does not want to wait
            signal.signal(each, _end)

    try:
        yield wait
    finally:
        # While the interpreter ends, a signal does what it does by default, and this one would kill.
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.set_wakeup_fd(wakeup)
        for each, handler in zip(signals, before, strict=True):
            if signal.getsignal(each) is not _end:
                signal.signal(each, handler)
        reader.close()
        writer.close()


def _end(*_: object) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)


def _start_eventlet(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    import eventlet
    import eventlet.wsgi

    class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]  # it comes without types
        """Says nothing of requests that are none: that is the client's fault and not for our log."""

        connection: Any

        def log_message(self, format: str, *args: object) -> None:
            logger.debug(format, *args)

        def _read_request_line(self) -> bytes:
            with self._deadline():
                return cast("bytes", super()._read_request_line())

        def parse_request(self) -> bool:
            with self._deadline():
                return bool(super().parse_request())

        def _deadline(self) -> Any:
            """For what has to be whole by then, not only to go on: else each connection could be held by a drip."""
            return eventlet.Timeout(_KEEPALIVE, TimeoutError("half a request"))

        def get_environ(self) -> dict[str, Any]:
            environ = super().get_environ()
            return {**environ, "wsgi.input": _Body(environ["wsgi.input"]), DETACH: self._detach}

        def _detach(self) -> Any:
            stream = self.connection
            # What the server closes at the end of a connection is what it finds in these places.
            self.conn_state[1] = self.connection = self.request = _Nothing()
            stream.settimeout(None)
            eventlet.wsgi.WSGI_LOCAL.already_handled = True
            return stream

    listener = _Listener(sock, eventlet.sleep)
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        wsgi_app,
        # Its own limit of 1,024 would stop even the health check; files are limited by the system.
        max_size=1_000_000,
        # It ends a chunked body itself. Said so, Werkzeug reads it instead of taking it for empty.
        environ={"wsgi.input_terminated": True},
        protocol=Protocol,
        keepalive=_KEEPALIVE,
        # Ends who stops in the middle of a request or of taking the answer. WebSockets have their own: what was given
        # away has none, and Engine.IO sets the library's to what a ping may take.
        socket_timeout=_KEEPALIVE,
        log_output=False,
        debug=False,  # True sends tracebacks to clients
    )
    eventlet.sleep(0)  # lets it begin; what has not begun cannot be stopped properly

    def stop() -> None:
        server.kill(SystemExit)  # the one way out that this server takes for an ordinary end
        with eventlet.Timeout(_GRACE, False):
            server.wait()

    return Server(hang_up=listener.hang_up, stop=stop)


def _start_threading(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        """Says nothing of single requests, nor of those that are none."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

        def log_error(self, format: str, *args: object) -> None:
            logger.debug(format, *args)

    host, port = sock.getsockname()[:2]
    server = make_server(host, port, wsgi_app, threaded=True, request_handler=Handler, fd=sock.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(_PAUSE,), name="phloem-http", daemon=True)
    thread.start()

    def hang_up() -> None:
        server.shutdown()
        thread.join(_GRACE)
        server.socket.close()  # a duplicate
        sock.close()

    return Server(hang_up=hang_up, stop=lambda: None)


def _start_gevent(sock: socket.socket, wsgi_app: WSGIApplication) -> Server:
    from gevent.pywsgi import WSGIHandler, WSGIServer

    class Handler(WSGIHandler):  # type: ignore[misc]  # it comes without types
        """Says nothing of requests that are none, nor of clients that left."""

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_error(self, msg: str, *args: object) -> None:
            logger.debug(msg, *args)

        def _handle_client_error(self, ex: Exception) -> Any:
            return None if isinstance(ex, OSError) else super()._handle_client_error(ex)

    server = WSGIServer(sock, wsgi_app, log=None, handler_class=Handler)
    server.start()

    return Server(hang_up=server.close, stop=lambda: server.stop(timeout=_GRACE))


class _Body:
    """What a request brings. Who stops in the middle of it has left, which is no error of ours."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def read(self, *size: int) -> bytes:
        from werkzeug.exceptions import ClientDisconnected

        try:
            return cast("bytes", self._source.read(*size))
        except OSError as error:
            raise ClientDisconnected from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class _Nothing:
    """Stands where a socket was."""

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class _Listener:
    """The listening socket, for eventlet's server, which would end for good at the first error of `accept`.

    There are such that pass: too many open files, a client that left before it was let in.
    """

    def __init__(self, sock: socket.socket, sleep: Callable[[float], object]) -> None:
        self._sock = sock
        self._sleep = sleep
        self._hung_up = False

    def hang_up(self) -> None:
        """Refuses everybody from now on. The server goes on until it is ended; it would let go of who is in."""
        self._hung_up = True
        with contextlib.suppress(OSError):  # not every system ends a socket that listens
            self._sock.shutdown(socket.SHUT_RDWR)

    def accept(self) -> Any:
        while True:
            try:
                return self._sock.accept()
            except OSError as error:
                if self._hung_up:
                    self._sleep(2 * PATIENCE)
                    continue
                if error.errno in (errno.EBADF, errno.EINVAL):  # closed: the end
                    raise
                if error.errno != errno.ECONNABORTED:
                    logger.warning("No connection can be accepted for now: %s", error)
                self._sleep(_PAUSE)

    @property
    def family(self) -> int:
        return self._sock.family

    def getsockname(self) -> Any:
        return self._sock.getsockname()

    def close(self) -> None:
        self._sock.close()


def places(wanted: int) -> int:
    """How many of so many viewers this process can have: each is an open file. It may open as many as it can."""
    try:
        import resource
    except ImportError:  # not on this system
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses its own "unlimited"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - _RESERVED))
