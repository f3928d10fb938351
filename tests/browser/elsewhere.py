"""A web server of somebody else, with pages that try to use ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = b"<!doctype html><title>Elsewhere</title><body>"


class Handler(BaseHTTPRequestHandler):
    """Answers every GET with the same page."""

    page = PAGE

    def do_GET(self) -> None:
        """Answers."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def elsewhere(page: bytes = PAGE) -> Iterator[int]:
    """The port of the loopback address on which it answers, with an empty page unless told otherwise."""
    handler = type("Page", (Handler,), {"page": page})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
