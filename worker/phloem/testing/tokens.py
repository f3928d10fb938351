"""Tokens in memory, under the same contract as those in Redis."""

from __future__ import annotations

from phloem.record.stores.tokens import Token, expired


class MemoryTokens:
    """Tokens in the memory of this process. See `TokenStore`."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._revoked: dict[str, float] = {}

    def keep(self, token: Token, now: float) -> None:
        """Keeps what is known of a token. See `TokenStore.keep`."""
        self._tokens[token.id] = token
        for each in expired(self._tokens, now):
            del self._tokens[each]

    def all(self) -> dict[str, Token]:
        """What is known of tokens, the oldest first."""
        return dict(sorted(self._tokens.items(), key=lambda item: item[1].made_at))

    def revoke(self, token_id: str, until: float, now: float) -> None:
        """Keeps that a token is revoked. See `TokenStore.revoke`."""
        self._tokens.pop(token_id, None)
        ends = {**self._revoked, token_id: until}
        self._revoked = {each: end for each, end in ends.items() if end > now}

    def revoked(self) -> frozenset[str]:
        """The ids of those that were revoked."""
        return frozenset(self._revoked)

    def clear(self) -> None:
        """Forgets all. See `TokenStore.clear`."""
        self._tokens.clear()
        self._revoked.clear()
