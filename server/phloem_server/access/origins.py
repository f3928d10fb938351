"""Where a request may come from: the name under which it addresses this server, and the site of the page that sent it.

Two attacks are refused here: a page elsewhere whose own name was made to point to this machine (DNS rebinding), and a
page elsewhere that sends a request with the cookies of its visitor (cross-site request forgery, also by WebSocket).
"""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from phloem_server.access.errors import HostUnknown, OriginRefused
from phloem_server.settings import Config
from phloem_server.web.errors import RequestInvalid
from phloem_server.web.hosts import is_loopback, origin_of, parse_host, parse_origin
from phloem_server.web.paths import ENGINE

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_PREFLIGHT_SECONDS = 600


class Origins:
    """The hosts and origins that the settings allow, and checks of requests against them."""

    def __init__(self, config: Config) -> None:
        self._hosts = config.hosts
        self._origins = config.origins
        self._has_password = config.password is not None

    def check_host(self, request: Request) -> str:
        """The request's own origin. Without a password only names of this machine are taken.

        With a password, a page that made its name point here has no cookie under that name. RequestInvalid,
        HostUnknown.
        """
        header = request.environ.get("HTTP_HOST", "")
        own, host = origin_of(request.scheme, header), parse_host(header)
        if own is None or host is None:
            raise RequestInvalid(f"The Host header is {header!r}; it takes a host name, with or without a port.")
        if not self._has_password and not is_loopback(host[0]) and host[0] not in self._hosts:
            raise HostUnknown(
                f"This server does not go by the name {host[0]}. It answers to localhost and 127.0.0.1; "
                "PHLOEM_ORIGINS may name others."
            )
        return own

    def check_origin(self, request: Request, own: str) -> str | None:
        """The origin of the page that sent the request, None where it names none that is allowed.

        OriginRefused for pages of other sites where that matters: requests that change something, which browsers send,
        and WebSockets, which browsers let every page open. Reading over HTTP needs no refusal, because a browser does
        not show the answer to another origin.
        """
        guarded = (
            request.method in _CHANGING
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
        if origin is not None and (origin == own or origin in self._origins):
            return origin
        if guarded:
            raise OriginRefused(
                f"A page of the origin {header[:200]} may not do that; this server is {own}. "
                "PHLOEM_ORIGINS may name other origins."
            )
        return None

    def sharing_headers(self, request: Request) -> dict[str, str]:
        """Headers by which a browser lets pages of the allowed origins read the answer (CORS)."""
        if not self._origins:
            return {}
        found = {"Vary": "Origin"}
        if parse_origin(request.headers.get("Origin", "")) in self._origins:
            found["Access-Control-Allow-Origin"] = request.headers["Origin"]
            found["Access-Control-Expose-Headers"] = "Location, Retry-After"
        return found

    @property
    def any_allowed(self) -> bool:
        """Whether there are other origins whose pages may use this server."""
        return bool(self._origins)


def is_preflight(request: Request) -> bool:
    """Whether a browser asks if a page of another origin may call. It sends no password with that."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(*, allowed: bool) -> Response:
    """The answer to a preflight request. OriginRefused unless the page is `allowed` to call."""
    if not allowed:
        raise OriginRefused("Pages of this origin may not call this server. PHLOEM_ORIGINS may name other origins.")
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
    }
    return Response(status=204, headers=headers)
