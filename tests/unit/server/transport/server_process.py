"""A server in a process of its own: what a mode replaces in the standard library must not reach the tests."""

from __future__ import annotations

import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from phloem_server.transport.modes.mode import MODES

DEADLINE_SECONDS = 20.0
"""After which something that should happen counts as not happening."""

installed_modes = [
    pytest.param(
        mode,
        marks=pytest.mark.skipif(
            mode != "threading" and importlib.util.find_spec(mode) is None, reason=f"{mode} is not installed"
        ),
    )
    for mode in MODES
]

FILES = 128
"""Files that a server may open. A quarter of these are for connections whose request has not arrived yet."""

SOURCE = """
    import sys

    from phloem_server.transport.modes import choice

    choice.prepare("MODE")

    import logging
    import resource
    import socket
    import time

    from phloem_server.transport.listen import bind
    from phloem_server.transport.requests import arrivals
    from phloem_server.transport.serve import serve_until_signal

    logging.basicConfig()
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    arrivals.GRACE_SECONDS = arrivals.ANSWER_GRACE_SECONDS = 0.02
    big = bytes(8_000_000)

    def app(environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/bug":
            raise RuntimeError("secret internals")
        if path == "/slow":
            time.sleep(60)
        try:
            body = environ["wsgi.input"].read() if path == "/echo" else b"hello"
        except Exception as error:
            body = type(error).__name__.encode()
        if path.startswith("/names/"):
            from phloem_server.web.middleware.segments import path_of

            body = path_of(environ).encode("latin-1")
        if path == "/big":
            body = big
        if path == "/ends":
            body = repr(environ.get("wsgi.input_terminated")).encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    sock = bind("127.0.0.1", 0)
    port = sock.getsockname()[1]

    def connect():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError as error:
            return type(error).__name__
        return "accepted"

    serve_until_signal(
        sock,
        app,
        "MODE",
        on_start=lambda: print(port, flush=True),
        on_stop=lambda: print("stopping", connect(), flush=True),
    )
    print("stopped", flush=True)
""".replace("FILES", str(FILES))


class Server:
    """A process that serves, and its port. It runs SOURCE with MODE replaced."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = int(process.stdout.readline())

    def request(self, method: str, path: str, **kwargs: object) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)
        try:
            connection.request(method, path, **kwargs)  # type: ignore[arg-type]
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def send(self, data: bytes) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_SECONDS)
        sock.sendall(data)
        return sock

    def answers(self, data: bytes) -> bytes:
        """All that comes back for `data`, after which this end sends nothing more."""
        with self.send(data) as sock:
            sock.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: sock.recv(65536), b""))

    def stop(self, number: int = signal.SIGTERM) -> tuple[str, str, float]:
        """Standard output, standard error, and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=DEADLINE_SECONDS)
        return out, err, time.monotonic() - began


@contextmanager
def python(code: str, *options: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *options, "-c", textwrap.dedent(code)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
