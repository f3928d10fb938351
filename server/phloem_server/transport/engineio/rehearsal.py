"""Tries every private name of Engine.IO and eventlet that direct writing needs, on a connection to itself.

So a version of a library that changed one is found at start and by name, and not by clients that receive half a frame.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from engineio.socket import Socket

from phloem_server.transport.engineio.direct_session import DirectSessions
from phloem_server.transport.engineio.limits import unmasked
from phloem_server.transport.engineio.outbox import PONG
from phloem_server.transport.engineio.shared_websocket import SharedWebSocket
from phloem_server.transport.modes.mode import DETACH
from phloem_server.transport.rfc6455 import VERSIONS, websocket_frame

_UPGRADE_ENVIRON = {
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_UPGRADE": "websocket",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "cmVoZWFyc2FsIG9mIGEga2V5",
}
PEER_SECONDS = 1.0
"""How long the other end waits for what it is to receive."""

_RECEIVED_BYTES = 4096  # more than any of the answers


class LibraryChanged(Exception):
    """A private name of a library is not what it was. The text is that name."""


def rehearse_shared(engine: Any) -> None:
    """Opens a WebSocket to itself as clients do, and tries what SharedWebSocket needs. Raises LibraryChanged."""
    session = _pin("engineio.Socket(server, sid)", lambda: Socket(engine, "rehearsal"))
    handler = _pin("engineio.Socket._upgrade_websocket", lambda: _handler_of(session, engine))
    _pin("engineio.Socket._websocket_handler", lambda: handler.__self__ is session)
    _pin("engineio.Socket.upgraded", lambda: session.upgraded is False)
    _pin("engineio.Socket.queue", lambda: session.queue.empty() and session.queue.qsize() == 0)
    _pin("engineio.Server.sockets", lambda: "rehearsal" not in engine.sockets)
    _pin("engineio.Server._bad_request", lambda: {"status", "headers", "response"} <= engine._bad_request("x").keys())
    opened: list[Any] = []
    ours, theirs = socket.socketpair()
    with contextlib.closing(ours), contextlib.closing(theirs):
        theirs.settimeout(PEER_SECONDS)

        def handle(ws: Any) -> None:
            opened.append(ws)
            _try_websocket(engine, session, ws, theirs)

        def connect() -> bool:
            environ = {**_UPGRADE_ENVIRON, "eventlet.input": SimpleNamespace(get_socket=lambda: ours)}
            engine._async["websocket"](handle, engine)(environ, lambda *_: None)
            return bool(opened)

        _pin("engineio.Server._async['websocket']", connect)


def rehearse_direct(engine: Any, sessions: DirectSessions) -> None:
    """Installs `sessions` and takes a direct session from the request to its end.

    Raises LibraryChanged, with `sessions` uninstalled.
    """
    received: list[str] = []

    def echo(session_id: str, text: str) -> None:
        received.append(text)
        engine.send(session_id, text)

    handlers, engine.handlers = engine.handlers, {"message": echo, "disconnect": lambda *_: received.append("end")}
    ours, theirs = socket.socketpair()
    environ = {
        **_UPGRADE_ENVIRON,
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": "EIO=4&transport=websocket",
        DETACH: lambda: ours,
    }

    def peer_receives() -> bytes:
        return theirs.recv(_RECEIVED_BYTES)

    with contextlib.closing(ours), contextlib.closing(theirs):
        theirs.settimeout(PEER_SECONDS)
        try:
            _pin("engineio.Server._handle_connect", lambda: callable(engine._handle_connect))
            sessions.install()
            _pin("engineio.Server._handle_connect", lambda: engine.handle_request(environ, lambda *_: None) == [])
            _pin("engineio.Server.handle_request", lambda: b'0{"sid":"' in peer_receives())
            theirs.sendall(_client_frame(0x81, b"4hello"))
            _pin("engineio.Server._trigger_event", lambda: peer_receives() == websocket_frame("4hello"))
            theirs.sendall(_client_frame(0x81, b"5"))
            _pin("engineio.Socket.receive", lambda: peer_receives() == websocket_frame("6"))
            theirs.sendall(_client_frame(0x88, b""))
            _pin("engineio.Socket.close", lambda: peer_receives() == b"\x88\x00" and peer_receives() == b"")
            _pin("engineio.Server.handlers", lambda: received == ["hello", "end"])
            _pin("engineio.Server.sockets", lambda: not engine.sockets)
        except LibraryChanged:
            sessions.uninstall()
            for session in list(engine.sockets.values()):
                session.cut()
            engine.sleep(0.01)  # lets the session end before its socket is closed
            raise
        finally:
            engine.handlers = handlers


def _client_frame(first: int, payload: bytes) -> bytes:
    """A frame as clients send it, masked with zeros."""
    return bytes((first, 0x80 | len(payload))) + bytes(4) + payload


def _try_websocket(engine: Any, session: Any, ws: Any, peer: socket.socket) -> None:
    """Writes to `ws` in turn with the library. `peer` is the other end."""
    _pin("eventlet.websocket.WebSocket.version", lambda: str(ws.version) in VERSIONS)
    _pin("eventlet.greenio.GreenSocket.fd", lambda: ws.socket.fd.gettimeout() == 0)
    _pin("eventlet.websocket.WebSocket._sendlock", lambda: _locks(ws._sendlock))
    _pin("eventlet.websocket.WebSocket.Message", lambda: _collects(ws.Message(1, 1000)))
    _pin("eventlet.websocket.WebSocket._apply_mask", lambda: _unmasks(ws._apply_mask))
    frame = websocket_frame("4rehearsal")
    peer.recv(_RECEIVED_BYTES)  # the handshake

    def library_waits() -> bool:
        ws._sendlock.acquire(blocking=False)
        engine.start_background_task(ws.send, "4rehearsal")
        engine.sleep(0)
        first = SharedWebSocket(engine, session, ws, lambda: None).write(PONG)
        ws._sendlock.release()
        return first and peer.recv(len(PONG)) == PONG and peer.recv(_RECEIVED_BYTES) == frame

    _pin("eventlet.websocket.WebSocket.send", library_waits)


def _pin(name: str, holds: Callable[[], Any]) -> Any:
    """The true value that `holds` returns. Raises LibraryChanged(name) where it returns another or raises."""
    try:
        value = holds()
    except LibraryChanged:
        raise
    except Exception as error:  # whatever became of the name, it is not what it was
        raise LibraryChanged(name) from error
    if not value:
        raise LibraryChanged(name)
    return value


def _handler_of(session: Any, engine: Any) -> Any:
    """The handler with which Engine.IO opens a WebSocket for `session`."""
    handlers: list[Any] = []

    def note(handler: Any, _: Any) -> Callable[..., None]:
        handlers.append(handler)
        return lambda *_: None

    library, engine._async = engine._async, {**engine._async, "websocket": note}
    try:
        session._upgrade_websocket({}, None)
    finally:
        engine._async = library
    return handlers[0]


def _locks(lock: Any) -> bool:
    seen = [lock.locked(), lock.acquire(blocking=False), lock.locked()]
    lock.release()
    return [*seen, lock.locked()] == [False, True, True, False]


def _collects(message: Any) -> bool:
    message.push(b"in two ")
    message.push(b"fragments", final=True)
    return bool(message.max_frame_length == 1000 and message.getvalue() == b"in two fragments")


def _unmasks(apply_mask: Callable[..., bytes]) -> bool:
    masked, mask = b"masked", (1, 2, 3, 4)
    return apply_mask(masked, mask, length=6, offset=1) == unmasked(masked, mask, length=6, offset=1)
