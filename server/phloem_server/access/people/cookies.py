"""The cookie of somebody who signed in: under which name, for whom a browser keeps it, and which one counts.

A cookie with a prefix in its name (RFC 6265bis, 4.1.3) can be set by this host alone, and over https alone: neither a
neighbouring host nor somebody on the network can plant a session of theirs.
"""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

COOKIE = "phloem_session"
"""The name of the cookie over http."""

_SECURE = "__Secure-"
_HOST = "__Host-"


def name_of(*, secure: bool, root: str, plain: str = COOKIE) -> str:
    """The name of a cookie below a path, which is empty where the whole host is Phloem's; `plain` has no prefix."""
    prefix = "" if not secure else _SECURE if root else _HOST
    return prefix + plain


def path_of(name: str, path: str) -> str:
    """The path that a cookie of that name is for: `path`, or all of the host where its name asks for that."""
    return "/" if name.startswith(_HOST) else path


def given(request: Request) -> str:
    """What a request brings as its cookie, empty if it brings none.

    A proxy may speak https without saying so, so a name with a prefix comes first. Where https is known, no other
    counts.
    """
    for name in (name_of(secure=True, root=request.script_root), COOKIE):
        if (found := request.cookies.get(name)) and (name != COOKIE or request.scheme != "https"):
            return found
    return ""


def keep(answer: Response, token: str, seconds: float, *, secure: bool, root: str) -> None:
    """Has the browser keep a token for so long: for this host and path, out of reach of scripts."""
    answer.set_cookie(
        name_of(secure=secure, root=root),
        token,
        max_age=int(seconds),
        path=root or "/",
        httponly=True,
        samesite="Lax",
        secure=secure,
    )


def drop(answer: Response, *, secure: bool, root: str) -> None:
    """Has the browser forget it, also one that it got over http."""
    for name in dict.fromkeys((name_of(secure=secure, root=root), COOKIE)):
        answer.delete_cookie(name, path=root or "/", httponly=True, samesite="Lax", secure=secure)
