"""Sessions that write to their sockets themselves: order, who blocks, who is gone, and who pings."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from engineio import packet as packets
from engineio.exceptions import SocketIsClosedError
from engineio.packet import Packet

from phloem_server.transport.engineio.direct_session import FLOOD, PONG, DirectSession, Pulse
from phloem_server.transport.rfc6455 import websocket_frame

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet
    from eventlet.green import socket as green

DEADLINE = 10
SMALL_BUFFER = 4096


class Engine:
    """What a session needs of Engine.IO's server."""

    ping_interval = 0.01
    max_http_buffer_size = 1000
    async_handlers = False
    reason = SimpleNamespace(TRANSPORT_CLOSE="close", PING_TIMEOUT="ping", SERVER_DISCONNECT="server")

    def __init__(self) -> None:
        self.sockets: dict[str, Any] = {}
        self.heard: list[tuple[Any, ...]] = []
        self.logger = SimpleNamespace(info=lambda *_: None)

    def create_queue(self) -> None:
        return None

    def start_background_task(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return eventlet.spawn(work, *arguments)

    def sleep(self, seconds: float) -> None:
        eventlet.sleep(seconds)

    def _trigger_event(self, event: str, _: str, said: Any, *, run_async: bool) -> None:
        assert not run_async
        self.heard.append((event, said))


class Pair:
    """A session that reads, and the viewer's end of its socket."""

    def __init__(self) -> None:
        self.stream, self.peer = green.socketpair()
        self.stream.setsockopt(green.SOL_SOCKET, green.SO_SNDBUF, SMALL_BUFFER)
        self.peer.settimeout(DEADLINE)
        self.engine = Engine()
        self.freed = 0
        self.session = DirectSession(self.engine, "sid", self.stream, self._free)
        self.engine.sockets["sid"] = self.session
        self.reader = eventlet.spawn(self.session.run)
        eventlet.sleep(0)

    def _free(self) -> None:
        self.freed += 1

    def say(self, text: str, first: int = 0x81) -> None:
        self.peer.sendall(bytes((first, 0x80 | len(text))) + bytes(4) + text.encode())

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.peer.recv(size - len(data))
            assert part, "the connection ended"
            data += part
        return data

    def frame(self) -> str:
        _, size = self.read(2)
        if size == 126:
            (size,) = struct.unpack("!H", self.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self.read(8))
        return self.read(size).decode()

    def fill(self) -> int:
        held = 0
        try:
            while True:
                held += self.stream.fd.send(b"\0" * 1000)
        except BlockingIOError:
            return held


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
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.peer.close()
    with eventlet.Timeout(DEADLINE):
        made.reader.wait()


def wait_until(condition: Callable[[], Any]) -> None:
    with eventlet.Timeout(DEADLINE):
        while not condition():
            eventlet.sleep(0.001)


def message(text: str) -> Packet:
    return Packet(packets.MESSAGE, text)


def test_what_is_sent_has_arrived_with_the_call(pair: Pair) -> None:
    pair.session.send(message("hello"))
    assert pair.session.queue.empty()
    assert pair.frame() == "4hello"
    assert (pair.session.free, pair.freed) == (True, 0)


def test_what_a_viewer_says_is_handed_on_in_order(pair: Pair) -> None:
    for text in ("4one", "4two", '4{"json":1}', "47"):
        pair.say(text)
    wait_until(lambda: len(pair.engine.heard) == 4)
    assert pair.engine.heard == [("message", said) for said in ("one", "two", '{"json":1}', "7")]


@pytest.mark.parametrize("noise", ["", "9", "x", "bad", "2", "3", "6"])
def test_what_nobody_understands_is_left_alone(pair: Pair, noise: str) -> None:
    pair.say(noise)
    pair.say("4hello")
    wait_until(lambda: pair.engine.heard)
    assert pair.engine.heard == [("message", "hello")]


def test_who_never_stops_talking_leaves_everybody_else_their_turns(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.direct_session.TURN", 0.0)
    chunks = [b"\x01\x81\0\0\0\x004", *[b"\x00\x81\0\0\0\0x"] * 100]  # a message that does not end
    total = len(chunks)
    session = DirectSession(pair.engine, "talker", Endless(chunks), lambda: None)
    unread: list[int] = []
    eventlet.spawn(lambda: unread.append(len(chunks)))
    session.run()
    assert 0 < unread[0] < total


def test_who_reads_nothing_and_goes_on_asking_is_cut_off(pair: Pair) -> None:
    pair.fill()
    pair.session.send(message("x"))
    for _ in range(FLOOD + 10):
        pair.session.send(message("answer"))
    assert pair.session.queue.qsize() == FLOOD + 1
    wait_until(lambda: not pair.engine.sockets)


def test_what_waits_for_who_reads_nothing_is_bounded_in_bytes(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.direct_session.HELD", 5000)
    pair.fill()
    for _ in range(20):
        pair.session.send(message("x" * 1000))
    assert 5000 < pair.session.queue.held < 7000
    wait_until(lambda: not pair.engine.sockets)


def test_who_reads_again_before_it_is_too_much_stays_however_often(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem_server.transport.engineio.direct_session.HELD", 5000)
    for _ in range(3):
        held = pair.fill()
        for number in range(4):
            pair.session.send(message(f"{number}" * 1000))
        assert pair.read(held + len(PONG))[held:] == PONG
        assert [pair.frame() for _ in range(4)] == [f"4{number}{str(number) * 999}" for number in range(4)]
        wait_until(lambda: pair.session.free)
        assert pair.session.queue.held == 0
    assert pair.engine.sockets


def test_of_many_pings_to_which_the_answers_are_not_read_the_last_is_answered(pair: Pair) -> None:
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
    assert [pair.frame() for _ in range(6)] == [f"4{text}" for text in (long, *"01234")]
    wait_until(lambda: pair.session.free)
    assert pair.freed == 1


def test_a_frame_that_the_socket_does_not_take_is_not_kept_and_it_says_when_it_takes_more(pair: Pair) -> None:
    held = pair.fill()
    assert not pair.session.write(websocket_frame("4stale"))
    eventlet.sleep(0)
    assert (pair.session.blocked, pair.freed) == (True, 0)
    pair.read(held)
    wait_until(lambda: pair.session.free)
    assert pair.session.write(websocket_frame("4fresh"))
    assert pair.read(len(PONG)) == PONG
    assert (pair.frame(), pair.freed) == ("4fresh", 1)


def test_who_leaves_is_gone_with_one_word_of_it(pair: Pair) -> None:
    pair.peer.close()
    wait_until(lambda: not pair.engine.sockets)
    assert pair.engine.heard == [("disconnect", "close")]
    assert pair.stream.fd.fileno() == -1
    with pytest.raises(SocketIsClosedError):
        pair.session.send(message("late"))


def test_a_farewell_is_answered(pair: Pair) -> None:
    pair.say("", 0x88)
    assert pair.read(2) == b"\x88\x00"
    wait_until(lambda: not pair.engine.sockets)


def test_a_session_that_is_closed_tells_its_viewer(pair: Pair) -> None:
    pair.session.close()
    assert (pair.frame(), pair.read(4)) == ("1", b"\x88\x02\x03\xe8")
    wait_until(lambda: not pair.engine.sockets)
    assert pair.engine.heard == [("disconnect", "server")]


def test_who_is_cut_off_while_reading_nothing_leaves_no_socket_behind(pair: Pair) -> None:
    pair.fill()
    pair.session.send(message("x" * 100_000))
    eventlet.sleep(0)
    pair.session.cut()
    wait_until(lambda: not pair.engine.sockets and pair.stream.fd.fileno() == -1)


def test_who_answers_is_pinged_on_and_who_does_not_is_let_go(pair: Pair) -> None:
    Pulse(pair.engine).add("sid")
    for _ in range(3):
        assert pair.frame() == "2"
        pair.say("3")
    assert pair.frame() == "2"
    wait_until(lambda: not pair.engine.sockets)
    assert pair.engine.heard == [("disconnect", "ping")]


def test_one_pulse_does_for_all_and_rests_when_nobody_is_left() -> None:
    engine = Engine()
    pulse = Pulse(engine)
    pinged: list[int] = []

    class Mortal:
        def __init__(self, number: int) -> None:
            self.number, self.lives = number, 2

        def ping(self) -> bool:
            pinged.append(self.number)
            self.lives -= 1
            return self.lives > 0

    for number in range(3):
        engine.sockets[str(number)] = Mortal(number)
        pulse.add(str(number))
    pulse.add("nobody")
    wait_until(lambda: not pulse._running)
    assert pinged == [0, 1, 2, 0, 1, 2]
    pulse.add("0")
    wait_until(lambda: pinged[6:] == [0])


def test_one_who_cannot_be_pinged_keeps_nobody_else_from_it(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine()
    pulse = Pulse(engine)
    pinged: list[str] = []
    cut: list[str] = []

    def broken() -> bool:
        raise RuntimeError("a bug")

    def once() -> bool:
        pinged.append("other")
        return False

    engine.sockets["broken"] = SimpleNamespace(ping=broken, cut=lambda: cut.append("broken"))
    engine.sockets["other"] = SimpleNamespace(ping=once)
    for _ in range(2):
        for sid in engine.sockets:
            pulse.add(sid)
        wait_until(lambda: not pulse._running)
    assert (pinged, cut) == (["other", "other"], ["broken", "broken"])
    assert caplog.text.count("could not be pinged") == 2
