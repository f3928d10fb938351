"""Bodies: chunks that are read strictly, and what a view reads."""

from __future__ import annotations

import io

import pytest
from werkzeug.exceptions import ClientDisconnected

from phloem_server.transport.requests.arrivals import Arrivals
from phloem_server.transport.requests.body import Chunks, ChunksMalformed, RequestBody
from phloem_server.web.errors import RequestInvalid

MALFORMED = [
    b"",
    b"\r\n",
    b"+5\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"5_0\r\nhello\r\n0\r\n\r\n",
    b" 5\r\nhello\r\n0\r\n\r\n",
    b"5\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n",
    b"5\r\nhello!\r\n0\r\n\r\n",
    b"5\r\nhel",
    b"5\r\nhello\r\n0\r\n",
    b"5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n",
    b"5;\x00\r\nhello\r\n0\r\n\r\n",
    b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    b"g\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\r\n0\r\n" + b"X: y\r\n" * 100 + b"\r\n",
]


def body(source: io.BufferedIOBase, length: int | None = None) -> tuple[RequestBody, Arrivals]:
    arrivals = Arrivals(10)
    arrival = arrivals.enter(None, ("10.0.0.1", 1))
    arrival.take_head(b"POST / HTTP/1.1\r\n", b"Transfer-Encoding: chunked\r\n\r\n")
    return RequestBody(source, arrival, length), arrivals


@pytest.mark.parametrize("data", MALFORMED)
def test_malformed_chunks_are_refused_and_nothing_is_read_after_them(data: bytes) -> None:
    chunks = io.BufferedReader(Chunks(io.BytesIO(data)))
    for _ in range(2):
        with pytest.raises(ChunksMalformed):
            chunks.read()
    with pytest.raises(RequestInvalid):
        body(io.BufferedReader(Chunks(io.BytesIO(data))))[0].read()


def test_chunks_are_read_as_one_body() -> None:
    data = b'3\r\none\r\n4;ext="x"\r\n two\r\n00\r\nTrailer: x\r\n\r\nnext'
    source = io.BytesIO(data)
    reader, arrivals = body(io.BufferedReader(Chunks(source)))
    assert reader.read(5) == b"one t"
    assert reader.read() == b"wo"
    assert reader.read() == b""
    assert (source.read(), len(arrivals)) == (b"next", 0)


def test_a_body_of_known_length_has_arrived_with_its_last_byte_and_nothing_more_is_read() -> None:
    source = io.BytesIO(b"a line\nand the next request")
    reader, arrivals = body(source, 10)
    assert (reader.readline(), len(arrivals)) == (b"a line\n", 1)
    assert (reader.read(), len(arrivals)) == (b"and", 0)
    assert (reader.read(), list(reader)) == (b"", [])


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError()])
def test_a_client_that_stops_in_the_middle_of_a_body_has_disconnected(error: OSError) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise error

    with pytest.raises(ClientDisconnected):
        body(Broken(), 10)[0].read(10)
