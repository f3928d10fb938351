"""The principal: on whose behalf a request or a connection acts.

The door makes it and puts it into the WSGI environ. HTTP calls and the Socket.IO handler `connect`, which both get
that environ, read it with `principal_of` and hand it on as an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from phloem.sharing.token import Share
from phloem_server.web.environ import PRINCIPAL

Kind = Literal["open", "password", "session", "token"]
"""How a principal was recognised: `open`, as the server has no password; `password`, by that; `session`, by the cookie
that it got for it; `token`, by one that `phloem.share` made."""

Role = Literal["admin"]
"""What a principal may do: an admin may do everything."""


class Scope(msgspec.Struct, frozen=True):
    """What a principal is limited to: tasks, one by one, to look at. `task` is the only one, None any whose id it
    knows.
    """

    task: str | None = None

    def admits(self, task_id: str) -> bool:
        """Whether the principal may look at that task."""
        return self.task is None or self.task == task_id


SINGLE_TASKS = Scope()


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a request acts.

    `name` is for people, None where there is none to tell. `session` is the id of what a person began by signing in,
    None for a program. `scope` limits what can be seen and done; None is no limit. `expires_at` is when that ends, in
    Unix seconds; None where it is not known in advance.
    """

    name: str | None = None
    kind: Kind
    session: str | None = None
    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    expires_at: float | None = None


ANYONE = Principal(kind="open", roles=frozenset({"admin"}))
"""Every client of a server without a password."""

PASSWORD_HOLDER = Principal(kind="password", roles=frozenset({"admin"}))
"""Every client that knows the password: one password is shared by all of them, so it names none."""


def signed_in(session: str) -> Principal:
    """A person who signed in with the password: `session` is the id of that."""
    return Principal(kind="session", session=session, roles=frozenset({"admin"}))


def onlooker(principal: Principal) -> Principal:
    """The principal as far as a page of another origin may act on its behalf: it looks at single tasks."""
    return msgspec.structs.replace(principal, roles=frozenset(), scope=SINGLE_TASKS)


def bearer_of(share: Share) -> Principal:
    """Whoever has a token that says this: it looks at one task."""
    return Principal(kind="token", scope=Scope(share.task), expires_at=share.exp)


def principal_of(environ: Mapping[str, Any]) -> Principal:
    """The principal of a request or of the connection that it opened.

    KeyError if the door let the request pass without looking at its identity (a public path), or never saw it.
    """
    principal: Principal = environ[PRINCIPAL]
    return principal
