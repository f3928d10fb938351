"""The two addresses of signing in at the provider: where the way there begins, and where it leads back to."""

from __future__ import annotations

import logging
from html import escape

from werkzeug.wrappers import Request, Response

from phloem.record.record import ChannelError
from phloem_server.access.errors import SessionsUnread
from phloem_server.access.people import cookies
from phloem_server.access.people.openid.attempt import COOKIE, LIFETIME_SECONDS, Attempts
from phloem_server.access.people.openid.claims import identity_of
from phloem_server.access.people.openid.errors import IdTokenRefused, SignInDenied, quoted
from phloem_server.access.people.openid.provider import Provider
from phloem_server.access.people.session_start import SessionStart
from phloem_server.access.people.sign_in import local_path, openid_address, redirect
from phloem_server.web import html
from phloem_server.web.errors import MethodUnsupported
from phloem_server.web.hosts import origin_of
from phloem_server.web.noted import noted
from phloem_server.web.paths import OPENID, OPENID_CALLBACK
from phloem_server.web.problem import Problem

logger = logging.getLogger(__name__)


class OpenIDSignIn:
    """Answers /sign-in/openid and /sign-in/openid/callback.

    `page_origin` is the origin of PHLOEM_URL; without it, that which a request addresses.
    """

    def __init__(
        self, provider: Provider, attempts: Attempts, start: SessionStart, page_origin: str | None = None
    ) -> None:
        self.name = provider.settings.name
        self._provider = provider
        self._attempts = attempts
        self._start = start
        self._page_origin = page_origin

    def answer(self, request: Request, *, secure: bool) -> Response:
        """What is answered at either address; what goes wrong is told to people on a page. Problem, to programs.

        `secure`: the cookie is for https alone.
        """
        if request.method != "GET":
            raise MethodUnsupported(f"{request.path} takes GET.", headers=[("Allow", "GET")])
        target = local_path(request.args.get("next", "/"), request.script_root)
        try:
            if request.path == OPENID:
                return self._begin(request, target, secure=secure)
            return self._finish(request, secure=secure)
        except ChannelError as error:
            refused: Problem = SessionsUnread(str(error))
        except Problem as problem:
            refused = problem
        logger.warning("Nobody was signed in by %s: %s", self.name, refused)
        if not html.is_wanted(request):
            raise refused
        said = noted(request.environ)
        said.code, said.detail = refused.code, str(refused)
        again = f'<p><a href="{escape(openid_address(request.script_root, target))}">Begin again</a></p>'
        answer = html.page(refused.status, "Not signed in", str(refused), again)
        answer.headers.extend(refused.headers)
        return _without_cookie(answer, request, secure=secure)

    def ended(self, request: Request) -> Response | None:
        """What a person reads who has signed out here, and not at the provider. None where that cannot be done."""
        url = self._provider.end_session_url(f"{self._origin(request)}{request.script_root}/")
        if url is None or not html.is_wanted(request):
            return None
        links = (
            f'<p><a href="{escape(url)}">Sign out of {escape(self.name)} as well</a></p>'
            f'<p><a href="{escape(request.script_root)}/">Sign in again</a></p>'
        )
        return html.page(200, "Signed out", f"You are signed out here, and still signed in at {self.name}.", links)

    def _begin(self, request: Request, target: str, *, secure: bool) -> Response:
        attempt, kept = self._attempts.begin(target)
        answer = redirect(self._provider.authorization_url(attempt, self._callback(request)))
        name, path = _cookie(request, secure=secure)
        answer.set_cookie(
            name,
            kept,
            max_age=LIFETIME_SECONDS,
            path=path,
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
        return answer

    def _finish(self, request: Request, *, secure: bool) -> Response:
        said = noted(request.environ)
        said.action, said.changes = "sign_in", True
        name, _ = _cookie(request, secure=secure)
        attempt = self._attempts.finish(request.cookies.get(name, ""), request.args.get("state", ""))
        claims = self._provider.claims(self._code(request), attempt, self._callback(request))
        identity = identity_of(claims, self._provider.settings)
        said.actor, said.detail = identity.name, f"As {quoted(identity.subject)} of {self.name}."
        answer = self._start.enter(request, identity, attempt.target, secure=secure)
        logger.info("%s signed in at %s, as %s", identity.name, self.name, identity.role)
        return _without_cookie(answer, request, secure=secure)

    def _code(self, request: Request) -> str:
        """The code that the provider sent. SignInDenied, IdTokenRefused."""
        issuer = request.args.get("iss", self._provider.settings.issuer)  # RFC 9207
        if issuer != self._provider.settings.issuer:
            raise IdTokenRefused(f"Another provider answers: it calls itself {quoted(issuer)}.")
        if (error := request.args.get("error")) is not None:
            said = f"{quoted(error)}: {quoted(request.args.get('error_description', 'it gives no reason'))}"
            raise SignInDenied(f"{self.name} did not sign you in ({said}).")
        if not (code := request.args.get("code", "")):
            raise SignInDenied(f"{self.name} sent neither a code nor an error.")
        return code

    def _callback(self, request: Request) -> str:
        """Where the provider sends the browser back to, as it is registered there (redirect_uri)."""
        return f"{self._origin(request)}{request.script_root}{OPENID_CALLBACK}"

    def _origin(self, request: Request) -> str:
        return self._page_origin or origin_of(request.scheme, request.environ.get("HTTP_HOST", "")) or ""


def _without_cookie(answer: Response, request: Request, *, secure: bool) -> Response:
    name, path = _cookie(request, secure=secure)
    answer.delete_cookie(name, path=path, httponly=True, samesite="Lax", secure=secure)
    return answer


def _cookie(request: Request, *, secure: bool) -> tuple[str, str]:
    """Name and path of the cookie of an attempt: over https, no neighbouring host can plant one of its own."""
    name = cookies.name_of(secure=secure, root=request.script_root, plain=COOKIE)
    return name, cookies.path_of(name, f"{request.script_root}{OPENID}")
