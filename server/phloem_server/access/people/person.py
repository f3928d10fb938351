"""A person who signs in, whoever says so."""

from __future__ import annotations

from typing import Literal

import msgspec

from phloem.record.stores.users import Role

Means = Literal["password", "user", "openid"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who begins a session."""

    name: str | None = None
    """What others call the person; None where nobody is named."""
    role: Role
    owner: str | None = None
    """Whose tasks the person sees; None sees those of all."""
    means: Means
    """How the person signed in."""
