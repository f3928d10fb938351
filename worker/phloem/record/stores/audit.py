"""The audit as the record keeps it: a chain of entries, to which is only ever appended.

What an entry says, and how hashes are made, is the server's affair: here it is a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in its place in the chain."""

    id: str = ""
    """Names the entry, and orders entries: `MILLISECONDS-NUMBER` of when it was appended. Given by the record."""
    number: int
    """Its place in the chain, which begins with 1."""
    text: str
    hash: str
    """Follows from the text, the number, and the hash of the entry before it."""
    key: str
    """Names the key that the hash was made with."""


class End(msgspec.Struct, frozen=True):
    """Where a chain, or what was removed of it, ends: the number and hash of an entry. Before the first one it is 0."""

    number: int = 0
    hash: str = ""


class Keep(msgspec.Struct, frozen=True):
    """What is kept: entries that were appended at this time, in Unix seconds, or later, and no more than `most`."""

    since: float
    most: int


class AuditStore(Protocol):
    """Keeps the chain. Every method raises ChannelError where the record cannot be used."""

    def append(self, after: End, links: Sequence[Link], keep: Keep) -> End:
        """Appends all links if the chain ends with `after`, else none. Where it ends then: with the last of them, if
        they were appended.

        Removes the oldest beyond what is to be kept, some at a time.
        """

    def ends(self) -> tuple[End, End]:
        """The last entry that was removed, which the first one that is kept follows; and the last entry of all."""

    def newest(self, before: str, limit: int) -> tuple[Link, ...]:
        """Up to `limit` entries before the one of that id, or at the end if that is empty; newest first."""

    def following(self, after: str, limit: int) -> tuple[Link, ...]:
        """Up to `limit` entries after the one of that id, or from the first one if that is empty; oldest first."""

    def position(self, reader: str) -> str:
        """The id up to which a reader has got; empty if it has not begun."""

    def move(self, reader: str, position: str) -> None:
        """Keeps the id up to which a reader has got."""
