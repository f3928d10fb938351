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
        self.forget(now)

    def all(self) -> dict[str, Token]:
        """What is known of tokens, the oldest first."""
        return dict(sorted(self._tokens.items(), key=lambda item: item[1].made_at))

    def revoke(self, token_id: str, until: float, now: float) -> None:
        """Keeps that a token is revoked. See `TokenStore.revoke`."""
        self._tokens.pop(token_id, None)
        self._revoked[token_id] = max(until, self._revoked.get(token_id, until))
        self.forget(now)

    def revoked(self) -> frozenset[str]:
        """The ids of those that were revoked."""
        return frozenset(self._revoked)

    def forget(self, now: float) -> None:
        """Forgets what had expired. See `TokenStore.forget`."""
        for each in expired(self._tokens, now):
            del self._tokens[each]
        self._revoked = {each: end for each, end in self._revoked.items() if end > now}

    def clear(self) -> None:
        """Forgets all. See `TokenStore.clear`."""
        self._tokens.clear()
        self._revoked.clear()
