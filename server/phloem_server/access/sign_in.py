"""Signing in and out: the form, the cookie, and where the browser goes afterwards."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from phloem_server.access.authentication import CHALLENGE
from phloem_server.access.errors import TooManyAttempts
from phloem_server.access.passwords import GuessThrottle, Password
from phloem_server.access.sessions import COOKIE, LIFETIME_SECONDS, SessionTokens
from phloem_server.web import html
from phloem_server.web.errors import MethodUnsupported, of_http
from phloem_server.web.paths import SIGN_IN, SIGN_OUT

_FORM_LIMIT_BYTES = 8192
_TARGET_LIMIT = 2048


class SignIn:
    """Answers /sign-in and /sign-out, and shows the form to browsers that ask for a page without a session."""

    def __init__(self, password: Password, tokens: SessionTokens, throttle: GuessThrottle) -> None:
        self._password = password
        self._tokens = tokens
        self._throttle = throttle

    def form(self, target: str, *, status: int = 401, wrong: str = "") -> Response:
        """The form. `target` is where to go afterwards; `wrong` says what was not right the last time."""
        message = f'<p class="wrong" id="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
        invalid = ' aria-invalid="true" aria-describedby="wrong"' if wrong else ""
        form = (
            f'<form method="post" action="{SIGN_IN}">'
            f'<input type="hidden" name="next" value="{escape(local_path(target))}">'
            # For password managers, which keep a password under a name.
            '<input name="username" value="phloem" autocomplete="username" hidden>'
            '<label for="password">Password</label>'
            '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus'
            f"{invalid}>{message}<button>Sign in</button></form>"
        )
        answer = html.page(status, "Phloem", "Sign in to see what your workers do.", form)
        if status == 401:
            answer.headers["WWW-Authenticate"] = CHALLENGE
        return answer

    def sign_in(self, request: Request, *, secure: bool) -> Response:
        """Takes the form. The right password: a cookie, and on to the page that was asked for.

        MethodUnsupported, TooManyAttempts. `secure`: the cookie is for https alone.
        """
        if request.method in ("GET", "HEAD"):
            return self.form(request.args.get("next", "/"), status=200)
        if request.method != "POST":
            raise MethodUnsupported(
                f"{SIGN_IN} takes POST, with the form field password.", headers=[("Allow", "GET, POST")]
            )
        request.max_content_length = request.max_form_memory_size = _FORM_LIMIT_BYTES
        try:
            password = request.form.get("password", "")
            target = local_path(request.form.get("next", "/"))
        except HTTPException as error:
            return of_http(error, request)
        if not self._password.matches(password.encode(errors="surrogatepass")):
            if not self._throttle.delay():
                raise TooManyAttempts
            return self.form(target, wrong="That is not the password." if password else "Type the password.")
        answer = redirect(target)
        answer.set_cookie(
            COOKIE,
            self._tokens.issue(),
            max_age=LIFETIME_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
        return answer

    def sign_out(self, request: Request, *, secure: bool) -> Response:
        """Takes the cookie away from this browser. MethodUnsupported."""
        if request.method != "POST":
            raise MethodUnsupported(f"{SIGN_OUT} takes POST.", headers=[("Allow", "POST")])
        answer = redirect("/")
        answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=secure)
        return answer


def redirect(target: str) -> Response:
    """Sends the browser on to a path of this server, by GET."""
    return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})


def local_path(target: str) -> str:
    r"""`target` if it is a path on this server that one can go to, else "/": no redirect leads elsewhere.

    Browsers take `//host` and `/\host` for another host, and drop tabs and line ends before they look.
    """
    plain = target.isascii() and target.isprintable() and " " not in target and "\\" not in target
    if not plain or len(target) > _TARGET_LIMIT or not target.startswith("/") or target.startswith("//"):
        return "/"
    return "/" if target.startswith((SIGN_IN, SIGN_OUT)) else target


def requested(request: Request) -> str:
    """The path and query of a request, as they stand in an address."""
    path = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~-._")
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path
