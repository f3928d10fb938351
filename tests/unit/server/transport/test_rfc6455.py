"""The server's side of a WebSocket: the handshake, and the messages in what a client sends."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import pytest

from phloem_server.transport.rfc6455 import EMPTY_FRAMES, Ended, Inbox, handshake, websocket_frame

ASKED = {
    "HTTP_CONNECTION": "keep-alive, Upgrade",
    "HTTP_UPGRADE": "WebSocket",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
}
LIMIT = 1000
MASK = b"\x01\x02\x03\x04"


def sent(first: int, payload: bytes, mask: bytes = MASK) -> bytes:
    """A frame as clients write it."""
    size = len(payload)
    head = bytes((first, 0x80 | size)) if size < 126 else struct.pack("!BBH", first, 0xFE, size)
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def taken(*parts: bytes) -> list[tuple[str | bytes, bytes]]:
    inbox = Inbox(LIMIT)
    return [found for part in parts for found in inbox.take(part)]


def test_the_answer_to_the_example_of_the_standard_is_that_of_the_standard() -> None:
    answer = handshake({**ASKED, "HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate"})
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer
    assert b"Extensions" not in answer, "compressed for each viewer anew, a frame costs more than it saves"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_CONNECTION", "keep-alive"),
        ("HTTP_UPGRADE", "h2c"),
        ("HTTP_SEC_WEBSOCKET_VERSION", "7"),
        ("HTTP_SEC_WEBSOCKET_KEY", " "),
    ],
)
def test_a_request_that_asks_for_no_websocket_gets_none(name: str, value: str) -> None:
    assert handshake({**ASKED, name: value}) is None
    assert handshake({key: text for key, text in ASKED.items() if key != name}) is None


@pytest.mark.parametrize("pieces", [1, 2, 1000])
def test_messages_come_out_whole_however_they_were_cut(pieces: int) -> None:
    long = "é" * 400
    stream = (
        sent(0x81, b"4hello") + sent(0x01, long.encode()[:301]) + sent(0x80, long.encode()[301:]) + sent(0x82, b"b")
    )
    size = len(stream) // pieces + 1
    parts: Iterable[bytes] = (stream[at : at + size] for at in range(0, len(stream), size))
    assert taken(*parts) == [("4hello", b""), (long, b""), (b"b", b"")]


def test_a_ping_in_the_middle_of_a_message_is_answered_and_a_pong_is_not() -> None:
    stream = [sent(0x01, b"4he"), sent(0x89, b"you there?"), sent(0x8A, b""), sent(0x80, b"llo")]
    assert taken(*stream) == [("", b"\x8a\x0ayou there?"), ("4hello", b"")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (sent(0x88, struct.pack("!H", 1001)), 1001),
        (b"\x81\x05hello", 1002),  # not masked
        (sent(0xC1, b"hello"), 1002),  # compressed, which neither side agreed to
        (sent(0x83, b"hello"), 1002),  # no such opcode
        (sent(0x80, b"hello"), 1002),  # goes on with nothing
        (sent(0x09, b"hello"), 1002),  # half a ping
        (sent(0x88, b"\x03"), 1002),  # half a reason
        (sent(0x81, b"\xff"), 1007),  # not UTF-8
        (sent(0x81, b"x" * (LIMIT + 1)), 1009),
        (sent(0x01, b"x" * LIMIT) + sent(0x80, b"x"), 1009),
        (struct.pack("!BBQ", 0x81, 0xFF, 1 << 40) + MASK + b"x" * (LIMIT + 1), 1009),
    ],
)
def test_the_end_is_answered_with_its_reason(data: bytes, code: int) -> None:
    with pytest.raises(Ended) as ended:
        taken(data)
    assert ended.value.farewell == b"\x88\x02" + struct.pack("!H", code)


def test_a_message_in_many_empty_parts_keeps_nothing() -> None:
    inbox = Inbox(LIMIT)
    stream = sent(0x01, b"") + sent(0x00, b"") * (EMPTY_FRAMES - 1)
    assert list(inbox.take(stream)) == []
    assert inbox._parts == []
    assert list(inbox.take(sent(0x80, b"4"))) == [("4", b"")]


@pytest.mark.parametrize("empty", [sent(0x81, b""), sent(0x89, b""), sent(0x89, b"x"), sent(0x8A, b"")])
def test_a_client_that_sends_only_empty_frames_is_ended_and_one_with_content_in_between_is_not(empty: bytes) -> None:
    inbox = Inbox(LIMIT)
    for _ in range(3):
        assert len(list(inbox.take(empty * EMPTY_FRAMES + sent(0x81, b"3")))) >= 1
    with pytest.raises(Ended) as ended:
        list(inbox.take(empty * (EMPTY_FRAMES + 1)))
    assert ended.value.farewell == b"\x88\x02" + struct.pack("!H", 1008)


def test_a_message_that_comes_letter_by_letter_is_whole_and_few_parts_are_kept() -> None:
    inbox = Inbox(LIMIT)
    assert list(inbox.take(sent(0x01, b"4") + sent(0x00, b"x") * (LIMIT - 2))) == []
    assert len(inbox._parts) < 101
    assert list(inbox.take(sent(0x80, b"x"))) == [("4" + "x" * (LIMIT - 1), b"")]


@pytest.mark.parametrize(("size", "head"), [(125, 2), (126, 4), (65_535, 4), (65_536, 10)])
def test_a_frame_has_the_shortest_head_that_fits(size: int, head: int) -> None:
    assert len(websocket_frame("x" * size)) == head + size
