"""Fixtures of several modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.server.transport.engineio.green import SocketPair, socket


@pytest.fixture
def green_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rehearsal gets the sockets that it has where eventlet serves."""
    monkeypatch.setattr("phloem_server.transport.engineio.rehearsal.socket.socketpair", socket.socketpair)


@pytest.fixture(autouse=True)
def closed_pairs() -> Iterator[None]:
    """Leaves no socket to the next test."""
    yield
    while SocketPair.made:
        SocketPair.made.pop().close()
