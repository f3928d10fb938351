"""The door: the one piece of code that decides who gets in, for pages, HTTP calls and Socket.IO alike.

It stands outside Flask and outside Engine.IO, which never see a request that was refused here. Three questions, in
this order: is this server meant (Host), does the page that asks belong here (Origin), and who asks (cookie or bearer
token, once there is a password).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from phloem_server.access.passwords import Guessing, Sessions
from phloem_server.access.principal import ANYONE, PASSWORD_HOLDER
from phloem_server.access.sign_in import COOKIE, SIGN_IN, SIGN_OUT, SignIn, requested
from phloem_server.settings import Config
from phloem_server.web import problem as errors
from phloem_server.web.environ import PRINCIPAL
from phloem_server.web.hosts import is_loopback, origin_of, parse_host, parse_origin
from phloem_server.web.problem import Problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ENGINE = "/socket.io/"
"""Where Engine.IO answers."""

OPEN = frozenset({"/healthz", "/readyz", "/embed.js", "/embed.d.ts", "/embed.react.d.ts", "/embed.vue.d.ts"})
"""Paths that need no sign-in: whoever keeps the process alive has no password, and the script of a bar on somebody's
own page says nothing of any task."""

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"


class Door:
    """WSGI middleware around everything else. `sleep` waits for a number of seconds; tests give another."""

    def __init__(
        self,
        wsgi_app: WSGIApplication,
        config: Config,
        *,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._inside = wsgi_app
        self._config = config
        self._sessions = Sessions(config.password, config.secret_key) if config.password else None
        self._guessing = Guessing(sleep)
        self._sign_in = SignIn(self._sessions, self._guessing) if self._sessions else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Compressed for each viewer anew, a frame costs more than it saves: 1.5 times the processor time and six
        # times the memory of a connection. Without the offer, no server takes it up.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        request = Request(environ, populate_request=False)
        started = False

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal started
            started = True
            headers = _with_headers(headers, self._headers(request))
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        try:
            answer = self._answer(request)
            return (answer or self._inside)(environ, start)
        except Problem as problem:
            return errors.response(problem)(environ, start)
        except (OSError, StopIteration):
            raise  # the client left, or a WebSocket ended the way its server expects
        except Exception as error:
            told = errors.of_unexpected(error, request.method, request.path)
            if started:
                raise
            return errors.response(told)(environ, start)

    def _answer(self, request: Request) -> Response | None:
        """What the door itself answers; None lets the request in. Raises Problem to refuse it."""
        own = self._check_host(request)
        _check_query(request)
        origin = self._check_origin(request, own)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return _preflight(allowed=origin is not None)
        secure = request.scheme == "https" or (origin or "").startswith("https://")
        if request.path in (SIGN_IN, SIGN_OUT):
            if self._sign_in is None:
                return Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
            act = self._sign_in.sign_in if request.path == SIGN_IN else self._sign_in.sign_out
            return act(request, secure=secure)
        if request.path in OPEN:
            return None
        if self._sessions is None or self._sign_in is None:
            request.environ[PRINCIPAL] = ANYONE
            return None
        refused = self._check_identity(request, self._sessions, self._sign_in)
        if refused is None:
            request.environ[PRINCIPAL] = PASSWORD_HOLDER
        return refused

    def _check_host(self, request: Request) -> str:
        """The request's own origin. Without a password only names of this machine are taken.

        A page elsewhere can make its own name point here (DNS rebinding), and is then its own origin to the
        browser; only the name in the Host header tells. With a password it has no cookie under that name.
        """
        header = request.environ.get("HTTP_HOST", "")
        own, host = origin_of(request.scheme, header), parse_host(header)
        if own is None or host is None:
            raise Problem(400, f"The Host header is {header!r}; it takes a host name, with or without a port.")
        if self._config.password is None and not is_loopback(host[0]) and host[0] not in self._config.hosts:
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"This server does not go by the name {host[0]}. It answers to localhost and 127.0.0.1; "
                "PHLOEM_ORIGINS may name others.",
            )
        return own

    def _check_origin(self, request: Request, own: str) -> str | None:
        """The origin of the page that asks, None where none is named. Refuses pages that do not belong here.

        Reading over HTTP needs no refusal, because a browser does not show the answer to another origin. It does
        send what changes something, and it lets every page open a WebSocket.
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
                raise Problem(
                    403,
                    f"This came from another site (Sec-Fetch-Site: {site}), which may not do that.",
                )
            return None
        origin = parse_origin(header)
        if origin is not None and (origin == own or origin in self._config.origins):
            return origin
        if guarded:
            raise Problem(
                403,
                f"A page of the origin {header[:200]} may not do that; this server is {own}. "
                "PHLOEM_ORIGINS may name other origins.",
            )
        return None

    def _check_identity(self, request: Request, sessions: Sessions, sign_in: SignIn) -> Response | None:
        if sessions.is_valid(request.cookies.get(COOKIE, "")):
            return None
        scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "bearer":
            # WSGI hands header bytes over as latin-1.
            if sessions.is_password(token.strip().encode("latin-1")):
                return None
            if not self._guessing.wrong():
                raise Problem(429, "Too many wrong passwords at this moment.", headers=[("Retry-After", "1")])
            raise Problem(
                401,
                "The bearer token is not the password.",
                headers=[_challenge('error="invalid_token"')],
            )
        if request.method in ("GET", "HEAD") and _is_person(request):
            return sign_in.ask(requested(request))
        raise Problem(
            401,
            "This needs the password: as a bearer token (Authorization: Bearer …), or by signing in at /sign-in.",
            headers=[_challenge()],
        )

    def _headers(self, request: Request) -> dict[str, str]:
        """Headers that every answer carries, unless it has its own of that name."""
        found = {
            "X-Content-Type-Options": "nosniff",
            # Not no-referrer: with that, browsers send `Origin: null` for the forms of our own pages.
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "cross-origin" if self._config.origins else "same-origin",
        }
        if not request.path.startswith(ENGINE):
            found["Content-Security-Policy"] = _policy(request.environ.get("HTTP_HOST", ""))
            found["Cross-Origin-Opener-Policy"] = "same-origin"
        if self._config.origins:
            found["Vary"] = "Origin"
            origin = parse_origin(request.headers.get("Origin", ""))
            if origin in self._config.origins:
                found["Access-Control-Allow-Origin"] = request.headers["Origin"]
                found["Access-Control-Expose-Headers"] = "Location, Retry-After"
        return found


def _check_query(request: Request) -> None:
    try:
        request.query_string.decode()
    except UnicodeDecodeError as error:
        raise Problem(400, f"The query string is not UTF-8 from its byte {error.start} on.") from None


def _is_person(request: Request) -> bool:
    """Whether a browser asks for a page: programs say `*/*`, or what they can read."""
    return "text/html" in request.headers.get("Accept", "")


def _challenge(more: str = "") -> tuple[str, str]:
    return "WWW-Authenticate", ", ".join(filter(None, ('Bearer realm="Phloem"', more)))


def _preflight(*, allowed: bool) -> Response:
    """What a browser asks before a page of another origin may call. It carries no password and needs none."""
    if not allowed:
        raise Problem(
            403,
            "Pages of this origin may not call this server. PHLOEM_ORIGINS may name other origins.",
        )
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": "600",
    }
    return Response(status=204, headers=headers)


def _policy(host_header: str) -> str:
    # Not every browser counts a WebSocket to the same host as 'self'.
    host = host_header.strip() if parse_host(host_header) else ""
    sockets = f" ws://{host} wss://{host}" if host else ""
    return (
        f"default-src 'self'; connect-src 'self'{sockets}; img-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _with_headers(headers: list[tuple[str, str]], more: dict[str, str]) -> list[tuple[str, str]]:
    present = {name.lower() for name, _ in headers}
    joined = [(name, value) for name, value in more.items() if name == "Vary" or name.lower() not in present]
    return [*headers, *joined]
