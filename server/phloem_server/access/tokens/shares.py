"""Tokens as requests bring them, those of `phloem.share` and those that the server made: what their bearers may do.

A token counts whatever cookie comes along: a page that has one is meant to see what that lets it see. It is a bearer
token of HTTP, or `token` in the address that opens a connection, as browsers let no page give a WebSocket a header.

Each process holds the key and the revoked ids of the last second, and goes on with those while Redis is away.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable

import msgspec
from werkzeug.wrappers import Request

from phloem.record.record import ChannelError
from phloem.record.stores.keys import Keys
from phloem.record.stores.tokens import TokenStore
from phloem.sharing.token import KEY_NAME, Share, ShareExpired, ShareRefused, is_share, read
from phloem_server.access.errors import (
    INVALID_TOKEN,
    TokenExpired,
    TokenInvalid,
    TokenOriginRefused,
    TokenRevoked,
    TokenUnread,
)
from phloem_server.access.principal import Principal, bearer_of
from phloem_server.web.hosts import parse_origin
from phloem_server.web.paths import ENGINE

logger = logging.getLogger(__name__)

PARAMETER = "token"
"""Name of a token in the query of the address that opens a connection."""

_REFUSED = (*INVALID_TOKEN, ("Access-Control-Allow-Origin", "*"))
"""Headers of answers that refuse a token. Any page may read why: it tells nothing but what it sent."""


class _Known(msgspec.Struct, frozen=True):
    """What the record said last."""

    key: str
    revoked: frozenset[str]

    @property
    def mark(self) -> str:
        """Names the key, and tells nothing of it."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


class Shares:
    """The tokens of a namespace, as one web process knows them. `clock` gives Unix seconds."""

    def __init__(self, keys: Keys, store: TokenStore, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._store = store
        self._clock = clock
        self._known: _Known | None = None
        self._told = False

    def principal(self, request: Request) -> Principal | None:
        """The bearer of the token that a request brings; None if it brings none.

        TokenInvalid, TokenExpired, TokenRevoked, TokenOriginRefused, TokenUnread.
        """
        token = _token(request)
        if token is None:
            return None
        try:
            share, known = self._read(token)
        except ShareExpired as expired:
            raise TokenExpired(str(expired), headers=_REFUSED) from expired
        except ShareRefused as refused:
            self._tell_once()
            raise TokenInvalid(str(refused), headers=_REFUSED) from refused
        except ChannelError as error:
            raise TokenUnread(str(error)) from error
        if share.id in known.revoked:
            raise TokenRevoked("This token was revoked. Get a new one where this one came from.", headers=_REFUSED)
        if share.origin is not None:
            _check_origin(share.origin, request.headers.get("Origin"))
        return bearer_of(share, f"{known.mark}.{share.id or ''}")

    def admits(self, principal: Principal) -> bool:
        """Whether a principal that the door let in may still act: its token may be void since."""
        if principal.token is None or self._known is None:
            return True
        mark, _, token_id = principal.token.partition(".")
        return mark == self._known.mark and token_id not in self._known.revoked

    def refresh(self) -> None:
        """Takes in which tokens were revoked, in whichever process. ChannelError, and then all stays as it was."""
        self._known = _Known(self._keys.get(KEY_NAME), self._store.revoked())

    def _tell_once(self) -> None:
        """Logs once that a token was refused: whoever runs the server does not see what the page with the bar says."""
        if not self._told:
            self._told = True
            logger.warning(
                "A token was refused that was made with another record, or was changed on its way. If it is of your "
                "application: PHLOEM_REDIS_URL and PHLOEM_NAMESPACE have to be the same there as here."
            )

    def _read(self, token: str) -> tuple[Share, _Known]:
        """What a token says, and what is known of tokens. ShareRefused, ChannelError."""
        if self._known is not None:
            try:
                return read(token, self._known.key, self._clock()), self._known
            except ShareExpired:
                raise
            except ShareRefused:
                pass  # there may be another key
        self.refresh()
        assert self._known is not None
        return read(token, self._known.key, self._clock()), self._known


def _token(request: Request) -> str | None:
    """The token that a request brings, valid or not. A password, or what is of another application, is none."""
    scheme, _, bearer = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = bearer.strip() if scheme.lower() == "bearer" else ""
    if not given and request.path.startswith(ENGINE):
        given = request.args.get(PARAMETER, "")
    return given if is_share(given) else None


def _check_origin(expected: str, came: str | None) -> None:
    origin = parse_origin(came or "")
    if origin is None or origin != parse_origin(expected):
        where = "no page" if came is None else f"a page of the origin {came[:200]}"
        raise TokenOriginRefused(f"This token is for pages of {expected}, and came from {where}.", headers=_REFUSED)
