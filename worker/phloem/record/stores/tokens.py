"""What is kept of tokens: what the server knows of those that it made, and which ones were revoked.

A token carries what it says, so none has to be kept to be valid, and one that an application made is not kept here.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token that the server made, without the token itself."""

    id: str
    """What names the token, for whoever revokes it."""

    name: str | None = None
    """What the program is called that has it."""

    task: str | None = None
    """Id of the task that it is for."""

    root: str | None = None
    """Id of the first task of the workflow that it is for."""

    owner: str | None = None
    """Owner of the tasks that it is for."""

    role: str | None = None
    """The role of its bearer, where it is for all tasks."""

    actions: tuple[str, ...] = ()
    """What its bearer may do with those tasks; empty with `role`."""

    origin: str | None = None
    """The origin of the pages that it is for; null for any."""

    made_at: float
    """When it was made, in Unix seconds."""

    made_by: str | None = None
    """The name of the person who made it; null for one without a name."""

    maker: str | None = None
    """What tells that person from others of the same name; null for who has nothing of that kind."""

    expires_at: float
    """When it expires, in Unix seconds."""


class TokenStore(Protocol):
    """Keeps tokens by their ids, until they expire. Every method raises ChannelError where the record cannot be used.

    Times are Unix seconds; what had expired by `now` is forgotten.
    """

    def keep(self, token: Token, now: float) -> None:
        """Keeps what is known of a token."""

    def all(self) -> dict[str, Token]:
        """What is known of those that were made and not revoked, by their ids, the oldest first."""

    def revoke(self, token_id: str, until: float, now: float) -> None:
        """Keeps that a token is revoked, be it a known one or not, `until` it has expired anyway. Where it was revoked
        before, it stays so until the later of both.
        """

    def revoked(self) -> frozenset[str]:
        """The ids of those that were revoked."""

    def forget(self, now: float) -> None:
        """Forgets what had expired, so that it counts among neither."""

    def clear(self) -> None:
        """Forgets all: there is another key, and they are void."""


def expired(tokens: dict[str, Token], now: float) -> list[str]:
    """The ids of those that have expired."""
    return [each for each, token in tokens.items() if token.expires_at <= now]
