"""One message to many clients: its order, which clients are passed over, and turns for others."""

from __future__ import annotations

from typing import Any

import pytest
from engineio.socket import Socket
from flask_socketio import SocketIO

from phloem_server.transport.engineio.connections import QUEUED_MESSAGES
from phloem_server.transport.fanout import Fanout
from tests.unit.server.transport.engineio.green import wait_until
from tests.unit.server.transport.engineio.servers import make_socketio, open_websocket, polling_client


@pytest.fixture
def socketio() -> SocketIO:
    return make_socketio()


@pytest.fixture
def fanout(socketio: SocketIO, green_rehearsal: None) -> Fanout:
    """One that writes directly."""
    made = Fanout(socketio)
    assert made.direct
    return made


def test_a_polling_client_finds_what_was_sent_in_the_queue_in_order(fanout: Fanout, socketio: SocketIO) -> None:
    sid, session = polling_client(socketio, 1)
    assert fanout.offer("frame", {"number": 1}, to="room") == []
    fanout.send("status", {"live": True}, to=sid)
    fanout.send("status", {"live": False})
    assert [session.queue.get().encode() for _ in range(3)] == [
        '42["frame",{"number":1}]',
        '42["status",{"live":true}]',
        '42["status",{"live":false}]',
    ]


def test_several_messages_arrive_one_by_one(fanout: Fanout, socketio: SocketIO) -> None:
    _, session = polling_client(socketio, 1)
    _, upgraded = polling_client(socketio, 2)
    pair = open_websocket(upgraded)
    expected = [f'42["frame",{number}]' for number in (1, 2, 3)]
    fanout.send("frame", 1, 2, 3, to="room")
    assert [session.queue.get().encode() for _ in expected] == expected
    assert [pair.frame() for _ in expected] == [(0x81, text.encode()) for text in expected]
    pair.fill()
    fanout.send("frame", 4, 5, to="room")
    assert [upgraded.queue.get().encode() for _ in range(2)] == ['42["frame",4]', '42["frame",5]']


def test_a_websocket_that_takes_nothing_is_passed_over_until_it_is_free(fanout: Fanout, socketio: SocketIO) -> None:
    freed: list[bool] = []
    fanout.on_free.add(lambda: freed.append(True))
    sid, session = polling_client(socketio, 1)
    pair = open_websocket(session)
    assert fanout.offer("frame", 1, to="room") == []
    assert pair.frame() == (0x81, b'42["frame",1]')
    held = pair.fill()
    for number in (2, 3):
        assert fanout.offer("frame", number, to="room") == [sid]
        assert not fanout.ready(sid)
    pair.read(held)
    wait_until(lambda: freed)
    assert fanout.ready(sid)
    assert fanout.offer("frame", 4, to="room") == []
    assert [pair.frame(), pair.frame()] == [(0x8A, b""), (0x81, b'42["frame",4]')]
    assert fanout.sent["frame"] == 2
    assert fanout.sent_bytes["frame"] == 2 * len('..42["frame",1]')


def test_emit_passes_over_a_client_that_reads_too_slowly_as_well(socketio: SocketIO) -> None:
    fanout = Fanout(socketio, direct=False)
    (slow, session), (quick, other) = polling_client(socketio, 1), polling_client(socketio, 2)
    for number in range(QUEUED_MESSAGES + 2):
        passed_over = fanout.offer("frame", number, to="room" if number % 2 else [slow, quick])
        assert other.queue.get().encode() == f'42["frame",{number}]'
        assert passed_over == ([slow] if number >= QUEUED_MESSAGES else [])
    assert session.queue.qsize() == QUEUED_MESSAGES
    assert fanout.sent["frame"] == 2 * QUEUED_MESSAGES + 2
    assert (fanout.ready(slow), fanout.ready(quick)) == (False, True)
    session.queue.get()
    assert fanout.ready(slow)
    assert fanout.offer("frame", None, to="room") == []


def test_a_client_that_polls_too_slowly_is_passed_over_until_its_queue_is_shorter(
    fanout: Fanout, socketio: SocketIO
) -> None:
    (slow, session), (quick, other) = polling_client(socketio, 1), polling_client(socketio, 2)
    for number in range(QUEUED_MESSAGES + 2):
        passed_over = fanout.offer("frame", number, to="room")
        other.queue.get()
        assert passed_over == ([slow] if number >= QUEUED_MESSAGES else [])
    assert (fanout.ready(slow), fanout.ready(quick)) == (False, True)
    assert session.queue.qsize() == QUEUED_MESSAGES
    fanout.send("resync", None, to=slow)
    assert session.queue.qsize() == QUEUED_MESSAGES + 1, "what has to arrive is kept"
    session.queue.get()
    session.queue.get()
    assert fanout.ready(slow)


def test_several_clients_can_be_offered_one_message(fanout: Fanout, socketio: SocketIO) -> None:
    (first, session), (second, other), (_, third) = (polling_client(socketio, number) for number in (1, 2, 3))
    assert fanout.offer("frame", {"number": 1}, to=[first, "unknown", second]) == []
    assert [each.queue.qsize() for each in (session, other, third)] == [1, 1, 0]
    assert fanout.sent["frame"] == 2


def test_what_waits_for_a_client_is_counted(fanout: Fanout, socketio: SocketIO) -> None:
    sid, _ = polling_client(socketio, 1)
    fanout.send("frame", 1, 2, 3, to=sid)
    assert (fanout.waiting(sid), fanout.waiting("unknown")) == (3, 0)
    assert (fanout.flooded(sid), fanout.flooded("unknown")) == (False, False)


def test_connections_are_counted(fanout: Fanout, socketio: SocketIO) -> None:
    assert fanout.connected() == 0
    for number in range(3):
        polling_client(socketio, number)
    assert (fanout.connected(), fanout.sessions(), fanout.opening()) == (3, 3, [])


def test_a_session_whose_client_has_not_connected_is_no_connection(fanout: Fanout, socketio: SocketIO) -> None:
    engine = socketio.server.eio
    engine.sockets["half"] = Socket(engine, "half")
    assert (fanout.connected(), fanout.sessions(), fanout.opening()) == (0, 1, ["half"])


def test_a_client_joins_and_leaves_rooms(fanout: Fanout, socketio: SocketIO) -> None:
    sid, session = polling_client(socketio, 1)
    fanout.join(sid, "view")
    fanout.send("frame", 1, to="view")
    fanout.leave(sid, "view")
    fanout.send("frame", 2, to="view")
    assert [session.queue.get().encode() for _ in range(session.queue.qsize())] == ['42["frame",1]']


def test_a_cut_ends_the_connection(fanout: Fanout, socketio: SocketIO) -> None:
    sid, session = polling_client(socketio, 1)
    fanout.cut(sid)
    wait_until(lambda: session.closed)
    assert not fanout.ready(sid)


def test_a_client_that_disconnected_is_not_ready_and_can_be_cut_and_sent_to(fanout: Fanout) -> None:
    assert not fanout.ready("unknown")
    fanout.cut("unknown")
    fanout.send("status", None, to="unknown")
    assert fanout.offer("frame", None, to="unknown") == []
    fanout.join("unknown", "room")
    fanout.leave("unknown", "room")


def test_other_greenlets_have_a_turn_while_many_clients_are_sent_to(
    fanout: Fanout, socketio: SocketIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []
    monkeypatch.setattr(socketio, "sleep", turns.append)
    for number in range(250):
        polling_client(socketio, number)
    for _ in range(2):
        fanout.offer("frame", None, to="room")
    assert turns == [0] * 5


@pytest.mark.usefixtures("green_rehearsal")
@pytest.mark.parametrize("direct", [True, False])
def test_closing_ends_all_connections(direct: bool) -> None:
    socketio = make_socketio()
    fanout = Fanout(socketio, direct=direct)
    sessions: list[Any] = []
    pairs = []
    for number in range(2):
        sessions.append(polling_client(socketio, number)[1])
        pairs.append(open_websocket(sessions[-1]))
    fanout.close()
    wait_until(lambda: all(session.closed for session in sessions))
    for pair in pairs:
        while pair.peer.recv(1000):
            pass
