"""The tokens that `phloem.share` makes, as a request brings them: their bearer sees one task, and nothing else.

A token counts whatever cookie comes along: a page that has one is meant to see that task. It is a bearer token of HTTP,
or `token` in the address that opens a connection, as browsers let no page give a WebSocket a header.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from werkzeug.wrappers import Request

from phloem.record.record import ChannelError
from phloem.record.stores.keys import Keys
from phloem.sharing.token import KEY_NAME, ShareExpired, ShareRefused, is_share, read
from phloem_server.access.errors import INVALID_TOKEN, TokenExpired, TokenInvalid, TokenUnread
from phloem_server.access.principal import Principal, bearer_of
from phloem_server.web.paths import ENGINE

PARAMETER = "token"
"""Name of a token in the query of the address that opens a connection."""


class Shares:
    """Reads tokens. `keys` are those of the namespace, `clock` gives Unix seconds."""

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock

    def principal(self, request: Request) -> Principal | None:
        """The bearer of the token that a request brings; None if it brings none. TokenInvalid, TokenExpired,
        TokenUnread.
        """
        token = _token(request)
        if token is None:
            return None
        try:
            share = read(token, self._keys.get(KEY_NAME), self._clock())
        except ShareExpired as expired:
            raise TokenExpired(str(expired), headers=INVALID_TOKEN) from expired
        except ShareRefused as refused:
            raise TokenInvalid(str(refused), headers=INVALID_TOKEN) from refused
        except ChannelError as error:
            raise TokenUnread(str(error)) from error
        if share.task is None or share.actions != ("see",) or share.origin is not None:
            raise TokenInvalid("This version of Phloem does not understand this token.", headers=INVALID_TOKEN)
        return bearer_of(share)


def _token(request: Request) -> str | None:
    """The token that a request brings, valid or not. A password, or what is of another application, is none."""
    scheme, _, bearer = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = bearer.strip() if scheme.lower() == "bearer" else ""
    if not given and request.path.startswith(ENGINE):
        given = request.args.get(PARAMETER, "")
    return given if is_share(given) else None
