"""Writing frames straight to WebSockets, beside the library's own writer, and when a library changes.

Real WebSockets of eventlet on pairs of sockets; nothing of the standard library is replaced here.
"""

from __future__ import annotations

import logging
import random
import struct
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import engineio.socket
import pytest
from engineio.exceptions import SocketIsClosedError
from engineio.packet import NOOP, UPGRADE, Packet
from flask import Flask
from flask_socketio import SocketIO
from werkzeug.test import Client

from phloem_server.live.protocol import Json
from phloem_server.transport.engineio.direct_session import FLOOD, DirectSessions
from phloem_server.transport.engineio.limits import bounded, unmasked
from phloem_server.transport.engineio.shared_websocket import Changed, Link, rehearse, rehearse_direct
from phloem_server.transport.fanout import QUEUED, Fanout
from phloem_server.transport.rfc6455 import websocket_frame

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    import eventlet.greenio
    import eventlet.queue
    import eventlet.semaphore
    import eventlet.websocket
    from eventlet.green import socket as green

SMALL_BUFFER = 4096
DEADLINE = 10


class Pair:
    """A link as the server has it, and the viewer's end of its socket."""

    def __init__(self) -> None:
        ours, self.peer = green.socketpair()
        ours.setsockopt(green.SOL_SOCKET, green.SO_SNDBUF, SMALL_BUFFER)
        ours.settimeout(DEADLINE)
        self.peer.settimeout(DEADLINE)
        self.stream = ours
        self.ws = eventlet.websocket.RFC6455WebSocket(ours, {}, 13)
        self.session = SimpleNamespace(queue=eventlet.queue.Queue(), upgraded=True)
        self.freed = 0
        engine = SimpleNamespace(start_background_task=eventlet.spawn, sleep=eventlet.sleep)
        self.link = Link(engine, self.session, self.ws, self._free)

    def _free(self) -> None:
        self.freed += 1

    def fill(self) -> int:
        """Leaves no room in the socket; the number of bytes that it holds."""
        held = 0
        try:
            while True:
                held += self.stream.fd.send(b"\0" * 1000)
        except BlockingIOError:
            return held

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.peer.recv(size - len(data))
            assert part, "the connection ended"
            data += part
        return data

    def frame(self) -> tuple[int, bytes]:
        """The next frame: first byte and payload."""
        first, size = self.read(2)
        if size == 126:
            (size,) = struct.unpack("!H", self.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.read(8))
        return first, self.read(size)


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.peer.close()
    made.stream.close()
    eventlet.sleep(0)


def wait_until(condition: Callable[[], Any]) -> None:
    with eventlet.Timeout(DEADLINE):
        while not condition():
            eventlet.sleep(0.001)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_is_what_the_library_would_have_written(pair: Pair, size: int) -> None:
    text = "é" * (size // 2) + "e" * (size % 2)
    assert len(text.encode()) == size
    assert websocket_frame(text) == pair.ws._pack_message(text)


def test_a_frame_that_fits_leaves_nothing_to_be_done(pair: Pair) -> None:
    assert pair.link.write(websocket_frame("4hello"))
    assert pair.link.free
    assert pair.frame() == (0x81, b"4hello")
    assert pair.freed == 0


def test_a_frame_that_fits_only_in_part_is_completed_before_the_library_writes(pair: Pair) -> None:
    long = "x" * 1_000_000
    assert pair.link.write(websocket_frame(long))
    assert pair.link.blocked
    library = eventlet.spawn(pair.ws.send, "library")
    assert pair.frame() == (0x81, long.encode())
    assert pair.frame() == (0x81, b"library")
    library.wait()
    wait_until(lambda: pair.link.free)
    assert pair.freed == 1


def test_a_socket_that_takes_nothing_gets_nothing_of_the_frame_and_says_when_it_takes_more(pair: Pair) -> None:
    held = pair.fill()
    assert not pair.link.write(websocket_frame("4stale"))
    eventlet.sleep(0)
    assert (pair.link.blocked, pair.freed) == (True, 0)
    pair.read(held)
    wait_until(lambda: pair.link.free)
    assert pair.freed == 1
    assert pair.link.write(websocket_frame("4fresh"))
    assert [pair.frame(), pair.frame()] == [(0x8A, b""), (0x81, b"4fresh")]


def test_a_link_is_blocked_while_the_library_is_in_the_middle_of_a_frame(pair: Pair) -> None:
    long = "y" * 1_000_000
    library = eventlet.spawn(pair.ws.send, long)
    wait_until(lambda: pair.link.blocked)
    assert not pair.link.free
    assert pair.frame() == (0x81, long.encode())
    library.wait()
    assert pair.link.free


@pytest.mark.parametrize("seed", range(8))
def test_frames_of_the_library_and_ours_never_mix(pair: Pair, seed: int) -> None:
    dice = random.Random(seed)
    said: dict[str, list[bytes]] = {"ours": [], "library": []}
    heard: dict[str, list[bytes]] = {"ours": [], "library": []}

    def text(source: str) -> str:
        made = f"{source}:{len(said[source])}:" + "z" * int(dice.paretovariate(0.5) % 50_000)
        said[source].append(made.encode())
        return made

    def library() -> None:
        for _ in range(100):
            pair.ws.send(text("library"))
            eventlet.sleep(dice.choice([0, 0, 0.001]))

    def ours() -> None:
        for _ in range(300):
            if pair.link.free and not pair.link.write(websocket_frame(text("ours"))):
                said["ours"].pop()
            eventlet.sleep(dice.choice([0, 0, 0.001]))

    writers = [eventlet.spawn(library), eventlet.spawn(ours)]
    ended = eventlet.spawn(lambda: [writer.wait() for writer in writers] and pair.ws.send("end"))
    while True:
        first, payload = pair.frame()
        if payload == b"end":
            break
        assert first in (0x81, 0x8A)
        if first == 0x81:
            heard[payload.split(b":", 1)[0].decode()].append(payload)
        if dice.random() < 0.3:
            eventlet.sleep(dice.choice([0, 0.001]))
    ended.wait()
    wait_until(lambda: not pair.link.blocked)
    assert heard == said
    assert len(said["library"]) == 100
    assert len(said["ours"]) > 0


def test_half_a_frame_that_cannot_be_completed_ends_the_connection(pair: Pair) -> None:
    pair.stream.settimeout(0.05)
    pair.link.write(websocket_frame("x" * 1_000_000))
    wait_until(lambda: not pair.link.blocked)
    assert pair.link.write(websocket_frame("4more")), "who left is no error"
    with pytest.raises(AssertionError, match="the connection ended"):
        pair.read(2_000_000)


def test_who_left_is_no_error(pair: Pair) -> None:
    pair.peer.close()
    assert pair.link.write(websocket_frame("4hello"))
    pair.link.cut()
    assert pair.link.write(websocket_frame("4hello"))


def test_a_cut_ends_the_connection_even_while_the_socket_takes_nothing(pair: Pair) -> None:
    pair.link.write(websocket_frame("x" * 1_000_000))
    library = eventlet.spawn(pair.ws.send, "library")
    eventlet.sleep(0)
    pair.link.cut()
    wait_until(lambda: not pair.link.blocked)
    with pytest.raises(OSError, match="pipe"):
        library.wait()


@pytest.mark.parametrize("hindrance", ["something queued", "not upgraded yet"])
def test_a_link_is_not_free_while_the_library_has_to_write_first(pair: Pair, hindrance: str) -> None:
    assert pair.link.free
    if hindrance == "something queued":
        pair.session.queue.put("packet")
    else:
        pair.session.upgraded = False
    assert (pair.link.free, pair.link.blocked) == (False, False)


def make(async_mode: str = "eventlet") -> SocketIO:
    return SocketIO(Flask("test"), async_mode=async_mode, json=Json, cors_allowed_origins=[])


@pytest.fixture
def green_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rehearsal gets the sockets that it has where eventlet serves."""
    monkeypatch.setattr("phloem_server.transport.engineio.shared_websocket.socket.socketpair", green.socketpair)


@pytest.mark.usefixtures("green_pairs")
def test_the_libraries_are_those_that_direct_writing_was_made_for() -> None:
    engine = make().server.eio
    rehearse(engine)
    rehearse_direct(engine, DirectSessions(engine, lambda: None))


DIRECT_CHANGES: list[tuple[str, str, Any]] = [
    ("engineio.Server._handle_connect", "engineio.server.Server.handle_request", lambda *_: None),
    ("engineio.Server.handle_request", "engineio.server.Server.handle_request", lambda *_: []),
    ("engineio.Server._trigger_event", "engineio.server.Server._trigger_event", lambda *_, **__: None),
    ("engineio.Socket.receive", "engineio.socket.Socket.receive", lambda *_: None),
]


@pytest.mark.usefixtures("green_pairs")
@pytest.mark.parametrize(("name", "place", "other"), DIRECT_CHANGES)
def test_a_change_that_concerns_websockets_from_the_beginning_is_found_and_the_library_has_all_again(
    name: str, place: str, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make().server.eio
    library = engine._handle_connect
    monkeypatch.setattr(place, other)
    with pytest.raises(Changed) as changed:
        rehearse_direct(engine, DirectSessions(engine, lambda: None))
    assert str(changed.value) == name
    assert engine._handle_connect == library


def no_lock(websocket: Any, frame: bytes) -> None:
    websocket.socket.sendall(frame)


CHANGES: list[tuple[str, str, Any]] = [
    ("engineio.Socket._upgrade_websocket", "engineio.socket.Socket._upgrade_websocket", None),
    ("engineio.Socket._websocket_handler", "engineio.socket.Socket._websocket_handler", staticmethod(print)),
    ("engineio.Socket.queue", "engineio.server.Server.create_queue", lambda _: None),
    ("engineio.Server._async['websocket']", "eventlet.websocket.WebSocketWSGI.__call__", lambda *_: []),
    ("eventlet.websocket.WebSocket.version", "eventlet.websocket.RFC6455WebSocket.__init__", lambda *_, **__: None),
    ("eventlet.websocket.WebSocket._sendlock", "eventlet.websocket.semaphore.Semaphore", SimpleNamespace),
    ("eventlet.websocket.WebSocket.send", "eventlet.websocket.RFC6455WebSocket._send", no_lock),
]


@pytest.mark.usefixtures("green_pairs")
@pytest.mark.parametrize(("name", "place", "other"), CHANGES)
def test_a_changed_private_name_is_found_at_start_and_named_once(
    name: str, place: str, other: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    socketio = make()
    monkeypatch.setattr(place, other)
    with pytest.raises(Changed) as changed:
        rehearse(socketio.server.eio)
    assert str(changed.value) == name
    with caplog.at_level(logging.WARNING):
        fanout = Fanout(socketio)
    assert not fanout.direct
    assert [record.getMessage() for record in caplog.records] == [
        f"Viewers are sent to the plain, slower way: {name} is not what it was."
    ]


def test_sockets_of_which_eventlet_knows_nothing_are_not_written_to_directly(caplog: pytest.LogCaptureFixture) -> None:
    assert not Fanout(make()).direct  # here the standard library is as it is
    assert "GreenSocket" in caplog.text


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_other_modes_take_the_plain_way_without_a_word(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not Fanout(make(mode)).direct
    assert caplog.text == ""


def test_the_plain_way_can_be_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    assert not Fanout(make(), direct=False).direct
    assert caplog.text == ""


@pytest.fixture
def fanout() -> Fanout:
    """One that writes directly, to viewers who poll: nobody has a link."""
    made = Fanout(make(), direct=False)
    made.direct = True
    return made


def connect(fanout: Fanout, number: int) -> tuple[str, Any]:
    """A viewer in "room" who polls: his sid, and Engine.IO's session."""
    session = engineio.socket.Socket(fanout._engine, f"session{number}")
    fanout._engine.sockets[session.sid] = session
    sid = fanout._server.manager.connect(session.sid, "/")
    fanout.join(sid, "room")
    return sid, session


def test_who_polls_finds_what_was_sent_in_the_queue_in_order(fanout: Fanout) -> None:
    sid, session = connect(fanout, 1)
    assert fanout.offer("frame", {"number": 1}, to="room") == []
    fanout.send("status", {"live": True}, to=sid)
    fanout.send("status", {"live": False})
    assert [session.queue.get().encode() for _ in range(3)] == [
        '42["frame",{"number":1}]',
        '42["status",{"live":true}]',
        '42["status",{"live":false}]',
    ]


def test_several_messages_arrive_one_by_one(fanout: Fanout, pair: Pair) -> None:
    _, session = connect(fanout, 1)
    _, other = connect(fanout, 2)
    other.upgraded = True
    fanout._links._open[other.sid] = Link(fanout._engine, other, pair.ws, lambda: None)
    fanout.send("frame", 1, 2, 3, to="room")
    expected = [f'42["frame",{number}]' for number in (1, 2, 3)]
    assert [session.queue.get().encode() for _ in expected] == expected
    assert [pair.frame() for _ in expected] == [(0x81, text.encode()) for text in expected]
    pair.fill()
    fanout.send("frame", 4, 5, to="room")
    assert [other.queue.get().encode() for _ in range(2)] == ['42["frame",4]', '42["frame",5]']


def test_the_plain_way_passes_over_who_reads_too_slowly_as_well(fanout: Fanout) -> None:
    fanout.direct = False
    (slow, session), (quick, other) = connect(fanout, 1), connect(fanout, 2)
    for number in range(QUEUED + 2):
        passed_over = fanout.offer("frame", number, to="room" if number % 2 else [slow, quick])
        assert other.queue.get().encode() == f'42["frame",{number}]'
        assert passed_over == ([slow] if number >= QUEUED else [])
    assert session.queue.qsize() == QUEUED
    assert fanout.sent["frame"] == 2 * QUEUED + 2
    assert (fanout.ready(slow), fanout.ready(quick)) == (False, True)
    session.queue.get()
    assert fanout.ready(slow)
    assert fanout.offer("frame", None, to="room") == []


def test_who_polls_too_slowly_is_passed_over_until_the_queue_is_shorter(fanout: Fanout) -> None:
    (slow, session), (quick, other) = connect(fanout, 1), connect(fanout, 2)
    for number in range(QUEUED + 2):
        passed_over = fanout.offer("frame", number, to="room")
        other.queue.get()
        assert passed_over == ([slow] if number >= QUEUED else [])
    assert (fanout.ready(slow), fanout.ready(quick)) == (False, True)
    assert session.queue.qsize() == QUEUED
    fanout.send("resync", None, to=slow)
    assert session.queue.qsize() == QUEUED + 1, "what has to arrive is kept"
    session.queue.get()
    session.queue.get()
    assert fanout.ready(slow)


def test_several_viewers_can_be_offered_one_message(fanout: Fanout) -> None:
    (first, session), (second, other), (_, third) = (connect(fanout, number) for number in (1, 2, 3))
    assert fanout.offer("frame", {"number": 1}, to=[first, "nobody", second]) == []
    assert [each.queue.qsize() for each in (session, other, third)] == [1, 1, 0]
    assert fanout.sent["frame"] == 2


def test_who_left_is_not_ready_and_can_be_cut_and_sent_to(fanout: Fanout) -> None:
    assert not fanout.ready("nobody")
    fanout.cut("nobody")
    fanout.send("status", None, to="nobody")
    assert fanout.offer("frame", None, to="nobody") == []
    fanout.join("nobody", "room")
    fanout.leave("nobody", "room")


def test_who_leaves_too_many_answers_waiting_is_known(fanout: Fanout) -> None:
    sid, session = connect(fanout, 1)
    for _ in range(FLOOD):
        session.queue.put("answer")
    assert not fanout.flooded(sid)
    session.queue.put("answer")
    assert fanout.flooded(sid)
    assert not fanout.flooded("nobody")


def flood(session: Any) -> None:
    for _ in range(FLOOD + 1):
        session.queue.put("answer")


def test_who_polls_and_asks_on_without_fetching_answers_is_ended(fanout: Fanout) -> None:
    _, session = connect(fanout, 1)
    session.connected = True
    asking = Client(fanout._engine.handle_request)
    place = f"/socket.io/?EIO=4&transport=polling&sid={session.sid}"
    assert asking.post(place, data="5").status_code == 200
    assert not session.closed
    flood(session)
    assert asking.post(place, data="5").status_code == 400
    assert session.closed


def test_a_websocket_of_the_library_ends_when_its_viewer_asks_on_without_reading(fanout: Fanout, pair: Pair) -> None:
    _, session = connect(fanout, 1)
    packet = Packet(UPGRADE)

    def handler(_: Any) -> None:
        session.receive(packet)
        assert session.queue.get().packet_type == NOOP
        flood(session)
        with pytest.raises(SocketIsClosedError):
            session.receive(packet)

    bounded(handler, session)(pair.ws)
    with pytest.raises(AssertionError, match="the connection ended"):
        pair.read(1)


def test_a_websocket_of_the_library_on_which_there_is_always_data_leaves_everybody_else_their_turns(
    fanout: Fanout, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.limits.TURN", 0.0)
    _, session = connect(fanout, 1)
    pair.peer.sendall(b"\x8a\x80\0\0\0\0" * 100)
    pair.peer.shutdown(green.SHUT_WR)
    ended: list[bool] = []
    others: list[bool] = []
    eventlet.spawn(lambda: others.append(not ended))

    def handler(ws: Any) -> None:
        assert ws.wait() is None
        ended.append(True)

    monkeypatch.setattr(session.server, "sleep", eventlet.sleep)
    bounded(handler, session)(pair.ws)
    eventlet.sleep(0)
    assert others == [True]


def test_a_cut_ends_the_session_of_who_polls(fanout: Fanout) -> None:
    sid, session = connect(fanout, 1)
    fanout.cut(sid)
    wait_until(lambda: session.closed)
    assert not fanout.ready(sid)


def test_who_goes_on_with_a_session_that_has_ended_is_told_that_there_is_none(fanout: Fanout) -> None:
    _, session = connect(fanout, 1)
    session.connected = session.closed = True
    answer = Client(fanout._engine.handle_request).post(f"/socket.io/?EIO=4&transport=polling&sid={session.sid}")
    assert (answer.status_code, answer.text) == (400, '"Invalid session"')


def test_everybody_else_has_a_turn_while_many_are_sent_to(fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[float] = []
    monkeypatch.setattr(fanout._socketio, "sleep", turns.append)
    for number in range(250):
        connect(fanout, number)
    for _ in range(2):
        fanout.offer("frame", None, to="room")
    assert turns == [0] * 5


@pytest.mark.parametrize("offset", range(5))
@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 1000])
def test_unmasking_gives_what_the_library_gives(size: int, offset: int) -> None:
    data, mask = random.randbytes(size), tuple(random.randbytes(4))
    theirs = eventlet.websocket.RFC6455WebSocket._apply_mask
    assert unmasked(data, mask, size, offset) == theirs(data, mask, length=size, offset=offset)
