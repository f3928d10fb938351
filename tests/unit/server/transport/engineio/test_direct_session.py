"""Sessions that read and write their sockets themselves: order, blocked sockets, and the end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from engineio import packet as packets
from engineio.exceptions import SocketIsClosedError
from engineio.packet import Packet

from phloem_server.access.principal import PASSWORD_HOLDER, principal_of
from phloem_server.transport.engineio.direct_session import DirectSession, DirectSessions
from phloem_server.transport.engineio.outbox import OUTBOX_MESSAGES, PONG, Outboxes
from phloem_server.transport.engineio.ping import Pinger
from phloem_server.transport.rfc6455 import websocket_frame
from phloem_server.web.environ import PRINCIPAL
from tests.unit.server.transport.engineio.green import Engine, SocketPair, eventlet, wait_until
from tests.unit.server.transport.engineio.servers import connect_directly, make_socketio


class Pair(SocketPair):
    """A session that reads, and the client's end of its socket."""

    def __init__(self, sid: str = "sid", engine: Engine | None = None, outboxes: Outboxes | None = None) -> None:
        super().__init__()
        self.engine = engine or Engine()
        self.freed = 0
        self.session = DirectSession(self.engine, sid, self.stream, self._free, outboxes)
        self.engine.sockets[sid] = self.session
        reader = eventlet.spawn(self.session.run)
        self.ended = lambda: reader.dead
        eventlet.sleep(0)

    def _free(self) -> None:
        self.freed += 1

    def say(self, text: str, first: int = 0x81) -> None:
        """Sends a frame of the client."""
        self.peer.sendall(bytes((first, 0x80 | len(text))) + bytes(4) + text.encode())

    def text(self) -> str:
        """The payload of the next frame that the client receives."""
        return self.frame()[1].decode()


class Endless:
    """A socket on which the next chunk is always there already."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks
        self.fd = SimpleNamespace(send=len)

    def recv(self, _: int) -> bytes:
        return self.chunks.pop(0) if self.chunks else b""

    def setsockopt(self, *_: Any) -> None: ...

    def shutdown(self, _: int) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def pair() -> Pair:
    return Pair()


def message(text: str) -> Packet:
    return Packet(packets.MESSAGE, text)


def test_what_is_sent_has_arrived_with_the_call(pair: Pair) -> None:
    pair.session.send(message("hello"))
    assert pair.session.queue.empty()
    assert pair.text() == "4hello"
    assert (pair.session.free, pair.freed) == (True, 0)


def test_messages_of_a_client_are_handed_on_in_order(pair: Pair) -> None:
    for text in ("4one", "4two", '4{"json":1}', "47"):
        pair.say(text)
    wait_until(lambda: len(pair.engine.events) == 4)
    assert pair.engine.events == [("message", text) for text in ("one", "two", '{"json":1}', "7")]


@pytest.mark.parametrize("noise", ["", "9", "x", "bad", "2", "3", "6"])
def test_what_is_no_packet_is_ignored(pair: Pair, noise: str) -> None:
    pair.say(noise)
    pair.say("4hello")
    wait_until(lambda: pair.engine.events)
    assert pair.engine.events == [("message", "hello")]


def test_a_client_that_never_stops_sending_gives_others_their_turns(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.direct_session.TURN_SECONDS", 0.0)
    chunks = [b"\x01\x81\0\0\0\x004", *[b"\x00\x81\0\0\0\0x"] * 100]  # a message that does not end
    total = len(chunks)
    session = DirectSession(pair.engine, "sender", Endless(chunks), lambda: None)
    unread: list[int] = []
    eventlet.spawn(lambda: unread.append(len(chunks)))
    session.run()
    assert 0 < unread[0] < total


def test_a_client_that_keeps_requesting_without_reading_is_disconnected(pair: Pair) -> None:
    pair.fill()
    pair.session.send(message("x"))
    for _ in range(OUTBOX_MESSAGES + 10):
        pair.session.send(message("answer"))
    assert pair.session.queue.qsize() == OUTBOX_MESSAGES + 1
    wait_until(lambda: not pair.engine.sockets)


def test_what_waits_for_a_client_that_does_not_read_is_bounded_in_bytes(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.outbox.OUTBOX_BYTES", 5000)
    pair.fill()
    for _ in range(20):
        pair.session.send(message("x" * 1000))
    assert 5000 < pair.session.queue.held < 7000
    wait_until(lambda: not pair.engine.sockets)


def test_what_waits_for_all_clients_is_bounded_and_the_one_with_the_most_is_disconnected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.outbox.OUTBOXES_BYTES", 5000)
    engine, outboxes = Engine(), Outboxes()
    most, little = Pair("most", engine, outboxes), Pair("little", engine, outboxes)
    for each, messages in ((most, 4), (little, 1)):
        each.fill()
        for _ in range(messages + 1):  # the first does not wait here: the rest of it is being written
            each.session.send(message("x" * 1000))
    assert set(engine.sockets) == {"most", "little"}
    little.session.send(message("x" * 1000))
    wait_until(lambda: set(engine.sockets) == {"little"})
    wait_until(lambda: outboxes.held == little.session.queue.held > 0)


def test_a_client_that_reads_again_before_the_limit_stays_connected_however_often(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.outbox.OUTBOX_BYTES", 5000)
    for _ in range(3):
        held = pair.fill()
        for number in range(4):
            pair.session.send(message(f"{number}" * 1000))
        assert pair.read(held + len(PONG))[held:] == PONG
        assert [pair.text() for _ in range(4)] == [f"4{number}{str(number) * 999}" for number in range(4)]
        wait_until(lambda: pair.session.free)
        assert pair.session.queue.held == 0
    assert pair.engine.sockets


def test_of_many_pings_whose_answers_are_not_read_the_last_is_answered(pair: Pair) -> None:
    held = pair.fill()
    for number in range(500):
        pair.say(f"{number:03}", 0x89)
    wait_until(lambda: pair.session.queue and pair.session.queue[-1].endswith(b"499"))
    assert pair.session.queue.qsize() == 1
    pair.read(held)
    assert pair.read(len(PONG)) == PONG
    assert pair.read(5) == b"\x8a\x03499"


def test_what_waits_behind_half_a_frame_follows_it_in_order(pair: Pair) -> None:
    long = "x" * 500_000
    pair.session.send(message(long))
    assert pair.session.blocked
    assert not pair.session.free
    for number in range(5):
        pair.session.send(message(str(number)))
    assert pair.session.queue.qsize() == 5
    assert [pair.text() for _ in range(6)] == [f"4{text}" for text in (long, *"01234")]
    wait_until(lambda: pair.session.free)
    assert pair.freed == 1


def test_a_frame_that_the_socket_does_not_take_is_not_kept_and_the_session_says_when_it_is_free(pair: Pair) -> None:
    held = pair.fill()
    assert not pair.session.write(websocket_frame("4stale"))
    eventlet.sleep(0)
    assert (pair.session.blocked, pair.freed) == (True, 0)
    pair.read(held)
    wait_until(lambda: pair.session.free)
    assert pair.session.write(websocket_frame("4fresh"))
    assert pair.read(len(PONG)) == PONG
    assert (pair.text(), pair.freed) == ("4fresh", 1)


def test_a_client_that_disconnects_is_told_of_once_and_its_socket_is_closed(pair: Pair) -> None:
    pair.peer.close()
    wait_until(lambda: not pair.engine.sockets)
    assert pair.engine.events == [("disconnect", "close")]
    assert pair.stream.fd.fileno() == -1
    with pytest.raises(SocketIsClosedError):
        pair.session.send(message("late"))


def test_a_closing_handshake_is_answered(pair: Pair) -> None:
    pair.say("", 0x88)
    assert pair.read(2) == b"\x88\x00"
    wait_until(lambda: not pair.engine.sockets)


def test_a_session_that_is_closed_tells_its_client(pair: Pair) -> None:
    pair.session.close()
    assert (pair.text(), pair.read(4)) == ("1", b"\x88\x02\x03\xe8")
    wait_until(lambda: not pair.engine.sockets)
    assert pair.engine.events == [("disconnect", "server")]


def test_a_cut_while_the_client_reads_nothing_leaves_no_socket_behind(pair: Pair) -> None:
    pair.fill()
    pair.session.send(message("x" * 100_000))
    eventlet.sleep(0)
    pair.session.cut()
    wait_until(lambda: not pair.engine.sockets and pair.stream.fd.fileno() == -1)


def test_a_client_that_answers_pings_stays_and_one_that_does_not_is_disconnected(pair: Pair) -> None:
    for _ in range(3):
        assert pair.session.ping()
        assert pair.text() == "2"
        pair.say("3")
        wait_until(lambda: pair.session.last_ping is None)
    Pinger(pair.engine).add("sid")
    assert pair.text() == "2"
    wait_until(lambda: not pair.engine.sockets)
    assert pair.engine.events == [("disconnect", "ping")]


def test_the_connect_handler_gets_the_principal_and_nothing_else_of_the_request() -> None:
    engine = make_socketio().server.eio
    kept: list[dict[str, Any]] = []
    engine.handlers["connect"] = lambda _, environ: kept.append(environ)
    DirectSessions(engine, lambda: None).install()
    connect_directly(engine, **{"HTTP_COOKIE": "a secret", PRINCIPAL: PASSWORD_HOLDER})
    assert kept == [{PRINCIPAL: PASSWORD_HOLDER}]
    assert principal_of(kept[0]) is PASSWORD_HOLDER


def test_once_uninstalled_the_library_has_new_connections() -> None:
    engine = make_socketio().server.eio
    library = engine._handle_connect
    sessions = DirectSessions(engine, lambda: None)
    sessions.install()
    connect_directly(engine)
    assert [type(session) for session in engine.sockets.values()] == [DirectSession]
    sessions.uninstall()
    assert engine._handle_connect == library
