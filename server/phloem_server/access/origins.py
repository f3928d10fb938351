"""Where a request may come from: the name under which it addresses this server, and the site of the page that sent it.

Two attacks are refused here: a page elsewhere whose own name was made to point to this machine (DNS rebinding), and a
page elsewhere that sends a request with the cookies of its visitor (cross-site request forgery, also by WebSocket).

The origins of this server are the one that a request addresses, with the scheme that a trusted proxy tells, and that
of PHLOEM_URL. PHLOEM_ORIGINS names further ones of this server, and those of other pages, which are guests: what they
send without a password of their own looks at single tasks. A token may name one more, for what is sent with it.
"""

from __future__ import annotations

import logging

from werkzeug.wrappers import Request, Response

from phloem_server.access.errors import HostUnknown, OriginRefused, PasswordMissing
from phloem_server.access.principal import Principal
from phloem_server.access.protection import WAYS
from phloem_server.settings import Config
from phloem_server.web.environ import PRINCIPAL, PROXY_HOST
from phloem_server.web.errors import RequestInvalid
from phloem_server.web.hosts import is_loopback, origin_of, parse_address, parse_host, parse_origin
from phloem_server.web.paths import API, ENGINE

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_PREFLIGHT_SECONDS = 600

_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")
"""Headers by which proxies say that they pass on what another has sent."""


TOLD_LIMIT = 20
"""Origins that are logged as refused, at most: anybody can send any."""

logger = logging.getLogger(__name__)


class Origins:
    """The hosts and origins that the settings allow, and checks of requests against them."""

    def __init__(self, config: Config) -> None:
        self._names = config.names
        self._origins = config.origins
        self._page = config.page_origin
        self._is_embedded = config.is_embedded
        self._has_proxy_sign_in = config.proxy_header is not None
        self._told: set[str] = set()

    def check_host(self, request: Request, *, asks: bool) -> str:
        """The request's own origin. A server that asks nobody takes only names of this machine.

        Where it `asks` who somebody is, a page that made its name point here has no cookie under that name. A proxy
        that signs people in may know them under any name, so there again only names of the settings are taken.
        RequestInvalid, HostUnknown, PasswordMissing.
        """
        if self._is_embedded and not asks and not _is_from_this_machine(request):
            raise PasswordMissing(
                "Phloem asks nobody who they are here, so it answers to this machine alone, and not through a proxy. "
                f"For others it needs {WAYS}."
            )
        header = request.environ.get("HTTP_HOST", "")
        # A proxy may pass on an X-Forwarded-Host that the page has written; the Host is the browser's or the proxy's.
        for each in (str(request.environ.get(PROXY_HOST, header)), header):
            host = parse_host(each)
            if host is None:
                raise RequestInvalid(f"The Host header is {each!r}; it takes a host name, with or without a port.")
            if (not asks or self._has_proxy_sign_in) and not is_loopback(host[0]) and host not in self._names:
                raise HostUnknown(
                    f"This server does not go by the name {host[0]}. It answers to localhost and 127.0.0.1; "
                    "PHLOEM_ORIGINS may name others."
                )
        own = origin_of(request.scheme, header)
        assert own is not None
        return own

    def check_origin(self, request: Request, own: str, shared: str | None = None) -> str | None:
        """The origin of the page that sent the request, None where it names none that is allowed. `shared` is one that
        its token names.

        OriginRefused for pages of other sites where that matters: requests that change something, which browsers send,
        WebSockets, which browsers let every page open, and passwords, which no page is to guess. Other reading over
        HTTP needs no refusal, because a browser does not show the answer to another origin.
        """
        guarded = (
            request.method in _CHANGING
            or "Authorization" in request.headers
            or request.path.startswith(ENGINE)
            or request.headers.get("Upgrade", "").lower() == "websocket"
        )
        header = request.headers.get("Origin")
        if header is None:
            site = request.headers.get("Sec-Fetch-Site", "none")
            if guarded and site not in ("same-origin", "none"):
                raise OriginRefused(f"This came from another site (Sec-Fetch-Site: {site}), which may not do that.")
            return None
        origin = parse_origin(header)
        if origin is not None and origin in (own, self._page, shared, *self._origins):
            return origin
        if guarded:
            if origin is not None and request.path.startswith(ENGINE):
                self._tell(origin)
            raise OriginRefused(
                f"A page of the origin {header[:200]} may not do that; this server is {own}. "
                "PHLOEM_ORIGINS may name other origins."
            )
        return None

    def _tell(self, origin: str) -> None:
        """Logs once that pages of an origin may not connect: their browsers do not tell them why."""
        if origin not in self._told and len(self._told) < TOLD_LIMIT:
            self._told.add(origin)
            logger.warning("A page of %s may not connect: PHLOEM_ORIGINS does not name that origin.", origin)

    def is_guest(self, request: Request, own: str) -> bool:
        """Whether a page of another site sent the request, which PHLOEM_ORIGINS allows to look at single tasks.

        Behind a proxy that ends TLS the page's own origin differs from `own` in its scheme; where the proxy rewrites
        the Host header as well, PHLOEM_URL names it.
        """
        origin = parse_origin(request.headers.get("Origin", ""))
        if origin is None or origin not in self._origins or origin in (own, self._page):
            return False
        if request.headers.get("Sec-Fetch-Site") == "same-origin":  # no page can make a browser say so
            return False
        return origin != origin_of(origin.partition("://")[0], request.environ.get("HTTP_HOST", ""))

    def sharing_headers(self, request: Request) -> dict[str, str]:
        """Headers by which a browser lets pages of the allowed origins read the answer (CORS)."""
        principal: Principal | None = request.environ.get(PRINCIPAL)
        shared = principal.origin if principal is not None else None
        if not self._origins and shared is None:
            return {}
        found = {"Vary": "Origin"}
        origin = parse_origin(request.headers.get("Origin", ""))
        if origin is not None and (origin in self._origins or origin == shared):
            found["Access-Control-Allow-Origin"] = request.headers["Origin"]
            found["Access-Control-Expose-Headers"] = (
                "Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
            )
        return found

    @property
    def any_allowed(self) -> bool:
        """Whether there are other origins whose pages may use this server."""
        return bool(self._origins)


def _is_from_this_machine(request: Request) -> bool:
    """Whether a program on this machine sent the request, and passed on that of nobody else, as far as it tells."""
    address = parse_address(request.environ.get("REMOTE_ADDR", ""))
    forwarded = any(name in request.environ for name in _FORWARDED)
    return address is not None and address.is_loopback and not forwarded


def within_single_tasks(request: Request) -> bool:
    """Whether a request is one of those by which a client looks at single tasks."""
    if request.path.startswith(ENGINE):  # the handlers of messages see the principal's scope
        return True
    return request.method in ("GET", "HEAD") and request.path.startswith(f"{API}/tasks/")


def is_preflight(request: Request) -> bool:
    """Whether a browser asks if a page of another origin may call. It sends no password and no token with that."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(request: Request, *, allowed: bool) -> Response:
    """The answer to a preflight request. OriginRefused unless the page is `allowed` to call, or brings a token.

    Which token that is, the request itself tells: what comes without one is refused then.
    """
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
    }
    if not allowed:
        asked = request.headers.get("Access-Control-Request-Headers", "").lower().split(",")
        if not request.path.startswith(API) or "authorization" not in map(str.strip, asked):
            raise OriginRefused("Pages of this origin may not call this server. PHLOEM_ORIGINS may name other origins.")
        headers["Access-Control-Allow-Origin"] = "*"
    return Response(status=204, headers=headers)
