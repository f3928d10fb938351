"""WebSockets that the library opens, bounded, and written to beside the library's own writer where that is possible."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from phloem_server.transport.engineio.drivers import driver_of, is_taken
from phloem_server.transport.engineio.limits import bounded, is_of_eventlet, stream_of
from phloem_server.transport.engineio.log import DebugStream
from phloem_server.transport.engineio.outbox import Writer
from phloem_server.transport.engineio.tcp import shut, tune
from phloem_server.transport.rfc6455 import VERSIONS

logger = logging.getLogger(__name__)


class SharedWebSocket(Writer):
    """An open WebSocket of eventlet, which the library writes to as well.

    All writers are greenlets of one thread, so no other writer can come between checking `free` and calling `write`.
    A frame that the socket took only in part is completed under the lock for which the library's own writer waits.
    """

    __slots__ = ("_completing", "_engine", "_lock", "_on_free", "_queue", "_session", "_stream", "_write")

    def __init__(self, engine: Any, session: Any, ws: Any, on_free: Callable[[], None]) -> None:
        self._engine = engine
        self._session = session
        self._queue = session.queue
        self._lock = ws._sendlock
        self._stream = ws.socket
        self._write = ws.socket.fd.send
        self._on_free = on_free
        self._completing = False
        tune(ws.socket)

    @property
    def blocked(self) -> bool:
        """Whether a greenlet waits for the socket to take more."""
        return self._completing or bool(self._lock.locked())

    @property
    def free(self) -> bool:
        """Whether nothing else has to be written first, so that `write` may be called."""
        return not self.blocked and bool(self._session.upgraded) and bool(self._queue.empty())

    def cut(self) -> None:
        """Ends the connection at once, whatever is still to be written."""
        shut(self._stream)

    def _wait(self, rest: memoryview) -> None:
        self._completing = True
        self._lock.acquire(blocking=False)
        self._engine.start_background_task(self._complete, rest)

    def _complete(self, rest: memoryview) -> None:
        try:
            self._stream.sendall(rest)
        except OSError:  # ended, or stalled for longer than a ping may take: half a frame is of no use to the client
            self.cut()
        finally:
            self._lock.release()
        self._engine.sleep(0)  # a writer that waits for the lock writes first
        self._completing = False
        self._on_free()


class WebSockets:
    """Opens the library's WebSockets: `open` takes the place of Engine.IO's own class.

    They are bounded, and not compressed: each client would need a compressor of its own (some 200 KB), and a frame
    could not be encoded once for all. With `shared`, which needs eventlet, they can be found in `shared` by session.
    """

    def __init__(self, engine: Any, on_free: Callable[[], None], *, shared: bool) -> None:
        self._engine = engine
        self._driver = driver_of(engine)
        self._on_free = on_free
        self._is_shared = shared
        self._streams: dict[str, Any] = {}
        self.shared: dict[str, SharedWebSocket] = {}

    def open(self, handler: Any, engine: Any) -> Callable[..., Any]:
        """The WSGI application that opens a WebSocket and runs `handler`, a bound method of its session, with it."""
        session = handler.__self__
        answer = self._driver(bounded(self._registered(handler), session), engine)
        if isinstance(options := getattr(answer, "server_args", None), dict):  # of simple-websocket
            options["max_message_size"] = engine.max_http_buffer_size

        def opened(environ: dict[str, Any], start_response: Any) -> Any:
            environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
            if is_taken(environ):
                session.close(wait=False, abort=True)
                return []
            environ["wsgi.errors"] = DebugStream(logger)
            if environ.get("HTTP_SEC_WEBSOCKET_VERSION") not in VERSIONS:  # drafts, one of which has no limits
                session.close(wait=False, abort=True)
                start_response("426 Upgrade Required", [("Sec-WebSocket-Version", ", ".join(VERSIONS))])
                return []
            try:
                return answer(environ, start_response)
            finally:
                if not session.connected:  # no WebSocket came of it, so nothing else would end the session
                    session.close(wait=False, abort=True)
                elif session.closed:  # after the exception by which simple-websocket leaves, the library would keep it
                    self._engine.sockets.pop(session.sid, None)

        return opened

    def cut(self) -> list[str]:
        """Ends all connections. Returns the ids of their sessions, each of which ends when its reader finds out.

        Nothing else may end such a session: with eventlet, its writer would close the socket while its reader waits
        for it, and the reader would never be woken.
        """
        for stream in list(self._streams.values()):
            shut(stream)
        return list(self._streams)

    def _registered(self, handler: Any) -> Callable[[Any], Any]:
        session = handler.__self__

        def handle(ws: Any) -> Any:
            self._streams[session.sid] = stream_of(ws)
            if self._is_shared:
                self.shared[session.sid] = SharedWebSocket(self._engine, session, ws, self._on_free)
            try:
                return handler(ws)
            finally:
                self.shared.pop(session.sid, None)
                stream = self._streams.pop(session.sid)
                if not is_of_eventlet(ws):  # the server would wait for another request on this connection
                    shut(stream)

        return handle
