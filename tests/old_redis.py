"""A server that says it is an old Redis, of which none can be had from the registries, or another."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def old_redis(version: str, *, greets: bool) -> Iterator[str]:
    """The address of one of that version. `greets`: it knows HELLO, the greeting that Redis 6 brought."""
    info = f"# Server\r\nredis_version:{version}\r\n".encode()
    answers = {b"INFO": b"$%d\r\n%s\r\n" % (len(info), info)}
    if greets:
        answers[b"HELLO"] = b"%1\r\n$5\r\nproto\r\n:3\r\n"
    with answering(answers) as address:
        yield address


@contextmanager
def answering(answers: dict[bytes, bytes]) -> Iterator[str]:
    """The address of a server that gives these answers to the commands that they are for, and knows no others."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, answers), daemon=True).start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        with suppress(OSError):  # where only a connection can be shut down, the thread waits on
            server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, answers: dict[bytes, bytes]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_speak, args=(connection, answers), daemon=True).start()


def _speak(connection: socket.socket, answers: dict[bytes, bytes]) -> None:
    with connection, suppress(ConnectionError):
        while data := connection.recv(65536):
            for command in data.split(b"*")[1:]:
                name = command.split(b"\r\n")[2].upper()
                connection.sendall(answers.get(name, b"-ERR unknown command\r\n"))
