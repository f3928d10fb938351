"""What a connection keeps of the request that opened it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from phloem_server.access.principal import PASSWORD_HOLDER, principal_of
from phloem_server.transport.engineio.direct_session import DirectSessions
from phloem_server.transport.modes.mode import DETACH
from phloem_server.web.environ import PRINCIPAL


class Engine:
    """What a direct session needs of Engine.IO's server to open; background tasks are not run."""

    ping_interval = ping_timeout = ping_interval_grace_period = 1
    max_http_buffer_size = 1000

    def __init__(self) -> None:
        self.sockets: dict[str, Any] = {}
        self.connected: list[dict[str, Any]] = []
        self.logger = SimpleNamespace(info=lambda *_: None)

    def _handle_connect(self, *_: object) -> None:
        raise AssertionError("the library was given a connection")

    def generate_id(self) -> str:
        return "sid"

    def create_queue(self) -> None:
        return None

    def start_background_task(self, work: Callable[..., Any], *arguments: Any) -> None:
        pass

    def _trigger_event(self, event: str, _: str, environ: dict[str, Any], *, run_async: bool) -> None:
        assert (event, run_async) == ("connect", False)
        self.connected.append(environ)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_the_connect_handler_of_a_direct_session_knows_the_principal_and_nothing_else_of_the_request(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    engine = Engine()
    stream = SimpleNamespace(fd=pair[0], setsockopt=pair[0].setsockopt)
    DirectSessions(engine, lambda: None).install()
    environ = {
        "HTTP_SEC_WEBSOCKET_KEY": "x" * 24,
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_UPGRADE": "websocket",
        "HTTP_COOKIE": "a secret",
        DETACH: lambda: stream,
        PRINCIPAL: PASSWORD_HOLDER,
    }
    engine._handle_connect(environ, None, "websocket")
    [kept] = engine.connected
    assert principal_of(kept) is PASSWORD_HOLDER
    assert kept.keys() == {PRINCIPAL}
