"""The access log: a line for each request, on standard output."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from phloem.redaction import is_secret, scrub
from phloem_server.access.peers import peer_of
from phloem_server.app import log
from phloem_server.web.middleware.forwarded import Network

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PROBES = ("/healthz", "/readyz", "/metrics")
"""Asked for every few seconds by machines; they are logged at the level `debug`."""

_SESSION = "sid"
"""Names a connection of Socket.IO: who knows it can read along. Requests that have it carry on what one began."""

_SEARCHES = ("q", "error", "label", "args.", "not.q", "not.error", "not.label", "not.args.")
"""Texts that a person searches for, which may be anything; those that end with a dot begin a name."""

_CODE = "code"
"""What an OpenID Connect provider sends for a person, to be exchanged."""

_LONGEST = 2000

_IN_PATHS = "/:@!$&'()*+,;=~-._%"

logger = logging.getLogger(__name__)


def begin(level: str, form: str) -> None:
    """Has requests logged from now on, in one of `LOG_FORMATS`."""
    logger.handlers, logger.propagate = [log.handler_of(sys.stdout, form)], False
    logger.setLevel(level.upper())


class AccessLog:
    """WSGI middleware around all others. Of a long-polling connection the first request is logged, of a WebSocket its
    end. Query strings that hold a secret are left out.
    """

    def __init__(self, wsgi_app: WSGIApplication, proxies: Sequence[Network] = ()) -> None:
        """`proxies` are those whose X-Forwarded-For says where a request comes from."""
        self._inside = wsgi_app
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begin = time.perf_counter()
        upgrades = str(environ.get("HTTP_UPGRADE", "")).lower() == "websocket"
        names = _names(environ)
        if _SESSION in names and not upgrades:
            return self._inside(environ, start_response)
        request = {
            "client": peer_of(environ, self._proxies),
            "method": str(environ.get("REQUEST_METHOD", ""))[:20],
            "path": _target(environ, names),
        }
        level = logging.DEBUG if str(environ.get("PATH_INFO", "")).endswith(_PROBES) else logging.INFO
        answered: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            answered.append(status)
            length = next((value for name, value in headers if name.lower() == "content-length"), None)
            _say(level, request, status, begin, length)
            return start_response(status, headers, *rest)

        try:
            answer = self._inside(environ, start)
        except Exception:
            if not answered:
                _say(level, request, "500", begin)
            raise
        if upgrades and not answered:
            _say(level, request, "101", begin)
        return answer


def _say(level: int, request: dict[str, str], status: str, begin: float, length: str | None = None) -> None:
    if not logger.isEnabledFor(level):
        return
    more = {
        "status": int(status[:3]) if status[:3].isdecimal() else 0,
        "bytes": int(length) if length is not None and length.isdecimal() else None,
        "milliseconds": round((time.perf_counter() - begin) * 1000, 1),
    }
    logger.log(
        level,
        "%s %s %s %d %s %g ms",
        request["client"],
        request["method"],
        request["path"],
        more["status"],
        "-" if more["bytes"] is None else more["bytes"],
        more["milliseconds"],
        extra={**request, **more},
    )


def _hides(name: str) -> bool:
    """Whether the value of a name in the query string may be a secret."""
    known = name in (_SESSION, _CODE, *_SEARCHES) or name.startswith(
        tuple(each for each in _SEARCHES if each[-1] == ".")
    )
    return known or is_secret(name)


def _names(environ: WSGIEnvironment) -> frozenset[str]:
    """The names in the query string."""
    try:
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return frozenset({"token"})  # more than any client of ours sends: whatever is in there is left out
    return frozenset(name for name, _ in query)


def _target(environ: WSGIEnvironment, names: frozenset[str]) -> str:
    """Path and query string, with everything escaped that is no plain character."""
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}".encode("latin-1", "replace")
    query = str(environ.get("QUERY_STRING", ""))
    holds_secret = any(_hides(name) for name in names) or scrub(query) != query
    shown = quote(path, safe=_IN_PATHS)
    if query and not holds_secret:
        shown += f"?{quote(query.encode('latin-1', 'replace'), safe=_IN_PATHS + '?[]')}"
    return shown[:_LONGEST]
