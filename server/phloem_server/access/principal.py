"""The principal: on whose behalf a request or a connection acts.

The door makes it and puts it into the WSGI environ. HTTP calls and the Socket.IO handler `connect`, which both get
that environ, read it with `principal_of` and hand it on as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Self

import msgspec

from phloem.sharing.token import Share
from phloem_server.mirror.scope import Scope
from phloem_server.web.declared import ACTIONS, Action
from phloem_server.web.environ import PRINCIPAL

Kind = Literal["open", "password", "session", "proxy", "token", "application"]
"""How a principal was recognised: `open`, as the server asks nobody; `password`, by the one that all share; `session`,
by the cookie of somebody who signed in; `proxy`, by what a trusted proxy says; `token`, by a token;
`application`, by the application that Phloem is a part of."""

Role = Literal["viewer", "operator", "admin"]
"""What somebody may do, as a whole: each role includes those before it."""

_VIEWER: frozenset[Action] = frozenset({"see"})
_OPERATOR: frozenset[Action] = _VIEWER | {"launch", "revoke", "retry", "run", "share", "views"}

ROLES: dict[Role, frozenset[Action]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "admin": frozenset(ACTIONS),
}
"""The actions of each role."""

SINGLE_TASKS = Scope(singly=True)
"""Any task, one by one, by its id."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a request acts.

    `name` is for people, None where there is none to tell; `account` tells people of one name apart, None where the
    name does. `session` is the id of what a person began by signing in, None for a program. `token` is what a token is
    known by, and `origin` that of the pages for which alone it counts. `actions` are what it may do: those of its
    roles, or those of its token. `scope` limits the tasks that it may do that to, and all that it sees; None is no
    limit. `expires_at` is when that ends, in Unix seconds; None where it is not known in advance.
    """

    name: str | None = None
    account: str | None = None
    kind: Kind
    session: str | None = None
    token: str | None = None
    origin: str | None = None
    roles: frozenset[Role] = frozenset()
    actions: frozenset[Action] = frozenset()
    scope: Scope | None = None
    expires_at: float | None = None
    decides: Callable[[Action, str | None], bool] | None = None
    """Says what it may do, to the task with an id or in general, instead of `actions`."""

    @classmethod
    def of_role(
        cls,
        role: Role,
        kind: Kind,
        *,
        name: str | None = None,
        account: str | None = None,
        session: str | None = None,
        owner: str | None = None,
        expires_at: float | None = None,
    ) -> Self:
        """Somebody with a role, limited to the tasks of `owner` if that is given."""
        return cls(
            name=name,
            account=account,
            kind=kind,
            session=session,
            roles=frozenset({role}),
            actions=ROLES[role],
            scope=None if owner is None else Scope(owner=owner),
            expires_at=expires_at,
        )


ANYONE = Principal.of_role("admin", "open")
"""Every client of a server that asks nobody."""

PASSWORD_HOLDER = Principal.of_role("admin", "password")
"""Every client that knows the password: one password is shared by all of them, so it names none."""


def onlooker(principal: Principal) -> Principal:
    """The principal as far as a page of another origin may act on its behalf: it looks at single tasks."""
    within = SINGLE_TASKS if principal.scope is None else msgspec.structs.replace(principal.scope, singly=True)
    decides = principal.decides
    return msgspec.structs.replace(
        principal,
        roles=frozenset(),
        actions=principal.actions & ROLES["viewer"],
        scope=within,
        decides=decides and (lambda action, task_id: action in ROLES["viewer"] and decides(action, task_id)),
    )


MINTING: frozenset[Action] = frozenset({"share", "tokens", "users"})
"""What no token lets its bearer do, whatever its role: make a token or a user, which would go on once the token does
not.
"""


def bearer_of(share: Share, token: str | None = None) -> Principal:
    """Whoever has a token that says this. `token` is what it is known by."""
    role = share.role
    within = Scope(task=share.task, root=share.root, owner=share.owner, singly=share.task is not None)
    return Principal(
        name=share.name or share.id,
        kind="token",
        token=token,
        origin=share.origin,
        roles=frozenset() if role is None else frozenset({role}),
        actions=frozenset(share.actions) if role is None else ROLES[role] - MINTING,
        scope=within if role is None else None,
        expires_at=share.exp,
    )


def principal_of(environ: Mapping[str, Any]) -> Principal:
    """The principal of a request or of the connection that it opened.

    KeyError if the door let the request pass without looking at its identity (a public path), or never saw it.
    """
    principal: Principal = environ[PRINCIPAL]
    return principal
