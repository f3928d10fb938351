"""Paths on which several folders agree."""

from __future__ import annotations

from urllib.parse import quote

API = "/api/v1"
"""What the paths of all HTTP calls begin with."""

ENGINE = "/socket.io/"
"""Where Engine.IO answers."""

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"

EMBED = "/embed.js"
"""The script of a bar on another page."""

OPENID = "/sign-in/openid"
"""Where the way to an OpenID Connect provider begins."""

OPENID_CALLBACK = "/sign-in/openid/callback"
"""Where it leads back to."""

SHARE = "/share"
"""The page of a token, which shows its tasks and nothing else. The token is behind the # of its address, which reaches
no server."""

ASSETS = "/assets/"
"""Where the scripts and styles of the built page are."""

PUBLIC = frozenset(
    {
        "/healthz",
        "/readyz",
        *(EMBED, "/embed.d.ts", "/embed.react.d.ts", "/embed.vue.d.ts"),
        *(SHARE, f"{SHARE}/", "/theme.js", "/socket.js"),
    }
)
"""Paths that need no sign-in, beside those below ASSETS: a process manager has no password, and the files of the page
of a token and of a bar on another page tell nothing of any task."""


def is_public(path: str) -> bool:
    """Whether a path needs no sign-in."""
    return path in PUBLIC or (path.startswith(ASSETS) and "/" not in path[len(ASSETS) :])


DOTS = {"=.": ".", "=..": ".."}
"""Segments of addresses that stand for names which browsers take out of any address, escaped as well. Within a name the
sign before the dots would be escaped."""


def segment(name: str) -> str:
    """A name as a segment of an address."""
    return f"={name}" if name in DOTS.values() else quote(name, safe="")


PAGES = (
    "/",
    "/tasks/<name:task_id>",
    "/launch",
    "/mailbox",
    "/mailbox/<message_id>",
    "/workers",
    "/queues",
    "/schedule",
    "/now",
    "/wall",
    "/jobs/<name:job>",
    "/access",
    "/access/<part>",
    SHARE,
)
"""Addresses that the built page itself understands, as Flask's rules. `name` is a converter of `segments`."""
