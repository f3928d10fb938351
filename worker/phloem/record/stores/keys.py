"""The keys of a namespace: secrets that all its processes share, and no client sees."""

from __future__ import annotations

import secrets
from typing import Protocol

KEY_BYTES = 32
"""Random bytes of a key, which is the text of them."""


class Keys(Protocol):
    """Secrets by name. A name has one key, whichever process asks for it first, until that is renewed."""

    def get(self, name: str) -> str:
        """The key of that name, of 43 characters that mean nothing in a URL. ChannelError."""

    def renew(self, name: str) -> str:
        """Another key in place of the one of that name: what was signed with that is void. ChannelError."""


def new_key() -> str:
    """A key that nobody knows."""
    return secrets.token_urlsafe(KEY_BYTES)
