"""The door: the one piece of code that decides which requests get in, for pages, HTTP calls and Socket.IO alike.

It stands outside Flask and outside Engine.IO, which never see a request that was refused here. Three questions, in
this order: is this server meant (Host), does the page that asks belong here (Origin), and on whose behalf does it ask
(cookie or bearer token, once there is a password). That is the principal, which the environ carries from here on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from phloem_server.access.authentication import Authentication, ByPassword, Open
from phloem_server.access.errors import SignInRequired
from phloem_server.access.headers import security_headers, with_headers
from phloem_server.access.origins import Origins, is_preflight, preflight
from phloem_server.access.passwords import GuessThrottle, Password
from phloem_server.access.sessions import SessionTokens
from phloem_server.access.sign_in import SignIn, redirect, requested
from phloem_server.settings import Config
from phloem_server.web import html, problem
from phloem_server.web.environ import PRINCIPAL
from phloem_server.web.errors import RequestInvalid
from phloem_server.web.paths import PUBLIC, SIGN_IN, SIGN_OUT
from phloem_server.web.problem import Problem

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


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
        self._origins = Origins(config)
        self._authentication: Authentication = Open()
        self._sign_in: SignIn | None = None
        if config.password:
            password = Password(config.password)
            tokens = SessionTokens(config.password, config.secret_key)
            throttle = GuessThrottle(sleep)
            self._authentication = ByPassword(password, tokens, throttle)
            self._sign_in = SignIn(password, tokens, throttle)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Compressed for each viewer anew, a frame costs more than it saves: 1.5 times the processor time and six
        # times the memory of a connection. Without the offer, no server takes it up.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        request = Request(environ, populate_request=False)
        started = False

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal started
            started = True
            headers = with_headers(headers, security_headers(request, self._origins))
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        try:
            answer = self._answer(request)
            return (answer or self._inside)(environ, start)
        except Problem as refused:
            return problem.of_problem(refused)(environ, start)
        except (OSError, StopIteration):
            raise  # the client left, or a WebSocket ended the way its server expects
        except Exception as error:
            answer = problem.of_unexpected(error, request.method, request.path)
            if started:
                raise
            return answer(environ, start)

    def _answer(self, request: Request) -> Response | None:
        """What the door itself answers; None lets the request in. Raises Problem to refuse it."""
        own = self._origins.check_host(request)
        _check_query(request)
        origin = self._origins.check_origin(request, own)
        if is_preflight(request):
            return preflight(allowed=origin is not None)
        if request.path in (SIGN_IN, SIGN_OUT):
            return self._sign_in_or_out(request, secure=_is_secure(request, origin))
        if request.path in PUBLIC:
            return None
        try:
            request.environ[PRINCIPAL] = self._authentication.principal(request)
        except SignInRequired:
            if self._sign_in is not None and request.method in ("GET", "HEAD") and html.is_wanted(request):
                return self._sign_in.form(requested(request))
            raise
        return None

    def _sign_in_or_out(self, request: Request, *, secure: bool) -> Response:
        if self._sign_in is None:
            return redirect("/")
        act = self._sign_in.sign_in if request.path == SIGN_IN else self._sign_in.sign_out
        return act(request, secure=secure)


def _check_query(request: Request) -> None:
    try:
        request.query_string.decode()
    except UnicodeDecodeError as error:
        raise RequestInvalid(f"The query string is not UTF-8 from its byte {error.start} on.") from None


def _is_secure(request: Request, origin: str | None) -> bool:
    """Whether the browser speaks https, be it to this server or to a proxy before it."""
    return request.scheme == "https" or (origin or "").startswith("https://")
