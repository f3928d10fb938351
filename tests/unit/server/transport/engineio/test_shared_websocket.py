"""Writing frames to a WebSocket beside the library's own writer. Real WebSockets of eventlet on pairs of sockets."""

from __future__ import annotations

import random
import socket
import threading
from types import MethodType, SimpleNamespace
from typing import Any

import pytest
from engineio.socket import Socket

from phloem_server.transport.engineio.shared_websocket import SharedWebSocket, WebSockets
from phloem_server.transport.rfc6455 import websocket_frame
from tests.unit.server.transport.engineio.green import DEADLINE_SECONDS, SocketPair, eventlet, wait_until
from tests.unit.server.transport.engineio.servers import UPGRADE, make_socketio


class Pair(SocketPair):
    """A shared WebSocket, and the client's end of its socket."""

    def __init__(self) -> None:
        super().__init__()
        self.stream.settimeout(DEADLINE_SECONDS)
        self.ws = eventlet.websocket.RFC6455WebSocket(self.stream, {}, 13)
        self.session = SimpleNamespace(queue=eventlet.queue.Queue(), upgraded=True)
        self.freed = 0
        engine = SimpleNamespace(start_background_task=eventlet.spawn, sleep=eventlet.sleep)
        self.websocket = SharedWebSocket(engine, self.session, self.ws, self._free)

    def _free(self) -> None:
        self.freed += 1


def new_session() -> tuple[Any, Any, list[Any]]:
    """A server, a session of it, and a list for what it answers."""
    engine = make_socketio().server.eio
    return engine, Socket(engine, "session"), []


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_is_what_the_library_would_have_written(pair: Pair, size: int) -> None:
    text = "é" * (size // 2) + "e" * (size % 2)
    assert len(text.encode()) == size
    assert websocket_frame(text) == pair.ws._pack_message(text)


def test_a_frame_that_fits_leaves_nothing_to_be_done(pair: Pair) -> None:
    assert pair.websocket.write(websocket_frame("4hello"))
    assert pair.websocket.free
    assert pair.frame() == (0x81, b"4hello")
    assert pair.freed == 0


def test_a_frame_that_fits_only_in_part_is_completed_before_the_library_writes(pair: Pair) -> None:
    long = "x" * 1_000_000
    assert pair.websocket.write(websocket_frame(long))
    assert pair.websocket.blocked
    library = eventlet.spawn(pair.ws.send, "library")
    assert pair.frame() == (0x81, long.encode())
    assert pair.frame() == (0x81, b"library")
    library.wait()
    wait_until(lambda: pair.websocket.free)
    assert pair.freed == 1


def test_a_socket_that_takes_nothing_gets_nothing_of_the_frame_and_says_when_it_takes_more(pair: Pair) -> None:
    held = pair.fill()
    assert not pair.websocket.write(websocket_frame("4stale"))
    eventlet.sleep(0)
    assert (pair.websocket.blocked, pair.freed) == (True, 0)
    pair.read(held)
    wait_until(lambda: pair.websocket.free)
    assert pair.freed == 1
    assert pair.websocket.write(websocket_frame("4fresh"))
    assert [pair.frame(), pair.frame()] == [(0x8A, b""), (0x81, b"4fresh")]


def test_a_websocket_is_blocked_while_the_library_is_in_the_middle_of_a_frame(pair: Pair) -> None:
    long = "y" * 1_000_000
    library = eventlet.spawn(pair.ws.send, long)
    wait_until(lambda: pair.websocket.blocked)
    assert not pair.websocket.free
    assert pair.frame() == (0x81, long.encode())
    library.wait()
    assert pair.websocket.free


@pytest.mark.parametrize("seed", range(8))
def test_frames_of_the_library_and_ours_never_mix(pair: Pair, seed: int) -> None:
    dice = random.Random(seed)
    written: dict[str, list[bytes]] = {"ours": [], "library": []}
    received: dict[str, list[bytes]] = {"ours": [], "library": []}

    def text(source: str) -> str:
        made = f"{source}:{len(written[source])}:" + "z" * int(dice.paretovariate(0.5) % 50_000)
        written[source].append(made.encode())
        return made

    def library() -> None:
        for _ in range(100):
            pair.ws.send(text("library"))
            eventlet.sleep(dice.choice([0, 0, 0.001]))

    def ours() -> None:
        for _ in range(300):
            if pair.websocket.free and not pair.websocket.write(websocket_frame(text("ours"))):
                written["ours"].pop()
            eventlet.sleep(dice.choice([0, 0, 0.001]))

    writers = [eventlet.spawn(library), eventlet.spawn(ours)]
    ended = eventlet.spawn(lambda: [writer.wait() for writer in writers] and pair.ws.send("end"))
    while True:
        first, payload = pair.frame()
        if payload == b"end":
            break
        assert first in (0x81, 0x8A)
        if first == 0x81:
            received[payload.split(b":", 1)[0].decode()].append(payload)
        if dice.random() < 0.3:
            eventlet.sleep(dice.choice([0, 0.001]))
    ended.wait()
    wait_until(lambda: not pair.websocket.blocked)
    assert received == written
    assert len(written["library"]) == 100
    assert len(written["ours"]) > 0


def test_half_a_frame_that_cannot_be_completed_ends_the_connection(pair: Pair) -> None:
    pair.stream.settimeout(0.05)
    pair.websocket.write(websocket_frame("x" * 1_000_000))
    wait_until(lambda: not pair.websocket.blocked)
    assert pair.websocket.write(websocket_frame("4more")), "a connection that ended is no error"
    with pytest.raises(AssertionError, match="the connection ended"):
        pair.read(2_000_000)


def test_a_client_that_disconnected_is_no_error(pair: Pair) -> None:
    pair.peer.close()
    assert pair.websocket.write(websocket_frame("4hello"))
    pair.websocket.cut()
    assert pair.websocket.write(websocket_frame("4hello"))


def test_a_cut_ends_the_connection_even_while_the_socket_takes_nothing(pair: Pair) -> None:
    pair.websocket.write(websocket_frame("x" * 1_000_000))
    library = eventlet.spawn(pair.ws.send, "library")
    eventlet.sleep(0)
    pair.websocket.cut()
    wait_until(lambda: not pair.websocket.blocked)
    with pytest.raises(OSError, match="pipe"):
        library.wait()


@pytest.mark.parametrize("hindrance", ["something queued", "not upgraded yet"])
def test_a_websocket_is_not_free_while_the_library_has_to_write_first(pair: Pair, hindrance: str) -> None:
    assert pair.websocket.free
    if hindrance == "something queued":
        pair.session.queue.put("packet")
    else:
        pair.session.upgraded = False
    assert (pair.websocket.free, pair.websocket.blocked) == (False, False)


@pytest.mark.parametrize("version", [None, "7", "76"])
def test_drafts_of_the_protocol_are_refused_and_their_session_ends(version: str | None) -> None:
    engine, session, answers = new_session()
    environ = {**UPGRADE, "HTTP_SEC_WEBSOCKET_VERSION": version}
    assert (
        WebSockets(engine, lambda: None, shared=True).open(session._websocket_handler, engine)(
            environ, lambda *answer: answers.append(answer)
        )
        == []
    )
    assert answers == [("426 Upgrade Required", [("Sec-WebSocket-Version", "8, 13")])]
    assert session.closed


def test_a_session_that_does_not_become_a_websocket_ends() -> None:
    engine, session, answers = new_session()
    pair = SocketPair()
    environ = {
        **UPGRADE,
        "HTTP_SEC_WEBSOCKET_KEY": "",
        "eventlet.input": SimpleNamespace(get_socket=lambda: pair.stream),
    }
    environ["HTTP_UPGRADE"] = "something else"
    websockets = WebSockets(engine, lambda: None, shared=True)
    assert websockets.open(session._websocket_handler, engine)(environ, lambda *answer: answers.append(answer)) == []
    assert answers[0][0] == "400 Bad Request"
    assert session.closed
    assert websockets.shared == {}


def test_the_connection_and_the_session_of_a_simple_websocket_end_with_its_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = make_socketio("threading").server.eio
    session = Socket(engine, "session")
    engine.sockets[session.sid] = session
    session.connected = True
    stream, client = socket.socketpair()

    def driver(handler: Any, _: Any) -> Any:
        def open_it(*_: Any) -> None:
            handler(SimpleNamespace(ws=SimpleNamespace(sock=stream, event=threading.Event()), close=lambda: None))
            raise ConnectionError  # as it does beside Werkzeug

        return open_it

    monkeypatch.setitem(engine._async, "websocket", driver)
    handler = MethodType(lambda session, _: session.close(wait=False, abort=True), session)
    with stream, client:
        with pytest.raises(ConnectionError):
            WebSockets(engine, lambda: None, shared=False).open(handler, engine)({**UPGRADE}, lambda *_: None)
        assert engine.sockets == {}
        client.settimeout(DEADLINE_SECONDS)
        assert client.recv(1) == b""
