"""The server's side of a WebSocket (RFC 6455): the handshake, frames to send, and messages that are received."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any, cast

from wsproto.frame_protocol import CloseReason, FrameProtocol, Opcode, ParseFailed

VERSIONS = ("8", "13")
"""Versions of the handshake, as clients name them. Both have the frames of RFC 6455; those of older ones differ."""

EMPTY_FRAMES = 1000
"""Frames without content that a client may send one after the other: pings, pongs, empty fragments and messages. A
client needs a few a minute; one that sends nothing else keeps the server busy for nothing."""

_PARTS_KEPT = 100  # kept one by one, then joined: each costs more than the byte that may be in it
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class Ended(Exception):
    """The client ended the WebSocket, or broke the rules. `farewell` is the close frame to answer with."""

    def __init__(self, farewell: bytes) -> None:
        super().__init__("the WebSocket ended")
        self.farewell = farewell


def websocket_frame(text: str) -> bytes:
    """`text` as one unmasked frame (RFC 6455, 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def handshake(environ: Mapping[str, Any]) -> bytes | None:
    """The response that opens the WebSocket a request asks for, without extensions; None if it asks for none."""
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    upgrades = {part.strip().lower() for part in environ.get("HTTP_CONNECTION", "").split(",")}
    if not key or "upgrade" not in upgrades or environ.get("HTTP_UPGRADE", "").lower() != "websocket":
        return None
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") not in VERSIONS:
        return None
    accept = base64.b64encode(hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class Inbox:
    """Makes messages of the bytes that a client sends. Of an incomplete message it keeps at most `limit` bytes."""

    __slots__ = ("_empty", "_frames", "_limit", "_parts", "_size")

    def __init__(self, limit: int) -> None:
        self._frames = FrameProtocol(client=False, extensions=[])
        self._limit = limit
        self._parts: list[str | bytes] = []
        self._size = 0
        self._empty = 0

    def take(self, data: bytes) -> Iterator[tuple[str | bytes, bytes]]:
        """Yields a pair for each message that `data` completes and for each ping: message, and frame to answer with.

        The message of a ping is empty, and so is the answer to a message. Raises Ended.
        """
        self._frames.receive_bytes(data)
        try:
            for each in self._frames.received_frames():
                self._count(each)
                if each.opcode is Opcode.PING:
                    yield "", bytes(self._frames.pong(cast("bytes", each.payload)))
                elif each.opcode is Opcode.CLOSE:
                    raise Ended(bytes(self._frames.close(cast("int", each.payload[0]))))
                elif each.opcode is not Opcode.PONG and (message := self._joined(each)) is not None:
                    yield message, b""
        except ParseFailed as error:
            raise Ended(bytes(self._frames.close(error.code))) from error

    def _count(self, frame: Any) -> None:
        """Ends a client that sends only empty frames."""
        if frame.payload and not frame.opcode.iscontrol():
            self._empty = 0
            return
        self._empty += 1
        if self._empty > EMPTY_FRAMES:
            raise ParseFailed("nothing is said", CloseReason.POLICY_VIOLATION)

    def _joined(self, part: Any) -> str | bytes | None:
        """The message that `part` completes, or None."""
        if part.payload:
            self._parts.append(part.payload)
            self._size += len(part.payload) if isinstance(part.payload, bytes) else len(part.payload.encode())
        if len(self._parts) >= _PARTS_KEPT:
            self._parts = [self._whole()]
        if self._size > self._limit:
            raise ParseFailed("message too large", CloseReason.MESSAGE_TOO_BIG)
        if not (part.frame_finished and part.message_finished):
            return None
        whole = self._whole()
        self._parts, self._size = [], 0
        return whole

    def _whole(self) -> str | bytes:
        if len(self._parts) == 1:
            return self._parts[0]
        if self._parts and isinstance(self._parts[0], bytes):
            return b"".join(cast("list[bytes]", self._parts))
        return "".join(cast("list[str]", self._parts))
