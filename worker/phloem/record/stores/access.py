"""What web processes keep in the record of who may do what: sessions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, Protocol

import msgspec

from phloem.record.stores.users import Role

SESSIONS_LIMIT = 1000
"""Sessions that are kept; beyond that, the oldest are ended. Each web process reads all their ids every second."""


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who signed in, and what they may do for as long as the session goes on."""

    kind: Literal["password", "user", "openid"] = "password"
    """How they did: with the password that all share, as a user, or with an OpenID Connect provider."""

    name: str | None = None
    """None with the shared password, which names nobody."""

    subject: str | None = None
    """What the provider knows them by (the claim `sub`): at many, people choose their names. None for others."""

    role: Role = "admin"

    owner: str | None = None
    """Whose tasks they see; None sees those of all."""

    changed_at: float = 0.0
    """Of a user: `User.changed_at` as it was. Where that is another by now, the session is over."""

    @property
    def account(self) -> str:
        """Tells them from everybody else, also from those of the same name."""
        return f"{self.kind}:{self.subject or self.name or ''}"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a session. Times are Unix seconds."""

    started_at: float
    """When the person signed in."""

    identity: Identity = Identity()

    address: str = ""
    """Where from: an address, of IPv6 the network of it."""

    agent: str = ""
    """The browser, as it names itself."""


class SessionStore(Protocol):
    """Keeps sessions by their ids. Every method raises ChannelError where the record cannot be used."""

    def begin(self, session_id: str, session: Session, oldest: float) -> None:
        """Keeps a session, and ends those that started before `oldest`, in Unix seconds."""

    def end(self, session_ids: Collection[str]) -> None:
        """Ends sessions; those that are not kept are no error."""

    def get(self, session_ids: Collection[str]) -> dict[str, Session]:
        """Those of these sessions that are kept and can be read."""

    def ids(self) -> frozenset[str]:
        """The ids of all sessions."""

    def all(self) -> dict[str, Session]:
        """All sessions by their ids, the oldest first. One that cannot be read began at 0."""

    def saw(self, times: Mapping[str, float]) -> None:
        """Notes when sessions were last used, in Unix seconds; of those that are not kept, nothing."""

    def seen(self) -> dict[str, float]:
        """When sessions were last used, as far as that was noted."""


def outdated(sessions: dict[str, Session], oldest: float) -> list[str]:
    """The ids of sessions that started before `oldest`, and of those over the limit. The first one is the oldest."""
    surplus = len(sessions) - SESSIONS_LIMIT
    return [each for place, each in enumerate(sessions) if place < surplus or sessions[each].started_at < oldest]
