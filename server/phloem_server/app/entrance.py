"""Puts together what decides who gets in: users, sessions, the password, and the door before everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from phloem_server.access.authentication import Authentication
from phloem_server.access.door import Door
from phloem_server.access.people.hashing import Hashing
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.sessions import SessionLimits, Sessions, SessionTokens
from phloem_server.access.people.sign_in import SignIn
from phloem_server.access.people.throttle import Throttle
from phloem_server.access.people.users import Users
from phloem_server.access.principal import Principal
from phloem_server.access.protection import Protection
from phloem_server.access.tokens.shares import Shares
from phloem_server.settings import Config

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import WSGIApplication

    from phloem.record.record import Channel

SESSION_KEY = "sessions"
"""The name of the key, among those of the record, that signs the cookies of people who signed in."""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """What decides who gets in."""

    users: Users
    sessions: Sessions
    protection: Protection
    shares: Shares
    password: Password | None
    config: Config

    @classmethod
    def of(cls, config: Config, channel: Channel) -> Entrance:
        """That of a server with these settings and this record."""
        throttle = Throttle(channel.budget)
        users = Users(channel.users, Hashing(), throttle, config.trusted_proxies)
        password = None
        if config.password is not None:
            password = Password(config.password, throttle, config.trusted_proxies)
        return cls(
            users=users,
            sessions=Sessions(
                SessionTokens(config.password or "", lambda: config.secret_key or channel.keys.get(SESSION_KEY)),
                channel.sessions,
                SessionLimits(hours=config.session_hours, idle_hours=config.session_idle_hours),
                users.stands,
            ),
            protection=Protection(config, users),
            shares=Shares(channel.keys, channel.tokens),
            password=password,
            config=config,
        )

    def admits(self, principal: Principal) -> bool:
        """Whether a principal that the door let in may still act: its session or its token may be void since."""
        return self.shares.admits(principal) and self.sessions.admits(principal)

    def door(self, inside: WSGIApplication) -> Door:
        """The door before `inside`."""
        return Door(
            inside,
            self.config,
            protection=self.protection,
            authentication=Authentication(self.protection, self.sessions, self.password),
            sign_in=SignIn(self.sessions, self.users, self.password),
            shares=self.shares,
        )
