"""Signing in and out: the form, the cookie, and where the browser goes afterwards."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from phloem.record.record import ChannelError
from phloem_server.access.errors import CHALLENGE, SessionsUnread, TooManyAttempts
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.sessions import COOKIE, LIFETIME_SECONDS, Sessions
from phloem_server.web import html
from phloem_server.web.errors import MethodUnsupported, of_http
from phloem_server.web.noted import noted
from phloem_server.web.paths import SIGN_IN, SIGN_OUT
from phloem_server.web.problem import Problem

_FORM_LIMIT_BYTES = 8192
_TARGET_LIMIT = 2048


class SignIn:
    """Answers /sign-in and /sign-out, and shows the form to browsers that ask for a page without a session."""

    def __init__(self, password: Password, sessions: Sessions) -> None:
        self._password = password
        self._sessions = sessions

    def form(self, target: str, root: str = "", *, status: int = 401, wrong: str = "") -> Response:
        """The form. `target` is where to go afterwards; `wrong` says what was not right the last time.

        `root` is the prefix below which all is served.
        """
        message = f'<p class="wrong" id="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
        invalid = ' aria-invalid="true" aria-describedby="wrong"' if wrong else ""
        form = (
            f'<form method="post" action="{escape(root + SIGN_IN)}">'
            f'<input type="hidden" name="next" value="{escape(local_path(target, root))}">'
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

        MethodUnsupported, TooManyAttempts, SessionsUnread. `secure`: the cookie is for https alone.
        """
        root = request.script_root
        if request.method in ("GET", "HEAD"):
            return self.form(request.args.get("next", "/"), root, status=200)
        if request.method != "POST":
            raise MethodUnsupported(
                f"{SIGN_IN} takes POST, with the form field password.", headers=[("Allow", "GET, POST")]
            )
        request.max_content_length = request.max_form_memory_size = _FORM_LIMIT_BYTES
        try:
            password = request.form.get("password", "")
            target = local_path(request.form.get("next", "/"), root)
        except HTTPException as error:
            return of_http(error, request)
        if not password:
            return self.form(target, root, wrong="Type the password.")
        said = noted(request.environ)
        said.action, said.changes = "sign_in", True
        try:
            right = self._password.admits(request.environ, password.encode(errors="surrogatepass"))
        except TooManyAttempts as refused:
            return self._refused(refused, request, target)
        if not right:
            said.code = "password_wrong"
            return self.form(target, root, wrong="That is not the password.")
        try:
            token = self._sessions.begin(self._password.peer(request.environ), request.headers.get("User-Agent", ""))
        except ChannelError as error:
            return self._refused(SessionsUnread(str(error)), request, target)
        answer = redirect(target)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=LIFETIME_SECONDS,
            path=root or "/",
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
        return answer

    def _refused(self, refused: Problem, request: Request, target: str) -> Response:
        """A person gets the form again, a program the problem."""
        if not html.is_wanted(request):
            raise refused
        noted(request.environ).code = refused.code
        answer = self.form(target, request.script_root, status=refused.status, wrong=str(refused))
        answer.headers.extend(refused.headers)
        return answer

    def sign_out(self, request: Request, *, secure: bool) -> Response:
        """Ends the session, and takes the cookie away from this browser. MethodUnsupported, ChannelError."""
        if request.method != "POST":
            raise MethodUnsupported(f"{SIGN_OUT} takes POST.", headers=[("Allow", "POST")])
        if (session := self._sessions.of(request.cookies.get(COOKIE, ""))) is not None:
            self._sessions.end(session)
            said = noted(request.environ)
            said.action, said.changes = "sign_out", True
        root = request.script_root
        answer = redirect(f"{root}/")
        answer.delete_cookie(COOKIE, path=root or "/", httponly=True, samesite="Lax", secure=secure)
        return answer


def redirect(target: str) -> Response:
    """Sends the browser on to a path of this server, by GET."""
    return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})


def local_path(target: str, root: str = "") -> str:
    r"""`target` if it is a path of ours below `root` that one can go to, else its top: no redirect leads elsewhere.

    Browsers take `//host` and `/\host` for another host, and drop tabs and line ends before they look.
    """
    plain = target.isascii() and target.isprintable() and " " not in target and "\\" not in target
    path = target.removeprefix(root) if target.startswith(f"{root}/") else ""
    if not plain or len(target) > _TARGET_LIMIT or not path.startswith("/") or target.startswith("//"):
        return f"{root}/"
    return f"{root}/" if path.startswith((SIGN_IN, SIGN_OUT)) else target


def requested(request: Request) -> str:
    """The path and query of a request, as they stand in an address."""
    # Of escapes, `segments` has left those in place which mean something.
    path = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~-._%")
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path
