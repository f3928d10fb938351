"""Signing in and out: the form, the cookie, and where the browser goes afterwards."""

from __future__ import annotations

from html import escape
from typing import Protocol
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from phloem.record.record import ChannelError
from phloem.record.stores.access import Identity
from phloem_server.access.errors import CHALLENGE, SessionsUnread, TooManyAttempts
from phloem_server.access.people import cookies
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.session_start import SessionStart
from phloem_server.access.people.sessions import Sessions
from phloem_server.access.people.users import Users
from phloem_server.web import html
from phloem_server.web.errors import MethodUnsupported, of_http
from phloem_server.web.noted import noted
from phloem_server.web.paths import OPENID, SIGN_IN, SIGN_OUT
from phloem_server.web.problem import Problem

NAME_OR_NONE = "Name, or none with the password that all share"
"""The label of a name where both count."""

_BELOW_ANOTHER = "input+label{margin-top:16px}input[type=hidden]+label{margin-top:0}"
"""The style of a field that stands below another."""

_FORM_LIMIT_BYTES = 8192
_TARGET_LIMIT = 2048


class Provider(Protocol):
    """Where people may sign in as well."""

    name: str
    """What they call it."""

    def ended(self, request: Request) -> Response | None:
        """What somebody reads who has signed out here, and not there. None where that cannot be done."""


class SignIn:
    """Answers /sign-in and /sign-out, and shows the form to browsers that ask for a page without a session."""

    def __init__(
        self,
        start: SessionStart,
        sessions: Sessions,
        users: Users,
        password: Password | None = None,
        provider: Provider | None = None,
    ) -> None:
        """`password` is the one that all share, where there is one."""
        self._start = start
        self._sessions = sessions
        self._users = users
        self._password = password
        self._provider = provider

    def form(self, target: str, root: str = "", *, status: int = 401, wrong: str = "", name: str = "") -> Response:
        """The form. `target` is where to go afterwards; `wrong` says what was not right the last time, with `name`.

        `root` is the prefix below which all is served. Where people sign in elsewhere alone, there are no fields.
        """
        target = local_path(target, root)
        has_fields = self._password is not None or self._has_users()
        ways = self._fields(target, root, wrong, name) if has_fields else ""
        if self._provider is not None:
            # A link: a policy on forms would hold for where the provider sends them as well.
            ways += (
                f'<a class="button" href="{escape(openid_address(root, target))}">'
                f"Sign in with {escape(self._provider.name)}</a>"
            )
        text = "Sign in to see what your workers do." if ways else "The proxy did not say who you are."
        style = _BELOW_ANOTHER if self._has_users() else ""
        answer = html.page(status, "Phloem", text, ways, style)
        if status == 401:
            answer.headers["WWW-Authenticate"] = CHALLENGE
        return answer

    def _fields(self, target: str, root: str, wrong: str, name: str) -> str:
        message = f'<p class="wrong" id="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
        invalid = ' aria-invalid="true" aria-describedby="wrong"' if wrong else ""
        return (
            f'<form method="post" action="{escape(root + SIGN_IN)}">'
            f'<input type="hidden" name="next" value="{escape(target)}">'
            f"{self._name_field(name)}"
            '<label for="password">Password</label>'
            '<input id="password" name="password" type="password" autocomplete="current-password" required'
            f"{'' if self._has_users() else ' autofocus'}{invalid}>{message}<button>Sign in</button></form>"
        )

    def _name_field(self, name: str) -> str:
        if not self._has_users():
            # For password managers, which keep a password under a name.
            return '<input name="username" value="phloem" autocomplete="username" hidden>'
        label, required = ("Name", " required") if self._password is None else (NAME_OR_NONE, "")
        return (
            f'<label for="name">{label}</label><input id="name" name="name" value="{escape(name)}" '
            f'autocomplete="username" autocapitalize="none" spellcheck="false" autofocus{required}>'
        )

    def _has_users(self) -> bool:
        try:
            return self._users.are_any()
        except ChannelError:
            return False  # nobody of them could sign in now

    def sign_in(self, request: Request, *, secure: bool) -> Response:
        """Takes the form. The right password: a cookie, and on to the page that was asked for.

        MethodUnsupported, TooManyAttempts, SessionsUnread. `secure`: the cookie is for https alone.
        """
        root = request.script_root
        if request.method in ("GET", "HEAD"):
            return self.form(request.args.get("next", "/"), root, status=200)
        if request.method != "POST":
            fields = "fields name and password" if self._has_users() else "field password"
            raise MethodUnsupported(f"{SIGN_IN} takes POST, with the form {fields}.", headers=[("Allow", "GET, POST")])
        request.max_content_length = request.max_form_memory_size = _FORM_LIMIT_BYTES
        try:
            name, password = request.form.get("name", ""), request.form.get("password", "")
            target = local_path(request.form.get("next", "/"), root)
        except HTTPException as error:
            return of_http(error, request)
        if not password:
            return self.form(target, root, wrong="Type the password.", name=name)
        said = noted(request.environ)
        said.action, said.changes = "sign_in", True
        try:
            identity = self._identity(request, name, password)
            if identity is None:
                said.code, said.target = "password_wrong", self._users.known(name)
                return self.form(target, root, wrong=self._wrong(name), name=name)
            said.actor = identity.name
            return self._start.enter(request, identity, target, secure=secure)
        except TooManyAttempts as refused:
            return self._refused(refused, request, target)
        except ChannelError as error:
            return self._refused(SessionsUnread(str(error)), request, target)

    def _identity(self, request: Request, name: str, password: str) -> Identity | None:
        """Who signs in; None if nobody has this name and password. TooManyAttempts, ChannelError."""
        if name:
            return self._users.check(request.environ, name, password, self._sessions.knows)
        given = password.encode(errors="surrogatepass")
        right = self._password is not None and self._password.admits(request.environ, given)
        return Identity() if right else None

    def _wrong(self, name: str) -> str:
        if name:
            return "Nobody here has that name and that password."
        return "That is not the password." if self._password is not None else "Type the name."

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
        began_elsewhere = False
        if (person := self._sessions.of(cookies.given(request))) is not None and person.session is not None:
            began_elsewhere = self._sessions.kind(person.session) == "openid"
            self._sessions.end(person.session)
            said = noted(request.environ)
            said.action, said.changes, said.actor = "sign_out", True, person.name
        root = request.script_root
        ended = self._provider.ended(request) if began_elsewhere and self._provider is not None else None
        answer = ended or redirect(f"{root}/")
        cookies.drop(answer, secure=secure, root=root)
        return answer


def redirect(target: str) -> Response:
    """Sends the browser on to a path of this server, by GET."""
    return Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})


def openid_address(root: str, target: str) -> str:
    """Where the way to a provider begins; `target` is the path to go to afterwards."""
    return f"{root}{OPENID}?next={quote(target, safe='/')}"


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
