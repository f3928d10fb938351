"""Why the door refuses a request."""

from __future__ import annotations

from phloem.errors import PhloemError
from phloem_server.mirror.scope import Scope
from phloem_server.web.declared import Action
from phloem_server.web.problem import Problem

CHALLENGE = 'Bearer realm="Phloem"'
"""`WWW-Authenticate` of answers with status 401 (RFC 6750)."""

INVALID_TOKEN = (("WWW-Authenticate", f'{CHALLENGE}, error="invalid_token"'),)
"""Headers of those that refuse a bearer token."""


class HostUnknown(Problem):
    """The request names a host that is not this server."""

    code = "host_unknown"
    status = 421


class PasswordMissing(Problem):
    """The application that Phloem is a part of may be reached by others, and Phloem asks nobody who they are."""

    code = "password_missing"
    status = 403


class OriginRefused(Problem):
    """A page of another site may not do this."""

    code = "origin_refused"
    status = 403


class SignInRequired(Problem):
    """The server asks who sends a request, and this one brings no cookie, password or token that says so."""

    code = "sign_in_required"
    status = 401


class TokenInvalid(Problem):
    """The bearer token is not the password, and not one that `phloem.share` made."""

    code = "token_invalid"
    status = 401


class TokenExpired(Problem):
    """The token was valid, and its time is over."""

    code = "token_expired"
    status = 401


class TokenRevoked(Problem):
    """The token was valid, and somebody revoked it."""

    code = "token_revoked"
    status = 401


class TokenOriginRefused(Problem):
    """The token is for pages of another origin than that of the page which sent it."""

    code = "token_origin_refused"
    status = 401


class TokenLimited(Problem):
    """The token is for one task, and the request is about something else."""

    code = "token_limited"
    status = 403


class TokenUnread(Problem):
    """Redis does not tell with which key tokens are signed, and which ones were revoked."""

    code = "token_unread"
    status = 503
    temporary = True

    def __init__(self, reason: str) -> None:
        super().__init__(f"No token can be read at this moment. {reason}", headers=[("Retry-After", "1")])


class TooManyAttempts(Problem):
    """So many wrong passwords came that this one was not compared: the right one would be refused as well."""

    code = "too_many_attempts"
    status = 429
    temporary = True

    def __init__(self, seconds: int) -> None:
        """`seconds` is when to come again."""
        text = f"Too many wrong passwords came; this one was not looked at. Try again in {seconds} s."
        super().__init__(text, headers=[("Retry-After", str(seconds))])


class RateLimited(Problem):
    """The client, or its address, asked for so much within a time that it has to wait."""

    code = "rate_limited"
    status = 429
    temporary = True


class SessionsUnread(Problem):
    """Redis does not say whether the session goes on, or does not keep a new one."""

    code = "sessions_unread"
    status = 503
    temporary = True

    def __init__(self, reason: str) -> None:
        super().__init__(f"Nobody can sign in at this moment. {reason}", headers=[("Retry-After", "1")])


class UsersUnread(Problem):
    """Redis does not say whether there are users, so nobody knows whether this server is open."""

    code = "users_unread"
    status = 503
    temporary = True

    def __init__(self, reason: str) -> None:
        text = f"Whether one has to sign in here is not known at this moment. {reason}"
        super().__init__(text, headers=[("Retry-After", "1")])


class Forbidden(PhloemError):
    """The client is known, and may not do this."""

    code = "forbidden"

    @classmethod
    def of(cls, action: Action) -> Forbidden:
        """The refusal of an action."""
        return cls(f"You may not do this: it needs the right to {_RIGHTS[action]}.")

    @classmethod
    def of_bearer(cls) -> Forbidden:
        """The refusal of what no token lets its bearer do, whatever its role."""
        return cls("With a token, no tokens are made, listed or revoked, and no users listed or changed.")


_RIGHTS: dict[Action, str] = {
    "see": "see tasks",
    "launch": "launch tasks",
    "revoke": "revoke tasks",
    "retry": "run tasks again",
    "run": "run entries of the schedule",
    "share": "share tasks",
    "views": "save views for all",
    "workers": "change workers",
    "queues": "change queues",
    "users": "see and change users",
    "tokens": "make tokens for programs",
    "sessions": "see and end the sessions of others",
    "audit": "read the audit",
    "alerts": "change alerts",
}


class ScopeExceeded(PhloemError):
    """The client may look at single tasks, or at one, and asked for something else."""

    code = "scope_exceeded"

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            "This is not the task that the token is for, which is all that its bearer may look at."
            if scope.task is not None
            else "This is more than a single task, which is all that a page of another origin may look at."
            if scope.singly
            else "This is about all tasks, and you are limited to some of them."
        )


class RoleMissing(Problem):
    """A provider or a proxy says who the person is, and the person has no role here."""

    code = "role_missing"
    status = 403


class ProxyHeaderInvalid(Problem):
    """What a proxy says of a person names none."""

    code = "proxy_header_invalid"
    status = 400
