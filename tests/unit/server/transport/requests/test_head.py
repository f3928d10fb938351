"""The head of a request: what is read, and what is refused because it can be read in two ways."""

from __future__ import annotations

import io
import json

import pytest

from phloem_server.transport.requests import head

FIRST = b"POST /echo HTTP/1.1\r\n"

MALFORMED = [
    b"Content-Length: 5\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Length: 5_0\r\n",
    b"Content-Length: 0x5\r\n",
    b"Content-Length: 5.0\r\n",
    b"Content-Length:\r\n",
    b"Content-Length: \xb2\r\n",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"X: a\r\n folded\r\n",
    b"X: a\r\n\tfolded\r\n",
    b" X: a\r\n",
    b"X: a\rContent-Length: 5\r\n",
    b"X: a\x00b\r\n",
    b"X y: a\r\n",
    b": a\r\n",
    b"no colon\r\n",
    b"Host: a\r\nHost: b\r\n",
    b"X: " + b"x" * head.FIELDS_LIMIT_BYTES + b"\r\n",
    b"X: x\r\n" * (head.FIELDS_LIMIT + 2),
]


def read(fields: bytes, first: bytes = FIRST) -> bytes:
    return head.read(first, io.BytesIO(fields).readline)


@pytest.mark.parametrize("fields", MALFORMED, ids=lambda fields: repr(fields[:40]))
def test_a_head_that_can_be_read_in_two_ways_is_refused(fields: bytes) -> None:
    with pytest.raises(head.HeadMalformed) as refused:
        read(b"A: b\r\n" + fields + b"\r\n")
    answer, _, body = head.refusal(refused.value).partition(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(body)["code"] == "request_invalid"


@pytest.mark.parametrize(
    "first", [b"GET /\rx HTTP/1.1\r\n", b"GET /\x00 HTTP/1.1\r\n", b"GET /", b"GET\t/ HTTP/1.1\r\n"]
)
def test_so_is_a_first_line_with_control_characters(first: bytes) -> None:
    with pytest.raises(head.HeadMalformed):
        read(b"\r\n", first)


def test_chunks_need_http_1_1() -> None:
    with pytest.raises(head.HeadMalformed):
        read(b"Transfer-Encoding: chunked\r\n\r\n", b"POST / HTTP/1.0\r\n")


def test_a_head_that_breaks_off_is_refused() -> None:
    for fields in (b"", b"Host: x", b"Host: x\r\n"):
        with pytest.raises(head.HeadMalformed):
            read(fields)


@pytest.mark.parametrize(
    ("fields", "has_body"),
    [
        (b"Host: x\r\n\r\n", False),
        (b"Host: x\r\nContent-Length: 0\r\n\r\n", False),
        (b"content-length:10\r\n\r\n", True),
        (b"Transfer-Encoding: Chunked\r\n\r\n", True),
        (b"X-Name: \xc3\xa4\t \xff\r\nEmpty:\r\n\r\n", False),
    ],
)
def test_any_other_head_is_read_as_it_came(fields: bytes, has_body: bool) -> None:
    assert read(fields + b"the body") == fields
    assert head.has_body(fields) is has_body
