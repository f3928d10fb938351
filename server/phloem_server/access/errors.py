"""Why the door refuses a request."""

from __future__ import annotations

from phloem_server.web.problem import Problem


class HostUnknown(Problem):
    """The request names a host that is not this server."""

    code = "host_unknown"
    status = 421


class OriginRefused(Problem):
    """A page of another site may not do this."""

    code = "origin_refused"
    status = 403


class SignInRequired(Problem):
    """The server has a password, and the request brings neither that nor a valid cookie."""

    code = "sign_in_required"
    status = 401


class TokenInvalid(Problem):
    """The bearer token is not the password."""

    code = "token_invalid"
    status = 401


class TooManyAttempts(Problem):
    """So many wrong passwords wait for their answer that this one is refused at once."""

    code = "too_many_attempts"
    status = 429
    temporary = True

    def __init__(self) -> None:
        super().__init__("Too many wrong passwords at this moment.", headers=[("Retry-After", "1")])
