"""The name, the role and the owner that claims of a provider give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from phloem.record.stores.access import Identity
from phloem_server.access.errors import RoleMissing
from phloem_server.access.people.openid.errors import quoted
from phloem_server.settings.identity import OWNER, ROLES, OpenID

NAMES = ("preferred_username", "email", "name", "sub")
"""Claims that name a person, the first that there is: what people call each other before what only programs know."""

NAME_LIMIT = 100
"""Characters of a name."""


def identity_of(claims: Mapping[str, Any], settings: OpenID) -> Identity:
    """The person of whom the provider claims this. RoleMissing, also where the owner is not told."""
    name = _name(claims)
    role = settings.roles.role(lambda claim: values(claims, claim))
    if role is None:
        looked_at = ", ".join(settings.roles.sources)
        raise RoleMissing(
            f"{settings.name} knows you as {name}, but nothing gives you a role here: {ROLES} looks at {looked_at}."
        )
    if settings.owner is None or role != "viewer":
        return Identity(kind="openid", name=name, subject=claims["sub"], role=role)
    owners = values(claims, settings.owner)
    if len(owners) != 1:
        raise RoleMissing(
            f"{settings.name} knows you as {name}, but does not say whose tasks you may see: {OWNER} looks at "
            f"{settings.owner}, which has to be one text."
        )
    return Identity(kind="openid", name=name, subject=claims["sub"], role=role, owner=next(iter(owners)))


def values(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The texts of a claim: itself or the members of its list; of a claim within a claim by `outer.inner`.

    An e-mail address that the provider has not verified is none: people can often write what they want there.
    """
    if claim == "email" and claims.get("email_verified") not in (True, "true"):
        return frozenset()
    held: Any = claims.get(claim)
    if held is None and claim not in claims:
        outer, _, inner = claim.partition(".")
        within = claims.get(outer)
        return values(within, inner) if inner and isinstance(within, Mapping) else frozenset()
    return frozenset(each for each in (held if isinstance(held, list) else [held]) if isinstance(each, str) and each)


def _name(claims: Mapping[str, Any]) -> str:
    found = (quoted(each)[:NAME_LIMIT] for claim in NAMES for each in sorted(values(claims, claim)))
    return next(filter(None, found), "somebody")
