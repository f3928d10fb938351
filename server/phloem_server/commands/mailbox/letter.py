"""What stands in a message: its headers, its plain text, its attachments. A stranger wrote it, and it may be broken.

Nothing in it is interpreted: HTML is an attachment like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.policy import default
from itertools import takewhile

import msgspec

from phloem.errors import PhloemError
from phloem.files import clean_name, clean_type
from phloem.model.owner import MAIL_HEADER, of_mail

LIST_CHARACTERS = 500
"""Of a header in a list."""

HEADER_CHARACTERS = 10_000
"""Of a header of the message that is shown."""

HEADERS_LIMIT = 100
"""Headers that are shown."""

TEXT_CHARACTERS = 500_000
"""Of the text that are shown; the file has all of it."""

PARTS_LIMIT = 100
"""Attachments that are shown."""


class Unreadable(PhloemError, ValueError):
    """A message that cannot be taken apart; the text says why in a sentence."""

    code = "mail_unreadable"


class Headers(msgspec.Struct, frozen=True, kw_only=True):
    """The headers that a list shows."""

    sender: str
    subject: str
    delivered_to: tuple[str, ...]
    owner: str | None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """What is attached to a message."""

    part: int
    """Its number within the message."""

    filename: str
    """Name to save it under."""

    content_type: str
    """Its media type, as the message says."""

    size: int
    """Bytes of its content."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of one message beside what the list has."""

    headers: tuple[tuple[str, str], ...]
    """Its headers, each as [name, value]."""

    text: str | None
    """Its plain text, if it has any."""

    clipped: bool
    """Whether there is more of the text."""

    attachments: tuple[Attachment, ...]
    """What is attached to it."""


def read_headers(head: bytes) -> Headers:
    """The headers for a list, of a message that begins with `head`."""
    message = BytesHeaderParser(policy=default).parsebytes(head)
    return Headers(
        sender=_header(message, "From", LIST_CHARACTERS),
        subject=_header(message, "Subject", LIST_CHARACTERS),
        # The first ones are the mailbox's; others came with the message, and may say anything.
        delivered_to=tuple(value for _, value in takewhile(lambda each: each[0] == "Delivered-To", _all(message))),
        owner=of_mail(_header(message, MAIL_HEADER, HEADER_CHARACTERS)),
    )


def read(content: bytes) -> Letter:
    """The message as it is shown. Unreadable."""
    message = _parsed(content)
    body = _body(message)
    text = None if body is None else _text(body)
    return Letter(
        headers=tuple(_all(message)),
        text=None if text is None else text[:TEXT_CHARACTERS],
        clipped=text is not None and len(text) > TEXT_CHARACTERS,
        attachments=tuple(
            Attachment(
                part=number,
                filename=clean_name(_filename(part)),
                content_type=clean_type(part.get_content_type()),
                size=len(_bytes(part)),
            )
            for number, part in _attachments(message, body)
        ),
    )


def attachment(content: bytes, number: int) -> tuple[str, bytes] | None:
    """Name and content of the attachment with this number; None if there is none. Unreadable."""
    message = _parsed(content)
    for place, part in _attachments(message, _body(message)):
        if place == number:
            return clean_name(_filename(part)), _bytes(part)
    return None


def _parsed(content: bytes) -> EmailMessage:
    try:
        message = BytesParser(policy=default).parsebytes(content)
        list(message.walk())
    except RecursionError:
        raise Unreadable("This message has parts within parts, too deep to be read. It can be downloaded.") from None
    return message


def _body(message: EmailMessage) -> EmailMessage | None:
    """The part that is the plain text, if there is one."""
    try:
        body = message.get_body(("plain",))
    except (MessageError, ValueError, LookupError, AttributeError):  # of headers that are none
        return None
    return body if isinstance(body, EmailMessage) else None


def _attachments(message: EmailMessage, body: EmailMessage | None) -> Iterator[tuple[int, EmailMessage]]:
    """The parts beside the text, numbered in their order."""
    parts = (part for part in message.walk() if not part.is_multipart() and part is not body)
    for number, part in zip(range(1, PARTS_LIMIT + 1), parts, strict=False):
        if isinstance(part, EmailMessage):
            yield number, part


def _text(part: EmailMessage) -> str:
    charset = part.get_content_charset("utf-8")
    content = _bytes(part)
    try:
        return content.decode(charset, errors="replace").replace("\r\n", "\n")
    except (LookupError, ValueError):  # an unknown encoding
        return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _filename(part: EmailMessage) -> str:
    try:
        given = part.get_filename()
    except (MessageError, ValueError, LookupError, AttributeError):
        given = None
    return given or ("text.html" if part.get_content_type() == "text/html" else "part")


def _header(message: EmailMessage, name: str, limit: int) -> str:
    values = (value for each, value in _all(message) if each.lower() == name.lower())
    return next(values, "")[:limit]


def _all(message: EmailMessage) -> Iterator[tuple[str, str]]:
    """Headers in their order, encoded words decoded, each on one line."""
    for name, raw in list(message.raw_items())[:HEADERS_LIMIT]:
        try:
            value = str(message.policy.header_fetch_parse(name, raw))
        except Exception:  # noqa: BLE001 - the standard library's parser fails on strange headers in many ways
            value = str(raw)
        # Bytes that are no ASCII come as surrogates, which JSON cannot hold.
        whole = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        yield name, " ".join(whole.split())[:HEADER_CHARACTERS]
