"""The principal: on whose behalf a request or a connection acts.

The door makes it and puts it into the WSGI environ. HTTP calls and the Socket.IO handler `connect`, which both get
that environ, read it with `principal_of` and hand it on as an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from phloem_server.web.environ import PRINCIPAL

Kind = Literal["open", "password"]
"""How a principal was recognised: `open`, as the server has no password; `password`, by that or a cookie for it."""

Role = Literal["admin"]
"""What a principal may do: an admin may do everything."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a request acts.

    `name` is for people, None where there is none to tell. `scope` limits what can be seen and done; None is no limit.
    """

    name: str | None = None
    kind: Kind
    roles: frozenset[Role] = frozenset()
    scope: None = None


ANYONE = Principal(kind="open", roles=frozenset({"admin"}))
"""Every client of a server without a password."""

PASSWORD_HOLDER = Principal(kind="password", roles=frozenset({"admin"}))
"""Every client that knows the password: one password is shared by all of them, so it names none."""


def principal_of(environ: Mapping[str, Any]) -> Principal:
    """The principal of a request or of the connection that it opened.

    KeyError if the door let the request pass without looking at its identity (a public path), or never saw it.
    """
    principal: Principal = environ[PRINCIPAL]
    return principal
