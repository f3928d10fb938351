"""Serving and stopping, in each asynchronous mode. Each server is a process of its own."""

from __future__ import annotations

import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from phloem_server.transport.modes.mode import STOP_SECONDS
from tests.unit.server.transport.server_process import FILES, SOURCE, Server, installed_modes, python

ECHO = b"POST /echo HTTP/1.1\r\nHost: x\r\n"


@contextmanager
def started(mode: str, folder: Path) -> Iterator[Server]:
    # When a client resets its connection, eventlet leaves the closing of its files to the collector.
    options = ("-W", "error", "-W", "ignore::ResourceWarning")
    with python(SOURCE.replace("MODE", mode), *options, cwd=folder) as process:
        yield Server(process)


@pytest.fixture(scope="module", params=installed_modes)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for tests that leave it running."""
    with started(request.param, tmp_path_factory.mktemp("serve")) as server:
        yield server


@pytest.fixture(params=installed_modes)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """One server for each test."""
    with started(request.param, tmp_path) as server:
        yield server


def test_it_serves_in_each_mode(shared: Server) -> None:
    assert shared.request("GET", "/") == (200, b"hello")


def test_a_body_that_comes_in_chunks_is_whole(shared: Server) -> None:
    parts = [b"one ", b"two ", b"three"]

    def send(path: str) -> tuple[int, bytes]:
        headers = {"Transfer-Encoding": "chunked"}
        return shared.request("POST", path, body=iter(parts), encode_chunked=True, headers=headers)

    assert send("/echo") == (200, b"".join(parts))
    # Werkzeug takes such a body for empty unless the server says that it knows its end.
    assert send("/ends") == (200, b"True")


def test_each_mode_tells_which_slashes_were_escaped(shared: Server) -> None:
    assert shared.request("GET", "/names/a%2Fb%0A/%25?%2F") == (200, b"/names/a%2Fb\n/%25")


def test_an_address_may_be_as_long_as_the_id_in_it(shared: Server) -> None:
    assert shared.request("GET", f"/names/{'%E6%97%A5' * 3000}") == (200, b"/names/" + "日".encode() * 3000)


def test_an_error_of_the_application_is_not_shown_to_the_client(shared: Server) -> None:
    status, body = shared.request("GET", "/bug")
    assert status == 500
    assert b"secret" not in body
    assert b"Traceback" not in body


def test_others_are_answered_while_more_send_half_or_read_nothing_than_files_may_be_open(shared: Server) -> None:
    unread = b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n"
    halves = (b"", b"GET / HTTP/1.1\r\nHo", ECHO + b"Content-Length: 99\r\n\r\n{", unread)
    with ExitStack() as opened:
        for number in range(2 * FILES):
            opened.enter_context(shared.send(halves[number % len(halves)]))
        assert shared.request("GET", "/") == (200, b"hello")


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"Content-Length: +5\r\n\r\nhello",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"X: a\rb\r\nContent-Length: 5\r\n\r\nhello",
        b"X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(
    shared: Server, rest: bytes
) -> None:
    answer = shared.answers(ECHO + rest + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.") == 1


@pytest.mark.parametrize("chunks", [b"+5\r\nhello\r\n0\r\n\r\n", b"5\r\nhello!\r\n0\r\n\r\n", b"\r\nhello"])
def test_after_malformed_chunks_nothing_is_read(shared: Server, chunks: bytes) -> None:
    smuggled = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = shared.answers(ECHO + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + smuggled)
    assert answer.count(b"HTTP/1.") == 1
    assert b"hello" not in answer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0_within_two_seconds(server: Server, number: int) -> None:
    idle = server.send(b"")
    held = server.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    assert server.request("GET", "/")[0] == 200
    out, _, took = server.stop(number)
    idle.close()
    held.close()
    assert server.process.returncode == 0
    assert out.splitlines()[:1] == ["stopping ConnectionRefusedError"], "no new connection is accepted"
    assert took < STOP_SECONDS + 2  # the machine may be busy


def test_an_idle_server_ends_by_itself_after_a_signal(server: Server) -> None:
    out, _, _ = server.stop()
    assert out.splitlines() == ["stopping ConnectionRefusedError", "stopped"]


def test_malformed_and_aborted_requests_are_not_logged(server: Server) -> None:
    for data in (
        b"GET / HT",
        b"GET /slow HTTP/1.1\r\nHo",
        b"\x00\xff\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    ):
        sock = server.send(data)
        # Ends with a reset instead of an orderly shutdown.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    assert server.request("GET", "/") == (200, b"hello")
    _, err, _ = server.stop()
    assert "Traceback" not in err
    assert err == ""
