"""A private name of a library that is not what it was is found at start."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from phloem_server.transport.engineio.connections import Connections
from phloem_server.transport.engineio.direct_session import DirectSessions
from phloem_server.transport.engineio.rehearsal import LibraryChanged, rehearse_direct, rehearse_shared
from tests.unit.server.transport.engineio.servers import make_socketio


@pytest.mark.usefixtures("green_rehearsal")
def test_the_libraries_are_those_that_direct_writing_was_made_for() -> None:
    engine = make_socketio().server.eio
    rehearse_shared(engine)
    rehearse_direct(engine, DirectSessions(engine, lambda: None))


DIRECT_CHANGES: list[tuple[str, str, Any]] = [
    ("engineio.Server._handle_connect", "engineio.server.Server.handle_request", lambda *_: None),
    ("engineio.Server.handle_request", "engineio.server.Server.handle_request", lambda *_: []),
    ("engineio.Server._trigger_event", "engineio.server.Server._trigger_event", lambda *_, **__: None),
    ("engineio.Socket.receive", "engineio.socket.Socket.receive", lambda *_: None),
]


@pytest.mark.usefixtures("green_rehearsal")
@pytest.mark.parametrize(("name", "place", "other"), DIRECT_CHANGES)
def test_a_change_that_concerns_direct_sessions_is_found_and_the_library_gets_all_connections_again(
    name: str, place: str, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_socketio().server.eio
    library = engine._handle_connect
    monkeypatch.setattr("phloem_server.transport.engineio.rehearsal.PEER_SECONDS", 0.1)
    monkeypatch.setattr(place, other)
    with pytest.raises(LibraryChanged) as changed:
        rehearse_direct(engine, DirectSessions(engine, lambda: None))
    assert str(changed.value) == name
    assert engine._handle_connect == library


def no_lock(websocket: Any, frame: bytes) -> None:
    websocket.socket.sendall(frame)


def no_mask(data: bytes, *_: Any, **__: Any) -> bytes:
    return data


CHANGES: list[tuple[str, str, Any]] = [
    ("engineio.Server._bad_request", "engineio.server.Server._bad_request", lambda *_: None),
    ("engineio.Socket._upgrade_websocket", "engineio.socket.Socket._upgrade_websocket", None),
    ("engineio.Socket._websocket_handler", "engineio.socket.Socket._websocket_handler", staticmethod(print)),
    ("engineio.Socket.queue", "engineio.server.Server.create_queue", lambda _: None),
    ("engineio.Server._async['websocket']", "eventlet.websocket.WebSocketWSGI.__call__", lambda *_: []),
    ("eventlet.websocket.WebSocket.version", "eventlet.websocket.RFC6455WebSocket.__init__", lambda *_, **__: None),
    ("eventlet.websocket.WebSocket._sendlock", "eventlet.websocket.semaphore.Semaphore", SimpleNamespace),
    ("eventlet.websocket.WebSocket.Message", "eventlet.websocket.RFC6455WebSocket.Message", SimpleNamespace),
    (
        "eventlet.websocket.WebSocket._apply_mask",
        "eventlet.websocket.RFC6455WebSocket._apply_mask",
        staticmethod(no_mask),
    ),
    ("eventlet.websocket.WebSocket.send", "eventlet.websocket.RFC6455WebSocket._send", no_lock),
]


@pytest.mark.usefixtures("green_rehearsal")
@pytest.mark.parametrize(("name", "place", "other"), CHANGES)
def test_a_changed_private_name_is_found_at_start_and_named_once(
    name: str, place: str, other: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    socketio = make_socketio()
    monkeypatch.setattr(place, other)
    with pytest.raises(LibraryChanged) as changed:
        rehearse_shared(socketio.server.eio)
    assert str(changed.value) == name
    with caplog.at_level(logging.WARNING):
        connections = Connections(socketio.server.eio, direct=True)
    assert not connections.direct
    assert [record.getMessage() for record in caplog.records] == [
        f"Viewers are sent to the plain, slower way: {name} is not what it was."
    ]
