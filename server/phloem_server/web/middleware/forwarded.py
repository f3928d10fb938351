"""What a trusted proxy says of a request that it passed on: how and where the browser sent it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from phloem_server.web.environ import PROXY_HOST, ROOT
from phloem_server.web.hosts import parse_address, parse_host

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Network = IPv4Network | IPv6Network

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
"""What proxies write into X-Forwarded-Proto; some name that of a WebSocket."""

_ROOT = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?")
"""A path that leads below this host, whatever a browser makes of it: `//name` would be another one."""


class Forwarded:
    """WSGI middleware: what lies behind it sees scheme, host and prefix as a proxy in `proxies` found them.

    A proxy ends TLS (`X-Forwarded-Proto`), may write another Host (`X-Forwarded-Host`), and may take a prefix away
    (`X-Forwarded-Prefix`). Of several values the last one counts, which is that of the proxy itself. Whatever another
    sender claims is passed over, and so is a value that cannot be one.
    """

    def __init__(self, wsgi_app: WSGIApplication, proxies: Sequence[Network]) -> None:
        self._inside = wsgi_app
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._proxies and is_within(environ.get("REMOTE_ADDR", ""), self._proxies):
            if scheme := _SCHEMES.get(_last(environ, "HTTP_X_FORWARDED_PROTO").lower()):
                environ["wsgi.url_scheme"] = scheme
            if parse_host(host := _last(environ, "HTTP_X_FORWARDED_HOST")) is not None:
                environ[PROXY_HOST] = environ.get("HTTP_HOST", "")
                environ["HTTP_HOST"] = host
            if _ROOT.fullmatch(root := _last(environ, "HTTP_X_FORWARDED_PREFIX")):
                environ[ROOT] = root.rstrip("/")
        return self._inside(environ, start_response)


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Whether an address belongs to one of `networks`. What is no address belongs to none."""
    parsed = parse_address(address)
    return parsed is not None and any(parsed in network for network in networks)


def _last(environ: WSGIEnvironment, entry: str) -> str:
    value: str = environ.get(entry, "")
    return value.rpartition(",")[2].strip()
