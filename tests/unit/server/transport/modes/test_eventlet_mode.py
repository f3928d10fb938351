"""What eventlet's server needs beside itself: deadlines for requests, detached sockets, and errors of `accept`."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from phloem_server.transport.modes.eventlet_mode import Listener
from phloem_server.transport.requests.arrivals import Arrivals
from tests.unit.server.transport.server_process import DEADLINE_SECONDS, SOURCE, Server, python

IMPATIENT = (
    SOURCE.replace("MODE", "eventlet")
    .replace(
        "    logging.basicConfig()",
        """
    import threading

    from phloem_server.transport.modes.mode import DETACH
    from phloem_server.transport.requests import arrivals

    logging.basicConfig()
    arrivals.HEAD_SECONDS = arrivals.IDLE_SECONDS = 0.5

    def echo(stream):
        stream.sendall(stream.recv(100))
        stream.close()
    """,
    )
    .replace(
        '        if path == "/slow":',
        """
        if path == "/socket":
            threading.Thread(target=echo, args=(environ[DETACH](),)).start()
            return []
        if path == "/slow":
    """,
    )
)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with eventlet that waits half a second for the rest of a request."""
    with python(IMPATIENT, cwd=tmp_path_factory.mktemp("serve")) as process:
        yield Server(process)


HALF_REQUESTS = [
    b"",
    b"GET / HT",
    b"GET / HTTP/1.1\r\nHo",
    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
]


@pytest.mark.parametrize("half", HALF_REQUESTS)
def test_half_a_request_is_ended_after_a_while_and_a_detached_socket_stays_open(impatient: Server, half: bytes) -> None:
    detached = impatient.send(b"GET /socket HTTP/1.1\r\nHost: x\r\n\r\n")
    assert impatient.request("GET", "/")[0] == 200
    with impatient.send(half) as sock:
        while sock.recv(1000):
            pass
    with detached:
        detached.sendall(b"hello")
        assert detached.recv(100) == b"hello"


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\n"])
def test_a_request_that_arrives_byte_by_byte_is_ended_as_well(impatient: Server, begun: bytes) -> None:
    sock = impatient.send(begun)
    sock.settimeout(0.1)
    deadline = time.monotonic() + DEADLINE_SECONDS
    with sock:
        while time.monotonic() < deadline:
            try:
                sock.sendall(b"x")
                if not sock.recv(1000):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            pytest.fail("the connection is still open")


def test_an_error_of_accept_passes_and_a_closed_socket_ends_it() -> None:
    class Flaky:
        def __init__(self) -> None:
            self.errors = [OSError(24, "Too many open files"), OSError(103, "Aborted"), None, OSError(9, "Closed")]

        def accept(self) -> tuple[str, str]:
            error = self.errors.pop(0)
            if error is not None:
                raise error
            return "a connection", "an address"

    pauses: list[float] = []
    listener = Listener(Flaky(), pauses.append, Arrivals(10))  # type: ignore[arg-type]
    assert listener.accept() == ("a connection", "an address")
    assert len(pauses) == 2
    with pytest.raises(OSError, match="Closed"):
        listener.accept()
