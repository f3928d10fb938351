"""Why a token cannot be made or revoked."""

from __future__ import annotations

from phloem.errors import PhloemError


class TokenUnfit(PhloemError, ValueError):
    """No token can say what was asked for; the text says what came and what was expected."""

    code = "token_unfit"


class TokensFull(PhloemError):
    """As many tokens are kept as there may be."""

    code = "tokens_full"


class TokenUnknown(PhloemError):
    """There is no token of that id."""

    code = "token_unknown"

    def __init__(self, token_id: str) -> None:
        super().__init__(f"No token {token_id[:200]!r} is known; there was none, or it has expired or was revoked.")
