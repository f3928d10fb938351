"""What the libraries let one client do, bounded: the size of messages, its share of the time, and unread answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from engineio.exceptions import SocketIsClosedError

from phloem_server.transport.engineio.outbox import OUTBOX_MESSAGES
from phloem_server.transport.engineio.tcp import shut

TURN_SECONDS = 0.005
"""Work for one connection after which other greenlets have a turn. A socket that always has data never waits, so
without this it would hold up all others."""

FRAGMENTS = 1000
"""Fragments in which a message may arrive; over the worst of networks there are some hundred."""

FRAGMENT_BYTES = 100
"""What keeping a fragment of a message costs beside its content."""

logger = logging.getLogger(__name__)


def flooded(session: Any) -> bool:
    """Whether more messages wait for a session than a client that reads ever leaves waiting."""
    return bool(session.queue.qsize() > OUTBOX_MESSAGES)


def guarded_requests(engine: Any) -> Callable[..., Any]:
    """The library's `handle_request`, with two changes for clients that use long-polling.

    A client that keeps requesting without fetching the answers is ended: the library would keep all of them. A
    request for a session that has just ended gets the status 400: the library would raise.
    """
    library = engine.handle_request

    def handle_request(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("REQUEST_METHOD") == "POST":
            session_ids = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])
            session = engine.sockets.get(session_ids[0])
            if session is not None and flooded(session):
                session.close(wait=False, abort=True)
        try:
            return library(environ, start_response)
        except KeyError as error:
            if error.args != ("Session is disconnected",):
                raise
            refusal = engine._bad_request("Invalid session")
            start_response(refusal["status"], refusal["headers"])
            return [refusal["response"]]

    return handle_request


def stream_of(ws: Any) -> Any:
    """The socket of a WebSocket, as each library keeps it."""
    return ws.socket if is_of_eventlet(ws) else ws.ws.sock


def is_of_eventlet(ws: Any) -> bool:
    """Whether this is a WebSocket of eventlet, not of simple-websocket."""
    return hasattr(ws, "Message")


def bounded(handler: Callable[[Any], Any], session: Any) -> Callable[[Any], Any]:
    """`handler` of a WebSocket, with messages that are bounded as a whole, and an end that ends the session."""

    def handle(ws: Any) -> Any:
        if message := getattr(ws, "Message", None):  # of eventlet
            ws.Message = _bounded_message(message)
            ws._apply_mask = unmasked
            ws.socket.recv = _in_turn(ws.socket.recv, session.server.sleep)
        elif driver := getattr(ws, "ws", None):  # of simple-websocket, which bounds whole messages itself
            driver.sock = _InTurn(driver.sock, session.server.sleep)
            ws.close = _waking_the_reader(ws.close, driver.event)
        receive = session.receive

        def receive_if_read(packet: Any) -> None:
            if flooded(session):
                shut(stream_of(ws))
                raise SocketIsClosedError
            receive(packet)

        session.receive = receive_if_read
        try:
            return handler(ws)
        except ValueError as error:  # not a packet; the library would leave the session open
            logger.debug("A WebSocket was ended: %s", error)
            session.close(wait=False, abort=True)
            return []
        finally:
            del session.receive

    return handle


def unmasked(data: bytes, mask: Sequence[int], length: int, offset: int = 0) -> bytes:
    """`data` without the mask of RFC 6455 (5.3), of which the first `offset` bytes were unmasked before.

    In place of eventlet's function, which takes a byte at a time: 64 KB would hold up all others for 20 ms.
    """
    pattern = bytes(mask[(offset + place) % 4] for place in range(4)) * (length // 4 + 1)
    return (int.from_bytes(data, "big") ^ int.from_bytes(pattern[:length], "big")).to_bytes(length, "big")


def _waking_the_reader(close: Callable[[], object], event: Any) -> Callable[[], None]:
    """`close`, after which the thread that waits for a message finds the WebSocket closed.

    simple-websocket may leave that thread waiting for ever, and with it the place and the socket of the client.
    """

    def closed() -> None:
        close()
        event.set()

    return closed


def _in_turn(recv: Callable[[int], bytes], sleep: Callable[[float], object]) -> Callable[[int], bytes]:
    """`recv`, which does not wait while there is data, with a turn for others after each TURN_SECONDS of work."""
    worked, since = 0.0, time.monotonic()

    def receive(size: int) -> bytes:
        nonlocal worked, since
        worked += time.monotonic() - since
        if worked >= TURN_SECONDS:
            worked = 0.0
            sleep(0)
        data = recv(size)
        since = time.monotonic()
        return data

    return receive


class _InTurn:
    """A socket with such a `recv`, where that of the socket itself cannot be replaced."""

    def __init__(self, stream: Any, sleep: Callable[[float], object]) -> None:
        self._stream = stream
        self.recv = _in_turn(stream.recv, sleep)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _bounded_message(base: type[Any]) -> type[Any]:
    """A message of eventlet, which bounds each fragment, with one bound for all fragments together."""

    class Message(base):  # type: ignore[misc]  # it comes without types
        _size = 0

        def push(self, data: bytes, final: bool = False) -> None:
            self._size += len(data) + FRAGMENT_BYTES
            if self._size > self.max_frame_length + FRAGMENT_BYTES * FRAGMENTS:
                raise ValueError("A message in too many fragments")  # ends the connection
            super().push(data, final)

    return Message
