"""Signing in and out: the form, the cookie, and where one lands afterwards."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from phloem_server.access.passwords import LIFETIME, Guessing, Sessions
from phloem_server.web import html as markup
from phloem_server.web.problem import Problem, of_http

COOKIE = "phloem_session"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"

_FORM_LIMIT = 8192


class SignIn:
    """Answers /sign-in and /sign-out, and asks whoever came for a page and has not signed in."""

    def __init__(self, sessions: Sessions, guessing: Guessing) -> None:
        self._sessions = sessions
        self._guessing = guessing

    def ask(self, target: str, *, status: int = 401, wrong: str = "") -> Response:
        """The form. `target` is where to go afterwards; `wrong` says what was not right the last time."""
        problem = f'<p class="wrong" id="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
        invalid = ' aria-invalid="true" aria-describedby="wrong"' if wrong else ""
        form = (
            f'<form method="post" action="{SIGN_IN}">'
            f'<input type="hidden" name="next" value="{escape(local_path(target))}">'
            # For password managers, which keep a password under a name.
            '<input name="username" value="phloem" autocomplete="username" hidden>'
            '<label for="password">Password</label>'
            '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus'
            f"{invalid}>{problem}<button>Sign in</button></form>"
        )
        answer = markup.page(status, "Phloem", "Sign in to see what your workers do.", form)
        if status == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="Phloem"'
        return answer

    def sign_in(self, request: Request, *, secure: bool) -> Response:
        """Takes the form. The right password: a cookie and on to the page that was asked for."""
        if request.method in ("GET", "HEAD"):
            return self.ask(request.args.get("next", "/"), status=200)
        if request.method != "POST":
            raise Problem(
                405,
                f"{SIGN_IN} takes POST, with the form field password.",
                headers=[("Allow", "GET, POST")],
            )
        request.max_content_length = request.max_form_memory_size = _FORM_LIMIT
        try:
            password, target = (
                request.form.get("password", ""),
                local_path(request.form.get("next", "/")),
            )
        except HTTPException as error:
            raise of_http(error, request) from None
        if not self._sessions.is_password(password.encode(errors="surrogatepass")):
            if not self._guessing.wrong():
                raise Problem(429, "Too many wrong passwords at this moment.", headers=[("Retry-After", "1")])
            return self.ask(target, wrong="That is not the password." if password else "Type the password.")
        answer = _go_to(target)
        answer.set_cookie(
            COOKIE,
            self._sessions.issue(),
            max_age=LIFETIME,
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
        return answer

    def sign_out(self, request: Request, *, secure: bool) -> Response:
        """Takes the cookie away from this browser."""
        if request.method != "POST":
            raise Problem(405, f"{SIGN_OUT} takes POST.", headers=[("Allow", "POST")])
        answer = _go_to("/")
        answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=secure)
        return answer


def local_path(target: str) -> str:
    r"""`target` if it is a path on this server that one can go to, else "/": nobody is sent elsewhere.

    Browsers take `//host` and `/\host` for another host, and drop tabs and line ends before they look.
    """
    plain = target.isascii() and target.isprintable() and " " not in target and "\\" not in target
    if not plain or len(target) > 2048 or not target.startswith("/") or target.startswith("//"):
        return "/"
    return "/" if target.startswith((SIGN_IN, SIGN_OUT)) else target


def requested(request: Request) -> str:
    """The path and query that were asked for, as they stand in an address."""
    path = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~-._")
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path


def _go_to(target: str) -> Response:
    return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})
