"""RFC 6455 on the server's side: the handshake, and messages out of what a client sends."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any, cast

from wsproto.frame_protocol import CloseReason, FrameProtocol, Opcode, ParseFailed

VERSIONS = ("8", "13")
"""Of the handshake, as the client names them; the frames of both are those of RFC 6455."""

SAYING_NOTHING = 1000
"""Frames without a word, one after the other, that are taken: pings, pongs, empty fragments and messages. A client
pings some times a minute; who sends only such keeps the server busy for nothing."""

_PIECES = 100  # kept one by one; each costs more than the letter that may be in it
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class Ended(Exception):
    """Nothing more comes. `farewell` is the frame with which to answer that."""

    def __init__(self, farewell: bytes) -> None:
        super().__init__("the WebSocket ended")
        self.farewell = farewell


def websocket_frame(text: str) -> bytes:
    """`text` as one unmasked frame (section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def handshake(environ: Mapping[str, Any]) -> bytes | None:
    """The answer that opens the WebSocket a request asks for, without any extension; None if it asks for none."""
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
    """What a client sends, message by message. `limit` is in bytes; of what is not whole it keeps no more."""

    __slots__ = ("_frames", "_limit", "_nothing", "_parts", "_size")

    def __init__(self, limit: int) -> None:
        self._frames = FrameProtocol(client=False, extensions=[])
        self._limit = limit
        self._parts: list[str | bytes] = []
        self._size = 0
        self._nothing = 0

    def take(self, data: bytes) -> Iterator[tuple[str | bytes, bytes]]:
        """Each message that is whole with `data`, or else the frame with which to answer what is none.

        Raises Ended at the client's own farewell, and when what it sends is against the rules.
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
        """Ends the patience with who says nothing."""
        if frame.payload and not frame.opcode.iscontrol():
            self._nothing = 0
            return
        self._nothing += 1
        if self._nothing > SAYING_NOTHING:
            raise ParseFailed("nothing is said", CloseReason.POLICY_VIOLATION)

    def _joined(self, part: Any) -> str | bytes | None:
        """The message that `part` completes."""
        if part.payload:
            self._parts.append(part.payload)
            self._size += len(part.payload) if isinstance(part.payload, bytes) else len(part.payload.encode())
        if len(self._parts) >= _PIECES:
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
