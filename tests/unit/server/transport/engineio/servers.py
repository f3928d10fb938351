"""Servers of Socket.IO for these tests, and clients of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from engineio.socket import Socket
from flask import Flask
from flask_socketio import SocketIO

from phloem_server.live.protocol import Json
from phloem_server.transport.engineio.outbox import OUTBOX_MESSAGES
from phloem_server.transport.modes.mode import DETACH
from tests.unit.server.transport.engineio.green import SocketPair, eventlet

UPGRADE = {
    "HTTP_CONNECTION": "Upgrade",
    "HTTP_UPGRADE": "websocket",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "cmVoZWFyc2FsIG9mIGEga2V5",
}
"""What a request for a WebSocket brings, as WSGI has it."""


def make_socketio(async_mode: str = "eventlet") -> SocketIO:
    return SocketIO(Flask("test"), async_mode=async_mode, json=Json, cors_allowed_origins=[])


def polling_client(socketio: SocketIO, number: int) -> tuple[str, Any]:
    """A client with long-polling in the room "room": its sid, and Engine.IO's session."""
    engine = socketio.server.eio
    session = Socket(engine, f"session{number}")
    engine.sockets[session.sid] = session
    sid = socketio.server.manager.connect(session.sid, "/")
    socketio.server.enter_room(sid, "room", namespace="/")
    return sid, session


def open_websocket(session: Any) -> SocketPair:
    """Opens a WebSocket of the library for a session; what the handshake answers has been read."""
    pair = SocketPair()
    environ = {**UPGRADE, "eventlet.input": SimpleNamespace(get_socket=lambda: pair.stream)}
    reader = eventlet.spawn(session.handle_get_request, environ, lambda *_: None)
    pair.ended = lambda: reader.dead
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += pair.read(1)
    return pair


def connect_directly(engine: Any, **more: Any) -> SocketPair:
    """A direct session of a server, with `more` in the WSGI environ of its request. The handshake has been read."""
    pair = SocketPair()
    pair.ended = lambda: pair.stream.fd.fileno() == -1
    environ = {
        **UPGRADE,
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": "EIO=4&transport=websocket",
        DETACH: lambda: pair.stream,
        **more,
    }
    assert engine.handle_request(environ, lambda *_: None) == []
    while pair.read(1) != b"}":
        pass
    return pair


def flood(session: Any) -> None:
    """Lets one answer more wait for a session than may wait."""
    for _ in range(OUTBOX_MESSAGES + 1):
        session.queue.put("answer")
