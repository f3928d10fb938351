"""The fan-out in a real server, in each asynchronous mode, with clients of each transport."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import websocket

from phloem_server.commands.watch.wire import SocketClient
from tests.waiting import wait_until

MEGABYTE = 1 << 20


class Server:
    """The server of `fanout_server.py` in a process of its own."""

    def __init__(self, mode: str, way: str, modules: Path | None = None) -> None:
        """`modules` is a folder of modules that are installed beside it."""
        script = Path(__file__).with_name("fanout_server.py")
        path = os.pathsep.join([*([str(modules)] if modules else []), *sys.path])
        self._process = subprocess.Popen(
            [sys.executable, script, mode, way],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": path},
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def offer(self, count: int = 1, size: int = 10) -> list[list[str]]:
        """The sids that were passed over, for each message."""
        answer: list[list[str]] = self._ask(f"/offer?count={count}&size={size}", b"")
        return answer

    def cut(self, sid: str) -> None:
        self._ask(f"/cut?sid={sid}", b"")

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._ask("/")
        return answer

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(10) == 0
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.url + path, body), timeout=60) as answer:
            return json.load(answer)


class Raw:
    """A client that reads only when told to, over a small buffer."""

    def __init__(self, server: Server, header: tuple[str, ...] = ()) -> None:
        self.ws = websocket.create_connection(
            f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket",
            timeout=40,
            header=list(header),
            sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 8192),),
        )
        assert self.ws.recv()[:1] == "0"
        self.ws.send("40")
        answer = self.ws.recv()
        assert answer[:2] == "40"
        self.sid = json.loads(answer[2:])["sid"]

    def numbers(self, until: int) -> list[int]:
        """Reads frames up to a number."""
        found: list[int] = []
        while not found or found[-1] != until:
            text = self.ws.recv()
            assert isinstance(text, str)
            if text == "2":
                self.ws.send("3")
                continue
            assert text[:2] == "42", text[:80]
            found.append(json.loads(text[2:])[1]["number"])
        return found

    def close(self) -> None:
        self.ws.close()


@contextmanager
def client_of(server: Server, transports: list[str]) -> Iterator[list[int]]:
    """An ordinary client. Gives the numbers that it receives."""
    numbers: list[int] = []
    client = SocketClient(reconnection=False)
    client.on("frame", lambda frame: numbers.append(frame["number"]))
    client.connect(server.url, transports=transports)
    try:
        yield numbers
    finally:
        client.disconnect()


@contextmanager
def serving(mode: str = "eventlet", way: str = "direct", modules: Path | None = None) -> Iterator[Server]:
    server = Server(mode, way, modules)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def raw(server: Server) -> Iterator[Callable[[], Raw]]:
    with ExitStack() as stack:

        def make() -> Raw:
            made = Raw(server)
            stack.callback(made.close)
            return made

        yield make


@pytest.mark.parametrize(
    ("mode", "way", "direct"),
    [
        ("eventlet", "direct", True),
        ("eventlet", "plain", False),
        ("threading", "direct", False),
        ("gevent", "direct", False),
    ],
)
def test_clients_of_each_transport_receive_every_frame_in_order(mode: str, way: str, direct: bool) -> None:
    kinds = (["websocket"], ["polling"], ["polling", "websocket"])
    with serving(mode, way) as server, ExitStack() as stack:
        received = [stack.enter_context(client_of(server, kind)) for kind in kinds]
        wait_until(lambda: server.status()["clients"] == 3, what="all are there")
        assert server.status()["direct"] is direct
        for number in range(100):
            assert server.offer(size=number * 40) == [[]]
            if number % 5 == 0:  # a polling client takes up to eight at a time
                wait_until(lambda: {tuple(numbers[-1:]) for numbers in received} == {(server.status()["number"] - 1,)})
        wait_until(lambda: all(len(numbers) == 100 for numbers in received), what="all frames are there")
        assert received == [list(range(100))] * 3


@pytest.mark.parametrize("mode", ["eventlet", "threading", "gevent"])
def test_no_websocket_is_compressed_even_if_the_client_offers_it(mode: str) -> None:
    with serving(mode) as server:
        made = Raw(server, ("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",))
        assert made.ws.headers is not None
        assert "sec-websocket-extensions" not in made.ws.headers
        made.close()


def test_a_client_that_stops_reading_is_passed_over_and_disturbs_no_other(
    server: Server, raw: Callable[[], Raw]
) -> None:
    stalled = raw()
    with client_of(server, ["websocket"]) as quick:
        wait_until(lambda: server.status()["clients"] == 2)
        passed_over = server.offer(5, 20_000)
        before = server.status()["memory"]
        for _ in range(80):
            passed_over += server.offer(10, 20_000)
            due = sum(set(each) <= {stalled.sid} for each in passed_over)
            wait_until(lambda due=due: len(quick) == due, what="the other client is in step")  # type: ignore[misc]
        assert len(quick) > 400
        assert passed_over[-1] == [stalled.sid]
        status = server.status()
        assert stalled.sid not in status["ready"]
        # 16 MB were offered; the server holds one frame of them, and the system what fits in its buffers.
        assert status["memory"] - before < 4 * MEGABYTE
        taken = [number for number, each in enumerate(passed_over) if stalled.sid not in each]
        assert stalled.numbers(taken[-1]) == taken
        wait_until(lambda: stalled.sid in server.status()["ready"], what="the client is ready again")
        assert server.offer() == [[]]
        assert stalled.numbers(805) == [805]


def test_the_library_answers_in_between_and_no_frame_is_torn(server: Server, raw: Callable[[], Raw]) -> None:
    slow = raw()
    wait_until(lambda: server.status()["clients"] == 1)
    echoed: list[int] = []
    for number in range(30):
        slow.ws.send(f'42{number}["echo","{"e" * 30_000}"]')
        server.offer(3, 50_000)
        if number % 3 == 2:
            while len(echoed) <= number:
                text = slow.ws.recv()
                assert isinstance(text, str)
                kind, body = text[:2], json.loads(text[text.index("[") :])
                if kind == "43":
                    assert body == ["e" * 30_000]
                    echoed.append(int(text[2 : text.index("[")]))
                else:
                    assert body[1]["pad"] == "x" * 50_000
    assert echoed == list(range(30))


def test_a_client_that_is_cut_off_while_reading_nothing_is_gone_at_once(server: Server, raw: Callable[[], Raw]) -> None:
    stalled = raw()
    wait_until(lambda: server.status()["clients"] == 1)
    server.offer(200, 50_000)
    server.cut(stalled.sid)
    wait_until(lambda: server.status()["clients"] == 0, what="it is gone")
    assert server.offer() == [[]]


def test_clients_that_vanish_in_the_middle_of_frames_leave_nothing_behind(server: Server) -> None:
    for _ in range(20):
        made = Raw(server)
        server.offer(40, 50_000)
        assert made.ws.sock is not None
        made.ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # ends with a reset
        made.ws.sock.close()
    wait_until(lambda: server.status()["clients"] == 0, what="all are gone")
    assert server.offer() == [[]]


def test_frames_offered_during_an_upgrade_all_arrive_in_order(server: Server) -> None:
    for _ in range(10):
        start = server.status()["number"]
        with client_of(server, ["polling", "websocket"]) as numbers:
            wait_until(lambda: server.status()["clients"] == 1)
            server.offer(6)
            server.offer(1)
            first = wait_until(lambda: numbers[:1])[0]
            wait_until(lambda: numbers[-1:] == [server.status()["number"] - 1])
            assert numbers == list(range(first, start + 7))
        wait_until(lambda: server.status()["clients"] == 0)


@pytest.mark.parametrize("mode", ["eventlet", "threading", "gevent"])
def test_websockets_open_with_gevent_websocket_installed(mode: str, tmp_path: Path) -> None:
    (tmp_path / "geventwebsocket.py").touch()  # Engine.IO looks no further than whether there is one
    with serving(mode, modules=tmp_path) as server:
        raw = Raw(server)
        server.offer(3)
        assert raw.numbers(2) == [0, 1, 2]
        raw.close()
