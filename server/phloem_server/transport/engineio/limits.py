"""What the libraries let one viewer do: messages of bounded size, turns for all others, only answers that are read."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from engineio.exceptions import SocketIsClosedError

from phloem_server.transport.engineio.direct_session import FLOOD, TURN

_FRAGMENT = 100  # bytes that keeping a piece of a message costs beside what is in it
_FRAGMENTS = 1000  # pieces in which a message may come; from the worst of networks it is some hundred

logger = logging.getLogger("phloem.fanout")


def flooded(session: Any) -> bool:
    """Whether more waits for a session than anybody who reads ever leaves waiting."""
    return bool(session.queue.qsize() > FLOOD)


def bounded(handler: Callable[[Any], Any], session: Any) -> Callable[[Any], Any]:
    """`handler` for a WebSocket whose messages are bounded as a whole, and whose end is the session's."""

    def handle(ws: Any) -> Any:
        if message := getattr(ws, "Message", None):
            ws.Message = _bounded_message(message)
            ws._apply_mask = unmasked
            ws.socket.recv = _in_turn(ws.socket.recv, session.server.sleep)
        elif driver := getattr(ws, "ws", None):  # simple-websocket, which has one limit for all itself
            driver.sock = _InTurn(driver.sock, session.server.sleep)
        receive = session.receive

        def receive_answered(packet: Any) -> None:
            if flooded(session):
                shut(ws.socket if message else ws.ws.sock)
                raise SocketIsClosedError
            receive(packet)

        session.receive = receive_answered
        try:
            return handler(ws)
        except ValueError as error:  # no packet; the library leaves everything as it is
            logger.debug("A WebSocket was ended: %s", error)
            session.close(wait=False, abort=True)
            return []
        finally:
            del session.receive

    return handle


def _in_turn(recv: Callable[[int], bytes], sleep: Callable[[float], object]) -> Callable[[int], bytes]:
    """`recv` of eventlet, which does not wait while there is data, with turns for everybody else."""
    worked, since = 0.0, time.monotonic()

    def receive(size: int) -> bytes:
        nonlocal worked, since
        worked += time.monotonic() - since
        if worked >= TURN:
            worked = 0.0
            sleep(0)
        data = recv(size)
        since = time.monotonic()
        return data

    return receive


class _InTurn:
    """A socket whose `recv` is so, for libraries whose own takes no other."""

    def __init__(self, stream: Any, sleep: Callable[[float], object]) -> None:
        self._stream = stream
        self.recv = _in_turn(stream.recv, sleep)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def shut(stream: Any) -> None:
    """Ends a connection at once, so that who waits for it to take more is woken."""
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)


def unmasked(data: bytes, mask: Sequence[int], length: int, offset: int = 0) -> bytes:
    """`data` without the mask of RFC 6455, of which `offset` bytes went before.

    In place of eventlet's, which takes a byte at a time: 64 KB of somebody would hold up all others for 20 ms.
    """
    pattern = bytes(mask[(offset + place) % 4] for place in range(4)) * (length // 4 + 1)
    return (int.from_bytes(data, "big") ^ int.from_bytes(pattern[:length], "big")).to_bytes(length, "big")


def _bounded_message(base: type[Any]) -> type[Any]:
    """A message of eventlet, which has a limit for each fragment, with one for all of them."""

    class Message(base):  # type: ignore[misc]  # it comes without types
        _size = 0

        def push(self, data: bytes, final: bool = False) -> None:
            self._size += len(data) + _FRAGMENT
            if self._size > self.max_frame_length + _FRAGMENT * _FRAGMENTS:
                raise ValueError("A message in too many fragments")  # ends the connection
            super().push(data, final)

    return Message
