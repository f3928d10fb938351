"""How WebSockets are opened, whatever else is installed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from flask_socketio import SocketIO

from phloem_server.transport.engineio.drivers import driver_of
from phloem_server.transport.engineio.shared_websocket import WebSockets
from tests.unit.server.transport.engineio.servers import make_socketio, polling_client


class OfGeventWebsocket:
    """Stands for the class that Engine.IO has for gevent where the package gevent-websocket is installed."""


class Own(SimpleWebSocketWSGI):  # type: ignore[misc]  # it comes without types
    """Stands for the one that it has otherwise."""


@pytest.mark.parametrize(
    ("mode", "library", "taken"),
    [("gevent", OfGeventWebsocket, SimpleWebSocketWSGI), ("gevent", Own, Own), ("threading", Own, Own)],
)
def test_gevent_opens_its_own_websockets(mode: str, library: Any, taken: Any) -> None:
    assert driver_of(SimpleNamespace(async_mode=mode, _async={"websocket": library})) is taken


def test_a_websocket_that_another_server_has_opened_is_closed_and_its_client_left_to_long_polling() -> None:
    socketio: SocketIO = make_socketio("threading")
    _, session = polling_client(socketio, 1)
    closed: list[bool] = []
    opened = SimpleNamespace(close=lambda: closed.append(True))
    opening = WebSockets(socketio.server.eio, lambda: None, shared=False).open(
        session._websocket_handler, session.server
    )
    assert opening({"wsgi.websocket": opened}, lambda *_: pytest.fail("it is answered already")) == []
    assert closed == [True]
    assert session.closed
