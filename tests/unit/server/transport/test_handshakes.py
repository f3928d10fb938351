"""Sessions whose client has not connected: how many there are, and for how long."""

from __future__ import annotations

import threading

from phloem_server.transport import handshakes
from phloem_server.transport.handshakes import CONNECT_SECONDS, GRACE_SECONDS, Handshakes
from tests.waiting import wait_until


class Sessions:
    """Sessions that are opened one after the other, at a clock of their own."""

    def __init__(self, limit: int) -> None:
        self.now = 100.0
        self.opening: list[str] = []
        self.ended: list[str] = []
        self.handshakes = Handshakes(
            limit,
            count=lambda: len(self.opening),
            opening=lambda: self.opening,
            end=self.end,
            clock=lambda: self.now,
        )

    def end(self, session: str) -> None:
        self.opening.remove(session)
        self.ended.append(session)


def test_a_session_too_many_takes_the_place_of_the_oldest_whose_client_does_not_connect() -> None:
    sessions = Sessions(3)
    for name in ("a", "b", "c"):
        assert sessions.handshakes.has_room()
        sessions.opening.append(name)
        sessions.handshakes.look(CONNECT_SECONDS)
        sessions.now += GRACE_SECONDS / 4
    assert not sessions.handshakes.has_room(), "a client connects with its next message"
    sessions.now += GRACE_SECONDS / 4
    assert sessions.handshakes.has_room()
    assert sessions.ended == ["a"]


def test_a_client_that_connected_is_not_ended() -> None:
    sessions = Sessions(3)
    sessions.opening += ["a", "b"]
    sessions.handshakes.look(CONNECT_SECONDS)
    sessions.opening.remove("a")
    sessions.now += CONNECT_SECONDS
    sessions.handshakes.look(CONNECT_SECONDS)
    assert sessions.ended == ["b"]


def test_sessions_end_by_themselves_while_it_runs() -> None:
    sessions = Sessions(3)
    sessions.opening.append("a")
    sessions.handshakes.look(CONNECT_SECONDS)
    sessions.now += CONNECT_SECONDS
    original, handshakes.GRACE_SECONDS = handshakes.GRACE_SECONDS, 0.01
    thread = threading.Thread(target=sessions.handshakes.run)
    try:
        thread.start()
        wait_until(lambda: sessions.ended == ["a"], 60, "it is ended")
    finally:
        handshakes.GRACE_SECONDS = original
        sessions.handshakes.stop()
        thread.join()
