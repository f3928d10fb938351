"""A web server on loopback that behaves as tests want it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


class WebServer(ThreadingHTTPServer):
    """Answers each path as `answers` says; `asked` has the paths and hosts that were asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """Whoever asked is gone: that is what some tests do."""


class _Handler(BaseHTTPRequestHandler):
    server: WebServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))
        self.server.answers[self.path](self)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def content(body: bytes, content_type: str = "text/plain", **headers: str) -> Answer:
    """All of it, with its length."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        _head(to, 200, {"Content-Type": content_type, "Content-Length": str(len(body)), **_spelt(headers)})
        to.wfile.write(body)

    return answer


def chunks(*parts: bytes) -> Answer:
    """Piece by piece, without a length."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        _head(to, 200, {"Content-Type": "application/octet-stream", "Transfer-Encoding": "chunked"})
        for part in (*parts, b""):
            to.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    return answer


def status(code: int, **headers: str) -> Answer:
    """Nothing but a status."""
    return lambda to: _head(to, code, {"Content-Length": "0", **_spelt(headers)})


def moved(location: str, code: int = 302) -> Answer:
    """A redirect."""
    return status(code, Location=location)


def breaks_off(claimed: int, body: bytes) -> Answer:
    """Less than it says."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        _head(to, 200, {"Content-Length": str(claimed)})
        to.wfile.write(body)

    return answer


def hangs(body: bytes, claimed: int | None = None) -> Answer:
    """Some of it, and then nothing until the server ends."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        _head(to, 200, {"Content-Length": str(claimed or 10 * len(body) + 1)})
        to.wfile.write(body)
        to.wfile.flush()
        assert isinstance(to.server, WebServer)
        to.server.over.wait(120)

    return answer


def raw(text: bytes) -> Answer:
    """Whatever this is."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(text)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One after the other; the last one stays."""
    left = list(answers)
    return lambda to: (left.pop(0) if len(left) > 1 else left[0])(to)


@contextmanager
def web_server() -> Iterator[WebServer]:
    """A running one."""
    with WebServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def _head(to: BaseHTTPRequestHandler, code: int, headers: dict[str, str]) -> None:
    to.send_response(code)
    for name, value in headers.items():
        to.send_header(name, value)
    to.end_headers()


def _spelt(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
