"""What shows that a message on the channel is of this record: anyone who may use Redis' PUBLISH could write one.

The functions in Redis put a seal before the range that a message covers, made with a key that readers get with each
page of the record. A range is new to a reader only once, so the seal need not cover what follows it.
"""

from __future__ import annotations

import hashlib
import hmac
import re

import msgspec

from phloem.model.changes import Changes

_SEALED = re.compile(rb'\{"seal":"([0-9a-f]{40})",("epoch":"[^"]*","from":[0-9]+,"to":[0-9]+),')

_changes = msgspec.json.Decoder(Changes)


class Seal:
    """The key of this record's seals, as far as it is known."""

    def __init__(self) -> None:
        self.key: bytes | None = None

    def open(self, message: bytes) -> Changes | None:
        """What a message tells; None if it does not show to be of this record."""
        sealed = _SEALED.match(message)
        if sealed is None or self.key is None:
            return None
        if not hmac.compare_digest(sealed[1], seal(self.key, sealed[2])):
            return None
        try:
            return _changes.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None  # a task in it holds what is none of ours


def seal(key: bytes, covered: bytes) -> bytes:
    """The seal of a range, as its text stands in the message."""
    return hashlib.sha1(key + covered, usedforsecurity=False).hexdigest().encode()
