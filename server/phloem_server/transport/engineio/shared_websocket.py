"""The WebSockets of viewers, written to without Engine.IO's queue.

The only module that uses private names of Engine.IO and eventlet. `rehearse` tries each of them on a connection to
itself, so a version that changed one is found at start and by name, not by viewers who receive half a frame.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

from engineio.socket import Socket

from phloem_server.transport.engineio.direct_session import PONG, DirectSession, DirectSessions, Writer, tune
from phloem_server.transport.engineio.limits import bounded, flooded, shut
from phloem_server.transport.modes.mode import DETACH
from phloem_server.transport.rfc6455 import websocket_frame

_VERSIONS = (8, 13)  # of the handshake; both are RFC 6455. An older one has other frames.
_OFFERED = tuple(map(str, _VERSIONS))

logger = logging.getLogger("phloem.fanout")


class Changed(Exception):
    """A private name is not what it was. The text is that name."""


class Link(Writer):
    """One open WebSocket.

    Its writers are greenlets of one thread, so between looking whether it is free and writing nobody comes in
    between. A frame that went out only in part is completed under the lock for which the library's own writer waits.
    """

    __slots__ = ("_busy", "_engine", "_lock", "_on_free", "_queue", "_session", "_stream", "_write")

    def __init__(self, engine: Any, session: Any, ws: Any, on_free: Callable[[], None]) -> None:
        self._engine = engine
        self._session = session
        self._queue = session.queue
        self._lock = ws._sendlock
        self._stream = ws.socket
        self._write = ws.socket.fd.send
        self._on_free = on_free
        self._busy = False
        tune(ws.socket)

    @property
    def blocked(self) -> bool:
        """Whether somebody waits for the socket to take more."""
        return self._busy or bool(self._lock.locked())

    @property
    def free(self) -> bool:
        """Whether nothing else is to be written first, so that `write` may be called."""
        return not self.blocked and bool(self._session.upgraded) and bool(self._queue.empty())

    def cut(self) -> None:
        """Ends the connection at once, whatever is still to be written."""
        shut(self._stream)

    def _wait(self, rest: memoryview) -> None:
        self._busy = True
        self._lock.acquire(blocking=False)
        self._engine.start_background_task(self._complete, rest)

    def _complete(self, rest: memoryview) -> None:
        try:
            self._stream.sendall(rest)
        except OSError:  # gone, or stalled for longer than a ping may take; half a frame is no use to anybody
            self.cut()
        finally:
            self._lock.release()
        self._engine.sleep(0)  # whoever waited for the lock writes first
        self._busy = False
        self._on_free()


class Links:
    """The links of one Engine.IO server, by session id. Only eventlet has any.

    From the moment it is made, new WebSockets of the server do not compress: each viewer would need a compressor of
    his own (some 200 KB), and the same frame could not be sent to all.
    """

    def __init__(self, engine: Any, on_free: Callable[[], None], *, direct: bool) -> None:
        """Raises Changed if `direct` and the libraries are not those it was written for."""
        self._engine = engine
        self._on_free = on_free
        self._open: dict[str, Link] = {}
        engine.handle_request = _forgiving(engine)
        driver = engine._async.get("websocket")
        if direct:
            rehearse(engine)
            rehearse_direct(engine, DirectSessions(engine, on_free))
        if driver is None:  # this mode knows long-polling only
            return

        def websocket(handler: Any, server: Any) -> Callable[..., Any]:
            session = handler.__self__
            answer = driver(bounded(self._linked(handler) if direct else handler, session), server)
            if isinstance(options := getattr(answer, "server_args", None), dict):  # of simple-websocket
                options["max_message_size"] = server.max_http_buffer_size

            def uncompressed(environ: dict[str, Any], start_response: Any) -> Any:
                environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
                environ["wsgi.errors"] = _Errors()
                if environ.get("HTTP_SEC_WEBSOCKET_VERSION") not in _OFFERED:  # drafts, one of which has no limits
                    session.close(wait=False, abort=True)
                    start_response("426 Upgrade Required", [("Sec-WebSocket-Version", ", ".join(_OFFERED))])
                    return []
                try:
                    return answer(environ, start_response)
                finally:
                    if not session.connected:  # no WebSocket came of it; nobody would ever end the session
                        session.close(wait=False, abort=True)

            return uncompressed

        engine._async = {**engine._async, "websocket": websocket}

    def get(self, session_id: str) -> Link | DirectSession | None:
        """What to write to for a session; None if there is nothing, as with long-polling."""
        session = self._engine.sockets.get(session_id)
        return session if isinstance(session, DirectSession) else self._open.get(session_id)

    def _linked(self, handler: Any) -> Callable[[Any], Any]:
        session = handler.__self__

        def handle(ws: Any) -> Any:
            self._open[session.sid] = Link(self._engine, session, ws, self._on_free)
            try:
                return handler(ws)
            finally:
                del self._open[session.sid]

        return handle


def _forgiving(engine: Any) -> Callable[..., Any]:
    """The library's handler of requests, which raises where somebody goes on with a session that has just ended.

    Who polls, and asks on and on without fetching the answers, is ended before: the library would keep them all.
    """
    library = engine.handle_request

    def handle_request(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("REQUEST_METHOD") == "POST":
            asked = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])
            session = engine.sockets.get(asked[0])
            if session is not None and flooded(session):
                session.close(wait=False, abort=True)
        try:
            return library(environ, start_response)
        except KeyError as error:
            if error.args != ("Session is disconnected",):
                raise
            refusal = engine._bad_request("Invalid session")
            start_response(refusal["status"], refusal["headers"])
            return [refusal["response"]]

    return handle_request


class _Errors:
    """What eventlet has to say of connections that ended badly; there, that is nothing special."""

    def write(self, text: str) -> None:
        logger.debug("%s", text)


def rehearse(engine: Any) -> None:
    """Opens a WebSocket to itself the way viewers do and tries all that a link needs. Changed says what is missing."""
    session = _pin("engineio.Socket(server, sid)", lambda: Socket(engine, "rehearsal"))
    handler = _pin("engineio.Socket._upgrade_websocket", lambda: _handler_of(session, engine))
    _pin("engineio.Socket._websocket_handler", lambda: handler.__self__ is session)
    _pin("engineio.Socket.upgraded", lambda: session.upgraded is False)
    _pin("engineio.Socket.queue", lambda: session.queue.empty() and session.queue.qsize() == 0)
    _pin("engineio.Server.sockets", lambda: "rehearsal" not in engine.sockets)
    opened: list[Any] = []
    ours, theirs = socket.socketpair()
    with contextlib.closing(ours), contextlib.closing(theirs):
        theirs.settimeout(1)

        def handle(ws: Any) -> None:
            opened.append(ws)
            _try(engine, session, ws, theirs)

        def connect() -> bool:
            _connect(engine, ours, handle)
            return bool(opened)

        _pin("engineio.Server._async['websocket']", connect)


def rehearse_direct(engine: Any, sessions: DirectSessions) -> None:
    """The same for one that begins as a WebSocket, from the request to the end. If it fails, all is as before."""
    heard: list[str] = []

    def echo(session_id: str, text: str) -> None:
        heard.append(text)
        engine.send(session_id, text)

    library, engine.handlers = engine.handlers, {"message": echo, "disconnect": lambda *_: heard.append("end")}
    ours, theirs = socket.socketpair()
    environ = {**_asked(), "REQUEST_METHOD": "GET", "QUERY_STRING": "EIO=4&transport=websocket", DETACH: lambda: ours}
    with contextlib.closing(ours), contextlib.closing(theirs):
        theirs.settimeout(1)
        try:
            sessions.install()
            _pin("engineio.Server._handle_connect", lambda: engine.handle_request(environ, lambda *_: None) == [])
            _pin("engineio.Server.handle_request", lambda: b'0{"sid":"' in theirs.recv(4096))
            theirs.sendall(_masked(0x81, b"4hello"))
            _pin("engineio.Server._trigger_event", lambda: theirs.recv(4096) == websocket_frame("4hello"))
            theirs.sendall(_masked(0x81, b"5"))
            _pin("engineio.Socket.receive", lambda: theirs.recv(4096) == websocket_frame("6"))
            theirs.sendall(_masked(0x88, b""))
            _pin("engineio.Socket.close", lambda: theirs.recv(4096) == b"\x88\x00" and theirs.recv(4096) == b"")
            _pin("engineio.Server.handlers", lambda: heard == ["hello", "end"])
            _pin("engineio.Server.sockets", lambda: not engine.sockets)
        except Changed:
            sessions.uninstall()
            for session in list(engine.sockets.values()):
                session.cut()
            engine.sleep(0.01)  # until it has noticed
            raise
        finally:
            engine.handlers = library


def _masked(first: int, payload: bytes) -> bytes:
    return bytes((first, 0x80 | len(payload))) + bytes(4) + payload


def _try(engine: Any, session: Any, ws: Any, peer: socket.socket) -> None:
    """Writes to `ws` in turn with the library. `peer` is the other end."""
    _pin("eventlet.websocket.WebSocket.version", lambda: ws.version in _VERSIONS)
    _pin("eventlet.greenio.GreenSocket.fd", lambda: ws.socket.fd.gettimeout() == 0)
    _pin("eventlet.websocket.WebSocket._sendlock", lambda: _locks(ws._sendlock))
    frame = websocket_frame("4rehearsal")
    peer.recv(4096)  # the handshake

    def library_waits() -> bool:
        ws._sendlock.acquire(blocking=False)
        engine.start_background_task(ws.send, "4rehearsal")
        engine.sleep(0)
        first = Link(engine, session, ws, lambda: None).write(PONG)
        ws._sendlock.release()
        return first and peer.recv(len(PONG)) == PONG and peer.recv(4096) == frame

    _pin("eventlet.websocket.WebSocket.send", library_waits)


def _pin(name: str, holds: Callable[[], Any]) -> Any:
    try:
        value = holds()
    except Changed:
        raise
    except Exception as error:  # whatever became of the name, it is not what it was
        raise Changed(name) from error
    if not value:
        raise Changed(name)
    return value


def _handler_of(session: Any, engine: Any) -> Any:
    """The handler with which Engine.IO opens a WebSocket for `session`."""
    given: list[Any] = []

    def note(handler: Any, _: Any) -> Callable[..., None]:
        given.append(handler)
        return lambda *_: None

    before, engine._async = engine._async, {**engine._async, "websocket": note}
    try:
        session._upgrade_websocket({}, None)
    finally:
        engine._async = before
    return given[0]


def _asked() -> dict[str, Any]:
    """What a request for a WebSocket brings."""
    return {
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_UPGRADE": "websocket",
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_SEC_WEBSOCKET_KEY": "cmVoZWFyc2FsIG9mIGEga2V5",
    }


def _connect(engine: Any, stream: Any, handler: Callable[[Any], None]) -> None:
    environ = {**_asked(), "eventlet.input": SimpleNamespace(get_socket=lambda: stream)}
    engine._async["websocket"](handler, engine)(environ, lambda *_: None)


def _locks(lock: Any) -> bool:
    seen = [lock.locked(), lock.acquire(blocking=False), lock.locked()]
    lock.release()
    return [*seen, lock.locked()] == [False, True, True, False]
