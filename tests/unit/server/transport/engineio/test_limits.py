"""What one client may do: messages that are bounded, turns for others, and answers that are read."""

from __future__ import annotations

import random
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from engineio.exceptions import SocketIsClosedError
from engineio.packet import NOOP, UPGRADE, Packet
from werkzeug.test import Client

from phloem_server.transport.engineio.limits import FRAGMENTS, bounded, guarded_requests, unmasked
from tests.unit.server.transport.engineio.green import SocketPair, eventlet, socket
from tests.unit.server.transport.engineio.servers import flood, make_socketio, polling_client


@pytest.fixture
def session() -> Any:
    """The session of a client with long-polling."""
    made = polling_client(make_socketio(), 1)[1]
    made.connected = True
    return made


@pytest.fixture
def pair() -> SocketPair:
    return SocketPair()


@pytest.fixture
def ws(pair: SocketPair) -> Any:
    """The library's WebSocket at the server's end of `pair`."""
    return eventlet.websocket.RFC6455WebSocket(pair.stream, {}, 13)


def post(session: Any) -> Any:
    """A request of the session's client, which sends something unimportant."""
    client = Client(guarded_requests(session.server))
    return client.post(f"/socket.io/?EIO=4&transport=polling&sid={session.sid}", data="5")


def test_a_polling_client_that_keeps_requesting_without_fetching_answers_is_ended(session: Any) -> None:
    assert post(session).status_code == 200
    assert not session.closed
    flood(session)
    assert post(session).status_code == 400
    assert session.closed


def test_a_request_for_a_session_that_has_ended_is_told_that_there_is_none(session: Any) -> None:
    session.closed = True
    answer = post(session)
    assert (answer.status_code, answer.text) == (400, '"Invalid session"')


def test_another_error_of_the_library_is_not_hidden(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("something else")

    monkeypatch.setattr(session.server, "handle_request", fail)
    with pytest.raises(KeyError, match="something else"):
        post(session)


def test_a_websocket_of_the_library_ends_when_its_client_keeps_requesting_without_reading(
    session: Any, ws: Any, pair: SocketPair
) -> None:
    packet = Packet(UPGRADE)

    def handler(_: Any) -> None:
        session.receive(packet)
        assert session.queue.get().packet_type == NOOP
        flood(session)
        with pytest.raises(SocketIsClosedError):
            session.receive(packet)

    bounded(handler, session)(ws)
    with pytest.raises(AssertionError, match="the connection ended"):
        pair.read(1)


def test_a_websocket_of_the_library_that_always_has_data_gives_others_their_turns(
    session: Any, ws: Any, pair: SocketPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.limits.TURN_SECONDS", 0.0)
    pair.peer.sendall(b"\x8a\x80\0\0\0\0" * 100)
    pair.peer.shutdown(socket.SHUT_WR)
    ended: list[bool] = []
    others: list[bool] = []
    eventlet.spawn(lambda: others.append(not ended))

    def handler(ws: Any) -> None:
        assert ws.wait() is None
        ended.append(True)

    monkeypatch.setattr(session.server, "sleep", eventlet.sleep)
    bounded(handler, session)(ws)
    eventlet.sleep(0)
    assert others == [True]


def test_closing_a_simple_websocket_wakes_the_thread_that_waits_for_its_next_message(session: Any) -> None:
    driver = SimpleNamespace(sock=SimpleNamespace(recv=lambda size: b""), event=threading.Event())
    bounded(lambda ws: ws.close(), session)(SimpleNamespace(ws=driver, close=lambda: None))
    assert driver.event.is_set()


def test_a_websocket_with_a_text_that_is_no_packet_ends_its_session(session: Any, ws: Any) -> None:
    def handler(_: Any) -> None:
        raise ValueError("not a packet")

    assert bounded(handler, session)(ws) == []
    assert session.closed


@pytest.mark.parametrize("fragments", [FRAGMENTS, FRAGMENTS + 100])
def test_a_message_may_have_many_fragments_and_not_any_number(session: Any, pair: SocketPair, fragments: int) -> None:
    websocket = eventlet.websocket.RFC6455WebSocket(pair.stream, {}, 13, max_frame_length=1000)
    parts = [b"\x01\x80\0\0\0\0", *[b"\x00\x80\0\0\0\0"] * (fragments - 2), b"\x80\x81\0\0\0\x004"]
    pair.peer.sendall(b"".join(parts))
    pair.peer.shutdown(socket.SHUT_WR)
    received: list[Any] = []
    bounded(lambda ws: received.append(ws.wait()), session)(websocket)
    assert received == (["4"] if fragments == FRAGMENTS else [])
    assert session.closed is (fragments > FRAGMENTS)


@pytest.mark.parametrize("offset", range(5))
@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 1000])
def test_unmasking_gives_what_the_library_gives(size: int, offset: int) -> None:
    data, mask = random.randbytes(size), tuple(random.randbytes(4))
    theirs = eventlet.websocket.RFC6455WebSocket._apply_mask
    assert unmasked(data, mask, size, offset) == theirs(data, mask, length=size, offset=offset)
