"""The first line and the fields of a request, read strictly (RFC 9112).

A program in front of this server, such as a proxy, may see another end of a body, or another host, wherever a head can
be read in two ways; so none that can is accepted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

FIELDS_LIMIT = 100
FIELDS_LIMIT_BYTES = 64 * 1024

_LINE = re.compile(rb"[^\x00-\x1f\x7f]*\r?\n")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*\r?\n")
_LENGTH = re.compile(rb"[0-9]{1,15}")
_ONCE = (b"host", b"content-length", b"transfer-encoding")


class HeadMalformed(Exception):
    """The head cannot be read, or can be read in two ways. The text says what came and what was expected."""


def read(first: bytes, readline: Callable[[int], bytes]) -> bytes:
    """The lines of the fields, with the empty line that ends them. Raises HeadMalformed.

    `first` is the first line of the request, `readline` reads the next one, up to so many bytes.
    """
    if not _LINE.fullmatch(first):
        raise HeadMalformed("The first line of the request has a control character, or no end.")
    lines: list[bytes] = []
    fields: list[tuple[bytes, bytes]] = []
    room = FIELDS_LIMIT_BYTES
    while True:
        line = readline(room + 1)
        room -= len(line)
        if room < 0 or len(fields) > FIELDS_LIMIT:
            limits = f"{FIELDS_LIMIT} header fields, and {FIELDS_LIMIT_BYTES:,} bytes in all"
            raise HeadMalformed(f"The head is longer than it may be: it may have {limits}.")
        lines.append(line)
        if line in (b"\r\n", b"\n"):
            _check(fields, http_1_0=first.rstrip().endswith(b"HTTP/1.0"))
            return b"".join(lines)
        fields.append(_field(line))


def has_body(fields: bytes) -> bool:
    """Whether a body follows the fields that `read` returned."""
    found = re.search(rb"(?im)^(?:transfer-encoding:|content-length:[ \t]*0*[1-9])", fields)
    return found is not None


def refusal(error: HeadMalformed) -> bytes:
    """The whole answer, after which the connection is to be closed."""
    problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": str(error)}
    body = json.dumps({**problem, "code": "request_invalid"}).encode()
    return (
        b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )


def _field(line: bytes) -> tuple[bytes, bytes]:
    found = _FIELD.fullmatch(line)
    if found is not None:
        return found[1].lower(), found[2]
    if not line.endswith(b"\n"):
        raise HeadMalformed("The head ended in the middle of a line.")
    if line[:1] in (b" ", b"\t"):
        raise HeadMalformed("A header field goes on in a second line, which HTTP allows no more.")
    if b"\r" in line[:-2]:
        raise HeadMalformed("A line of the head has a carriage return that does not end it.")
    raise HeadMalformed("A line of the head is no header field: expected a name, a colon and a value.")


def _check(fields: list[tuple[bytes, bytes]], *, http_1_0: bool) -> None:
    values = dict(fields)
    counts = Counter(name for name, _ in fields)
    for name in _ONCE:
        if counts[name] > 1:
            raise HeadMalformed(f"{name.decode().title()} came {counts[name]} times; it takes one value.")
    length, coding = values.get(b"content-length"), values.get(b"transfer-encoding")
    if length is not None and not _LENGTH.fullmatch(length):
        raise HeadMalformed(f"Content-Length is {_shown(length)}; it takes one whole number, in digits alone.")
    if coding is None:
        return
    if length is not None:
        raise HeadMalformed("Content-Length and Transfer-Encoding came together; only one can say where a body ends.")
    if coding.lower() != b"chunked" or http_1_0:
        raise HeadMalformed(f"Transfer-Encoding is {_shown(coding)}; this takes chunked, with HTTP/1.1.")


def _shown(value: bytes) -> str:
    return repr(value[:80].decode("latin-1"))
