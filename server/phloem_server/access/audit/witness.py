"""The one place where requests become entries: each that changes something, and each that is refused.

It stands around the door, so it sees what the door itself answers as well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from phloem_server.access.audit.entry import Entry, Means, Outcome
from phloem_server.access.audit.trail import Trail
from phloem_server.access.peers import peer_of
from phloem_server.access.principal import Principal
from phloem_server.web.environ import PEER, PRINCIPAL
from phloem_server.web.middleware.forwarded import Network
from phloem_server.web.noted import Noted, noted

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

REFUSALS = (401, 403, 421, 429)
"""Statuses by which somebody is refused, whatever the request was to do."""

MESSAGE_REFUSALS = frozenset({"forbidden", "scope_exceeded", "rate_limited"})
"""Codes by which a message of Socket.IO is refused, whatever it was to do."""

NOT_TOLD = frozenset({"sign_in_required"})
"""Codes of refusals that say nothing of anybody: the request brought nothing by which to know its client."""

logger = logging.getLogger(__name__)


class Witness:
    """Adds entries to a trail. `proxies` may name the peer of a request; `clock` gives Unix seconds."""

    def __init__(self, trail: Trail, proxies: Sequence[Network] = (), clock: Callable[[], float] = time.time) -> None:
        self._trail = trail
        self._proxies = proxies
        self._clock = clock

    def watching(self, wsgi_app: WSGIApplication) -> WSGIApplication:
        """`wsgi_app` with its requests witnessed."""

        def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ[PEER] = peer_of(environ, self._proxies)
            said = noted(environ)  # now: within, Flask-SocketIO goes on with a copy of the environ

            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
                try:
                    entry = self._entry(environ, said, int(status[:3]), headers)
                    if entry is not None:
                        self._trail.add(entry)
                except Exception:  # the request is answered all the same
                    logger.exception("A request could not be audited")
                return start_response(status, headers, *rest)

            return wsgi_app(environ, start)

        return serve

    def refused(self, environ: Mapping[str, Any], message: str, code: str) -> None:
        """Takes in that a message was refused, of the connection that a request with this environ opened."""
        if code not in MESSAGE_REFUSALS:
            return
        self._trail.add(
            Entry(
                at=self._clock(),
                **self._who(environ, None),
                action="request",
                target=message,
                outcome="refused",
                code=code,
            )
        )

    def _entry(
        self, environ: Mapping[str, Any], said: Noted, status: int, headers: Iterable[tuple[str, str]]
    ) -> Entry | None:
        refused = status in REFUSALS and said.code is not None and said.code not in NOT_TOLD
        if not (said.changes or refused):
            return None
        made = _made(headers) if status < 300 else ""
        target = said.target or made
        return Entry(
            at=self._clock(),
            **self._who(environ, said.actor),
            action=said.action or "request",
            target=target or _path(environ) if said.action is None else target,
            outcome=_outcome(status, said.code),
            code=(said.code or "") if status >= 400 else "",
            detail=said.detail or (f"as {made}" if made and made != target else ""),
        )

    def _who(self, environ: Mapping[str, Any], actor: str | None) -> dict[str, Any]:
        principal: Principal | None = environ.get(PRINCIPAL)
        return {
            "actor": actor if principal is None else principal.name,
            "kind": "none" if principal is None else principal.kind,
            "means": _means(environ, principal),
            "address": environ[PEER],
        }


def _outcome(status: int, code: str | None) -> Outcome:
    if status >= 500:
        return "failed"
    return "refused" if status >= 400 or code is not None else "done"


def _means(environ: Mapping[str, Any], principal: Principal | None) -> Means:
    kind = None if principal is None else principal.kind
    if kind in ("session", "proxy"):
        return "page"
    if kind == "token":
        return "token"
    if kind == "password" or "HTTP_AUTHORIZATION" in environ:
        return "program"
    return "page" if "HTTP_SEC_FETCH_SITE" in environ or "HTTP_ORIGIN" in environ else "program"


def _made(headers: Iterable[tuple[str, str]]) -> str:
    """The id of what a request made, from the address that its answer names."""
    location = next((value for name, value in headers if name.lower() == "location"), "")
    return unquote(location.rpartition("/")[2])


def _path(environ: Mapping[str, Any]) -> str:
    return str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode(errors="replace")
