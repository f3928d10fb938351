"""A person who signs in, whoever says so."""

from __future__ import annotations

import msgspec

from phloem.record.stores.access import Means, Session
from phloem.record.stores.users import Role


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who begins a session."""

    name: str | None = None
    """What others call the person; None where nobody is named."""
    role: Role
    owner: str | None = None
    """Whose tasks the person sees; None sees those of all."""
    means: Means
    """How the person signed in."""

    def session(self, started_at: float, address: str, agent: str) -> Session:
        """What is kept of the session that the person begins."""
        return Session(
            started_at=started_at,
            address=address,
            agent=agent,
            name=self.name,
            role=self.role,
            owner=self.owner,
            means=self.means,
        )


PASSWORD_HOLDER = Person(role="admin", means="password")
"""Somebody who gave the password that all share."""
