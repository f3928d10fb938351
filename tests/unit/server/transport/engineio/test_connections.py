"""Which servers are written to directly, what is known of a session, and the end of all of them."""

from __future__ import annotations

import threading
import time

import pytest
from flask_socketio import SocketIO
from werkzeug.test import Client

from phloem_server.transport.engineio.connections import QUEUED_MESSAGES, Connections
from phloem_server.transport.engineio.outbox import OUTBOX_MESSAGES
from phloem_server.transport.fanout import Fanout
from tests.unit.server.transport.engineio import green
from tests.unit.server.transport.engineio.servers import connect_directly, make_socketio, open_websocket, polling_client
from tests.waiting import wait_until

POLLING_URL = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def socketio() -> SocketIO:
    return make_socketio()


@pytest.fixture
def connections(socketio: SocketIO, green_rehearsal: None) -> Connections:
    """Those of a server that writes directly."""
    made = Connections(socketio.server.eio, direct=True)
    assert made.direct
    return made


def test_sockets_that_are_not_those_of_eventlet_are_not_written_to_directly(
    socketio: SocketIO, caplog: pytest.LogCaptureFixture
) -> None:
    assert not Connections(socketio.server.eio, direct=True).direct  # here the standard library is as it is
    assert "GreenSocket" in caplog.text


@pytest.mark.parametrize("mode", ["threading", "gevent"])
def test_other_modes_do_not_write_directly_and_log_nothing(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not Connections(make_socketio(mode).server.eio, direct=True).direct
    assert caplog.text == ""


def test_direct_writing_can_be_switched_off(socketio: SocketIO, caplog: pytest.LogCaptureFixture) -> None:
    assert not Connections(socketio.server.eio, direct=False).direct
    assert caplog.text == ""


def test_websockets_can_be_written_to_and_long_polling_takes_the_queue(
    connections: Connections, socketio: SocketIO
) -> None:
    engine = socketio.server.eio
    connect_directly(engine)
    (direct,) = engine.sockets
    _, upgraded = polling_client(socketio, 1)
    _, polling = polling_client(socketio, 2)
    open_websocket(upgraded)
    writers = [connections.get(session_id) for session_id in (direct, upgraded.sid, polling.sid, "unknown")]
    assert [writer is not None and writer.free for writer in writers] == [True, True, False, False]
    assert writers[2:] == [None, None]


def test_a_session_has_room_until_its_queue_is_long(connections: Connections, socketio: SocketIO) -> None:
    _, session = polling_client(socketio, 1)
    for waiting in range(QUEUED_MESSAGES):
        assert connections.has_room(session.sid)
        assert connections.waiting(session.sid) == waiting
        session.queue.put("message")
    assert not connections.has_room(session.sid)
    assert not connections.has_room("unknown")
    assert not connections.has_room(None)
    assert connections.waiting("unknown") == 0


def test_a_session_is_flooded_with_one_message_more_than_may_wait(connections: Connections, socketio: SocketIO) -> None:
    _, session = polling_client(socketio, 1)
    for _ in range(OUTBOX_MESSAGES):
        session.queue.put("answer")
    assert not connections.flooded(session.sid)
    session.queue.put("answer")
    assert connections.flooded(session.sid)
    assert not connections.flooded("unknown")


def test_a_cut_ends_a_session_with_long_polling(connections: Connections, socketio: SocketIO) -> None:
    _, session = polling_client(socketio, 1)
    connections.cut(session.sid)
    connections.cut("unknown")
    green.wait_until(lambda: session.closed)


@pytest.mark.parametrize("direct", [True, False])
def test_a_client_that_answers_no_ping_is_not_disconnected_by_the_thread_that_sends(direct: bool) -> None:
    socketio = make_socketio("threading")
    fanout, lock, reasons = Fanout(socketio, direct=direct), threading.Lock(), list[str]()

    def disconnected(_: str, reason: str) -> None:
        with lock:
            reasons.append(reason)

    socketio.server.on("disconnect", disconnected, namespace="/")
    sid, session = polling_client(socketio, 1)
    session.last_ping = time.time() - 2 * socketio.server.eio.ping_timeout

    def send() -> None:
        with lock:  # as the hub and the boards do, so that what is sent keeps its order
            fanout.offer("frame", 1, to="room")
            fanout.send("status", 2, to=sid)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    sender.join(5)
    assert not sender.is_alive()
    wait_until(lambda: session.closed, 60, "the session ended")
    assert reasons == [socketio.server.eio.reason.PING_TIMEOUT]


def test_closing_ends_every_kind_of_session_and_restores_the_library(socketio: SocketIO, green_rehearsal: None) -> None:
    engine = socketio.server.eio
    library = [engine.handle_request, engine.send_packet, engine._async, engine._handle_connect]
    connections = Connections(engine, direct=True)
    ended: list[str] = []
    engine.handlers["disconnect"] = lambda session_id, _: ended.append(session_id)
    pairs = [connect_directly(engine)]
    (direct,) = engine.sockets
    _, upgraded = polling_client(socketio, 1)
    _, polling = polling_client(socketio, 2)
    pairs.append(open_websocket(upgraded))
    for pair in pairs:
        pair.fill()
    connections.close()
    assert [engine.handle_request, engine.send_packet, engine._async, engine._handle_connect] == library
    green.wait_until(lambda: len(ended) == 3)
    assert set(ended) == {direct, upgraded.sid, polling.sid}
    for pair in pairs:
        while pair.peer.recv(100_000):
            pass
    green.wait_until(lambda: pairs[0].stream.fd.fileno() == -1)
    assert direct not in engine.sockets


def test_closing_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    before = threading.enumerate()
    for _ in range(10):
        socketio = make_socketio("threading")
        connections = Connections(socketio.server.eio, direct=True)
        assert Client(socketio.sockio_mw).get(POLLING_URL).status_code == 200
        threads = [thread for thread in threading.enumerate() if thread not in before]
        assert len(threads) >= 2, "one monitors the sessions, and one waits for the next ping"
        connections.close()
        wait_until(lambda: not [thread for thread in threading.enumerate() if thread not in before], 60, "all ended")
