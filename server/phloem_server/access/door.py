"""The door: the one piece of code that decides which requests get in, for pages, HTTP calls and Socket.IO alike.

It stands outside Flask and outside Engine.IO, which never see a request that was refused here. Three questions, in
this order: is this server meant (Host), does the page that asks belong here (Origin), and on whose behalf does it ask
(a token; where the server asks people who they are, a cookie or a bearer token). That is the principal, which the
environ carries from here on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from phloem.record.record import ChannelError
from phloem_server.access.authentication import Authentication
from phloem_server.access.errors import (
    OriginRefused,
    ProxyHeaderInvalid,
    RoleMissing,
    SessionsUnread,
    SignInRequired,
    TokenLimited,
    UsersUnread,
)
from phloem_server.access.headers import security_headers, with_headers
from phloem_server.access.origins import Origins, is_preflight, preflight, within_single_tasks
from phloem_server.access.people.sign_in import SignIn, redirect, requested
from phloem_server.access.principal import ROLES, Principal, onlooker
from phloem_server.access.protection import Protection
from phloem_server.access.tokens.shares import Shares
from phloem_server.settings import Config
from phloem_server.web import html, problem
from phloem_server.web.environ import PRINCIPAL
from phloem_server.web.errors import RequestInvalid
from phloem_server.web.noted import noted
from phloem_server.web.paths import OPENID, OPENID_CALLBACK, SIGN_IN, SIGN_OUT, is_public
from phloem_server.web.problem import Problem

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from phloem_server.access.people.openid.sign_in import OpenIDSignIn


_GUEST = (
    "A page of another origin may look at single tasks, and do nothing else on behalf of its visitor. If this page is "
    "Phloem's own, PHLOEM_URL names its address."
)

_ENTRANCES = (SIGN_IN, SIGN_OUT, OPENID, OPENID_CALLBACK)
"""Where the door itself answers: no token counts there."""


class Door:
    """WSGI middleware around everything else.

    `openid` is the way to a provider, where people may sign in as well. `shares` reads tokens; without it there are
    none.
    """

    def __init__(
        self,
        wsgi_app: WSGIApplication,
        config: Config,
        *,
        protection: Protection,
        authentication: Authentication,
        sign_in: SignIn,
        openid: OpenIDSignIn | None = None,
        shares: Shares | None = None,
    ) -> None:
        self._inside = wsgi_app
        self._origins = Origins(config)
        self._protection = protection
        self._authentication = authentication
        self._sign_in = sign_in
        self._openid = openid
        self._shares = shares

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
        except ChannelError as unread:
            return problem.of_problem(SessionsUnread(str(unread)))(environ, start)
        except (OSError, StopIteration):
            raise  # the client left, or a WebSocket ended the way its server expects
        except Exception as error:
            answer = problem.of_unexpected(error, request.method, request.path)
            if started:
                raise
            return answer(environ, start)

    def _answer(self, request: Request) -> Response | None:
        """What the door itself answers; None lets the request in. Raises Problem to refuse it."""
        asks = self._asks(request)
        own = self._origins.check_host(request, asks=asks)
        _check_query(request)
        bearer = self._bearer(request)
        origin = self._origins.check_origin(request, own, None if bearer is None else bearer.origin)
        guest = self._origins.is_guest(request, own)
        if is_preflight(request):
            return preflight(request, allowed=origin is not None)
        if request.path in (SIGN_IN, SIGN_OUT) and guest:  # neither out, nor in as somebody else
            raise OriginRefused(_GUEST)
        if request.path in (SIGN_IN, SIGN_OUT):
            return self._sign_in_or_out(request, secure=_is_secure(request, origin)) if asks else _to_top(request)
        if self._openid is not None and request.path in (OPENID, OPENID_CALLBACK):
            return self._openid.answer(request, secure=_is_secure(request, origin))
        if is_public(request.path):
            return None
        try:
            principal = bearer or self._authentication.principal(request)
        except SignInRequired:
            if request.method in ("GET", "HEAD") and html.is_wanted(request):
                return self._sign_in.form(requested(request), request.script_root)
            raise
        except (ProxyHeaderInvalid, RoleMissing) as refused:
            if html.is_wanted(request):
                noted(request.environ).code = refused.code
                return html.page(refused.status, "Not let in", str(refused))
            raise
        # A password or a token that the page itself sends is its own; all else is its visitor's.
        request.environ[PRINCIPAL] = principal
        if principal.kind == "token":
            if _only_looks(principal) and not within_single_tasks(request):
                raise TokenLimited("A token lets its bearer look at one task, and do nothing else.")
        elif guest and principal.kind != "password":
            request.environ[PRINCIPAL] = onlooker(principal)
            if not within_single_tasks(request):
                raise OriginRefused(_GUEST)
        return None

    def _bearer(self, request: Request) -> Principal | None:
        """The bearer of the token that a request brings to where tokens count. Problem for one that is not valid."""
        if self._shares is None or is_public(request.path) or request.path in _ENTRANCES:
            return None
        return self._shares.principal(request)

    def _asks(self, request: Request) -> bool:
        """Whether clients have to say who they are. UsersUnread, unless what is asked for is for everybody."""
        try:
            return self._protection.asks()
        except UsersUnread:
            if is_public(request.path):
                return False
            raise

    def _sign_in_or_out(self, request: Request, *, secure: bool) -> Response:
        act = self._sign_in.sign_in if request.path == SIGN_IN else self._sign_in.sign_out
        return act(request, secure=secure)


def _to_top(request: Request) -> Response:
    return redirect(f"{request.script_root}/")


def _check_query(request: Request) -> None:
    try:
        request.query_string.decode()
    except UnicodeDecodeError as error:
        raise RequestInvalid(f"The query string is not UTF-8 from its byte {error.start} on.") from None


def _only_looks(principal: Principal) -> bool:
    """Whether all that a principal may do is to look at single tasks."""
    return principal.scope is not None and principal.scope.singly and principal.actions <= ROLES["viewer"]


def _is_secure(request: Request, origin: str | None) -> bool:
    """Whether the browser speaks https, be it to this server or to a proxy before it."""
    return request.scheme == "https" or (origin or "").startswith("https://")
