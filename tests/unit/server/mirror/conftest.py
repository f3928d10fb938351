"""A record in memory that can fail, what records in it, and a follower of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from phloem_server.app.loops import Loops
from phloem_server.mirror.follower import Follower
from tests.unit.server.mirror.following import Producer, Scripted, eventually


@pytest.fixture
def channel() -> Scripted:
    return Scripted()


@pytest.fixture
def said(channel: Scripted) -> Producer:
    return Producer(channel)


@pytest.fixture
def follower(channel: Scripted, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    """A follower that runs, and looks for what it may have missed every 50 ms."""
    monkeypatch.setattr("phloem_server.mirror.follower.CHECK_EVERY", 0.05)
    follower = Follower(channel)
    with Loops({"follower": follower, "views": follower.views}):
        eventually(lambda: follower.live)
        yield follower
        channel.away = channel.still = False
