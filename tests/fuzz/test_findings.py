"""What the fuzz found, one by one, in a real server."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest

from tests.child import Child
from tests.fuzz.run import memory, serving, troubles
from tests.fuzz.wire import BINARY, TEXT, Wire, frame, handshake
from tests.processes import free_port, running_redis
from tests.waiting import wait_until


class Web:
    """A web process, and where it is."""

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.port = port

    def figure(self, name: str) -> float:
        """A figure of its metrics."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}/metrics", timeout=40) as answer:
            (found,) = re.findall(rf"^{name} (\S+)$", answer.read().decode(), re.MULTILINE)
        return float(found)


@pytest.fixture(scope="module", params=["plain", "direct"])
def web(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Web]:
    folder, port = tmp_path_factory.mktemp("web"), free_port()
    with running_redis() as server, serving(folder, server.url, port, {"PHLOEM_FANOUT": request.param}) as child:
        yield Web(child, port)
        assert troubles(child.log()) == []
        assert child.status is None


@pytest.fixture
def wire(web: Web) -> Iterator[Wire]:
    """A WebSocket, connected as a viewer."""
    with Wire(web.port) as wire:
        wire.send(handshake(web.port))
        assert wire.hear(b"pingInterval")
        wire.send(frame(b"40"))
        assert wire.hear(b"40{")
        yield wire
    wait_until(lambda: web.figure("phloem_viewers") == 0, 60, "no viewer is left")


def watches(wire: Wire) -> bool:
    """Whether a view can be opened."""
    wire.send(frame(b'4277["watch",{"view":{}}]'))
    return wire.hear(b'4377[{"ok":true')


def test_a_message_in_fragments_without_an_end_ends_the_connection(wire: Wire) -> None:
    wire.send(frame(b"4", TEXT, fin=False))
    for _ in range(10):
        wire.send(frame(b"x" * 30_000, 0, fin=False))
    assert wire.ends()


def test_fragments_of_nothing_are_not_kept(wire: Wire) -> None:
    wire.send(frame(b"4", TEXT, fin=False) + frame(b"", 0, fin=False) * 5000 + frame(b'277["watch",{"view":{}}]', 0))
    assert wire.hear(b'4377[{"ok":true') or not wire.open


def test_a_message_in_fragments_is_taken(wire: Wire) -> None:
    message = b'4277["watch",{"view":{}}]'
    parts = [
        frame(message[:1], TEXT, fin=False),
        *(frame(bytes([c]), 0, fin=False) for c in message[1:]),
        frame(b"", 0),
    ]
    wire.send(b"".join(parts))
    assert wire.hear(b'4377[{"ok":true')


@pytest.mark.parametrize("asked", [b"40/" + b"x" * 100 + b",", b'429["' + b"x" * 50 + b'",{}]'])
def test_who_asks_without_end_and_reads_nothing_is_let_go(wire: Wire, web: Web, asked: bytes) -> None:
    flood = frame(asked) * 2000

    def gone() -> bool:
        wire.send(flood)
        return web.figure("phloem_viewers") == 0

    wait_until(gone, 60, "the viewer is gone")


@pytest.mark.parametrize("packet", [b"", b"x", "²".encode(), b"b1"])
def test_what_is_no_packet_ends_the_connection_or_is_passed_over(wire: Wire, packet: bytes) -> None:
    wire.send(frame(packet))
    assert watches(wire) or not wire.open


@pytest.mark.parametrize("name", [b"disconnect", b"connect", b"*"])
def test_an_event_with_the_name_of_an_internal_one_is_refused(wire: Wire, name: bytes) -> None:
    wire.send(frame(b'421["%s"]' % name))
    assert wire.hear(b'431[{"ok":false')
    assert watches(wire)


def test_attachments_are_refused_and_not_kept(wire: Wire, web: Web) -> None:
    before = memory(web.child.pid)
    wire.send(frame(b'459999-5["watch",{"_placeholder":true,"num":0}]'))
    assert wire.hear(b'435[{"ok":false')
    for _ in range(400):
        wire.send(frame(b"x" * 60_000, BINARY))
    assert watches(wire)
    assert memory(web.child.pid) - before < 12  # of 24 MB that were sent


@pytest.mark.parametrize(
    "packet", [b"b!", b"42", b"42[", b"42{}", b'42[["watch"]]', b"44", b"4" + b"[" * 30_000, b"42" + b"[" * 30_000]
)
def test_what_cannot_be_read_is_passed_over(wire: Wire, packet: bytes) -> None:
    wire.send(frame(packet))
    assert watches(wire)


@pytest.mark.parametrize("version", ["", "0", "7", "99", "x"])
def test_drafts_of_websockets_are_not_spoken(web: Web, version: str) -> None:
    request = handshake(web.port, Origin=f"http://127.0.0.1:{web.port}", Sec_WebSocket_Version=version)
    if not version:
        request = request.replace(b"Sec-WebSocket-Version: \r\n", b"")
    with Wire(web.port) as wire:
        wire.send(request)
        assert wire.read().startswith(b"HTTP/1.1 426 ")
