"""The mail that arrived, as files that mail programs open: <data folder>/mailbox/<id>.eml.

An id begins with the time of arrival, so names sort by it. Sender and recipients of the SMTP envelope stand above the
message, in headers as mail servers write them: Delivered-To, once for each recipient, and last Return-Path. What
follows is the message as it came.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import msgspec

from phloem_server.commands.mailbox.letter import Headers, read_headers

MESSAGES_KEPT = 1000
"""Beyond that the oldest messages are deleted."""

BYTES_KEPT = 1_000_000_000
"""Beyond that the oldest messages are deleted as well."""

HEAD_BYTES = 64 * 1024
"""Of a message that are read for its headers."""

_ID = re.compile(r"[0-9]{19}-[0-9a-f]{8}")
_CLEAN = re.compile(rb"[^\x21-\x7e]")


class Arrived(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """A message of the list."""

    id: str
    """Id of the message. Ids sort by the time of arrival."""

    at: float
    """When it arrived, in Unix seconds."""

    sender: str
    """Its header From."""

    to: tuple[str, ...]
    """Addresses that it was delivered to."""

    subject: str
    """Its header Subject."""

    owner: str | None
    """Owner of the task that sent it, where that is one of Phloem's mail jobs; else null."""

    size: int
    """Bytes of the whole message."""


class Mailbox:
    """The folder. One process writes, any number reads."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "mailbox"

    def keep(self, message: bytes, sender: str, recipients: Sequence[str]) -> str:
        """Writes a message, whole or not at all; returns its id. OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        message_id = f"{time.time_ns():019d}-{secrets.token_hex(4)}"
        envelope = [*(b"Delivered-To: %s" % _clean(each) for each in recipients), b"Return-Path: <%s>" % _clean(sender)]
        partial = self.folder / f".{message_id}.part"
        try:
            with partial.open("xb") as file:
                file.write(b"".join(line + b"\r\n" for line in envelope))
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path(message_id))
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        self.trim()
        return message_id

    def trim(self) -> None:
        """Deletes the oldest messages beyond what is kept."""
        total = 0
        for place, message_id in enumerate(self.ids(), 1):
            with suppress(FileNotFoundError):
                total += self.path(message_id).stat().st_size
                if place > MESSAGES_KEPT or (total > BYTES_KEPT and place > 1):
                    self.path(message_id).unlink()

    def sweep(self) -> None:
        """Deletes what a crash left half-written. For the process that writes, before it does."""
        for partial in self.folder.glob(".*.part"):
            partial.unlink(missing_ok=True)

    def ids(self) -> list[str]:
        """Ids of the messages, newest first."""
        names = self.folder.glob("*.eml")
        return sorted((path.stem for path in names if _ID.fullmatch(path.stem)), reverse=True)

    def newest(self, limit: int, before: str | None = None, *, owner: str | None = None) -> list[Arrived]:
        """At most `limit` messages, newest first; those older than the one by the id `before`.

        With an `owner`, only theirs are there.
        """
        found: list[Arrived] = []
        for message_id in self.ids():
            if len(found) == limit:
                break
            if before is None or message_id < before:
                with suppress(FileNotFoundError):  # the oldest may be deleted at any time
                    arrived = _arrived(self.path(message_id))
                    if owner in (None, arrived.owner):
                        found.append(arrived)
        return found

    def get(self, message_id: str, *, owner: str | None = None) -> Arrived | None:
        """One message; None if there is none. With an `owner`, only one of theirs is there.

        A text that is no id never reaches the disk.
        """
        if not _ID.fullmatch(message_id):
            return None
        with suppress(FileNotFoundError):
            arrived = _arrived(self.path(message_id))
            return arrived if owner in (None, arrived.owner) else None
        return None

    def path(self, message_id: str) -> Path:
        """The file of a message."""
        return self.folder / f"{message_id}.eml"


# A file never changes once it is there.
@lru_cache(maxsize=MESSAGES_KEPT)
def _arrived(path: Path) -> Arrived:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(HEAD_BYTES)
    headers: Headers = read_headers(head)
    return Arrived(
        id=path.stem,
        at=int(path.stem.partition("-")[0]) / 1e9,
        sender=headers.sender,
        to=headers.delivered_to,
        subject=headers.subject,
        owner=headers.owner,
        size=size,
    )


def _clean(address: str) -> bytes:
    """An address as bytes that stay on their line."""
    encoded = address.encode(errors="replace")  # bytes that are no UTF-8 come as surrogates
    return encoded if address.isprintable() else _CLEAN.sub(b"?", encoded)
