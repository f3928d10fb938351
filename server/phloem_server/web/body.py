"""What all HTTP calls share: a JSON body and a query string are read, and an answer is written, in one way."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from flask import request
from werkzeug.wrappers import Response

from phloem_server.web.errors import (
    BodyInvalid,
    BodyNotJson,
    BodyTooLarge,
    MediaTypeUnsupported,
    QueryStringInvalid,
)

BODY_LIMIT = 1024 * 1024
"""Bytes of a JSON body; what a task needs beyond that is an upload."""

T = TypeVar("T")


def answer(body: object, status: int = 200, *, location: str | None = None) -> Response:
    """`body` as JSON, which no cache keeps. `location` is the address of what the call made."""
    response = Response(msgspec.json.encode(body), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if location is not None:
        response.headers["Location"] = location
    return response


def json_body() -> bytes:
    """The whole body, also where it does not tell its length. MediaTypeUnsupported, BodyTooLarge."""
    if not request.is_json:
        came = request.mimetype or "of no named type"
        raise MediaTypeUnsupported(f"The body is {came}; this takes application/json.")
    return _body()


def optional(kind: type[T]) -> T:
    """The body as a record of that kind; without a body, the record with its defaults. See `required`."""
    if not (request.content_length or request.headers.get("Transfer-Encoding")):
        return kind()
    return required(kind)


def required(kind: type[T]) -> T:
    """The body as a record of that kind. BodyNotJson, BodyInvalid, and what `json_body` raises."""
    try:
        return msgspec.json.decode(json_body(), type=kind)
    except msgspec.ValidationError as error:
        raise BodyInvalid(f"The body does not fit: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyNotJson(f"The body is not JSON: {error}.") from error


def one(name: str, values: list[str]) -> str:
    """The value of a field of the query string that may come once. QueryStringInvalid if it came more often."""
    if len(values) > 1:
        raise QueryStringInvalid(f"{name} came {len(values)} times; it takes one value.")
    return values[0]


def whole(name: str, values: list[str] | None, *, low: int, high: int = 10**15) -> int | None:
    """A whole number of the query string, `low` and `high` included; None where there is none. QueryStringInvalid."""
    if values is None:
        return None
    text = one(name, values)
    if not re.fullmatch(r"[0-9]{1,15}", text) or not low <= int(text) <= high:
        raise QueryStringInvalid(f"{name} is {text[:80]!r}; it takes a whole number from {low} to {high}.")
    return int(text)


def _body() -> bytes:
    request.max_content_length = None  # else one that does not tell its length is cut there, without a word
    body = bytearray()
    if (request.content_length or 0) <= BODY_LIMIT:
        while len(body) <= BODY_LIMIT and (more := request.stream.read(BODY_LIMIT + 1 - len(body))):
            body += more
    if max(len(body), request.content_length or 0) > BODY_LIMIT:
        raise BodyTooLarge(f"The body is larger than {BODY_LIMIT:,} bytes; what a task needs beyond that is an upload.")
    return bytes(body)
