"""Puts together what decides who gets in: users, sessions, the password, and the door before everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from phloem_server.access.application import Application
from phloem_server.access.authentication import Authentication
from phloem_server.access.door import Door
from phloem_server.access.people.accounts import Accounts
from phloem_server.access.people.guesses.throttle import Throttle
from phloem_server.access.people.hashing import Hashing
from phloem_server.access.people.passwords import Password
from phloem_server.access.people.proxied import Proxied
from phloem_server.access.people.session_start import SessionStart
from phloem_server.access.people.sessions import SessionLimits, Sessions, SessionTokens
from phloem_server.access.people.sign_in import SignIn
from phloem_server.access.people.users import Users
from phloem_server.access.principal import Principal
from phloem_server.access.protection import Protection
from phloem_server.access.standing import Standing
from phloem_server.access.tokens.issuer import Issuer
from phloem_server.access.tokens.shares import Shares
from phloem_server.settings import Config

if TYPE_CHECKING:  # the standard library has these types in its stubs alone
    from wsgiref.types import WSGIApplication

    from phloem.record.record import Channel
    from phloem_server.access.people.openid.sign_in import OpenIDSignIn

SESSION_KEY = "sessions"
"""The name of the key, among those of the record, that signs the cookies of people who signed in."""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """What decides who gets in."""

    users: Users
    accounts: Accounts
    sessions: Sessions
    protection: Protection
    shares: Shares
    start: SessionStart
    password: Password | None
    openid: OpenIDSignIn | None
    application: Application | None
    config: Config

    @classmethod
    def of(cls, config: Config, channel: Channel, application: Application | None = None) -> Entrance:
        """That of a server with these settings and this record; with an `application`, that decides instead."""
        throttle = Throttle(channel.guesses)
        hashing = Hashing()
        users = Users(channel.users, hashing, throttle, config.trusted_proxies)
        password = None
        if config.password is not None:
            password = Password(config.password, throttle, config.trusted_proxies)
        sessions = Sessions(
            SessionTokens(_bound(config), lambda: config.secret_key or channel.keys.get(SESSION_KEY)),
            channel.sessions,
            SessionLimits(hours=config.session_hours, idle_hours=config.session_idle_hours),
            users.stands,
        )
        start = SessionStart(sessions, config.trusted_proxies)
        return cls(
            users=users,
            accounts=Accounts(
                channel.users,
                hashing,
                revoke=Issuer(channel.keys, channel.tokens).revoke_those_of,
                alone=not config.is_protected and application is None,
            ),
            sessions=sessions,
            start=start,
            openid=None if config.openid is None else _openid(config, channel, start),
            protection=Protection(config, users, application=application is not None),
            application=application,
            shares=Shares(channel.keys, channel.tokens),
            password=password,
            config=config,
        )

    def admits(self, principal: Principal) -> bool:
        """Whether a principal that the door let in may still act. ChannelError, UsersUnread."""
        return Standing(self.protection, self.sessions, self.shares).admits(principal)

    def door(self, inside: WSGIApplication) -> Door:
        """The door before `inside`."""
        config = self.config
        proxied = None
        if config.proxy_header is not None:
            proxied = Proxied(config.proxy_header, config.trusted_proxies)
        return Door(
            inside,
            config,
            protection=self.protection,
            authentication=Authentication(self.protection, self.sessions, self.password, proxied, self.application),
            sign_in=SignIn(self.start, self.sessions, self.users, self.password, self.openid),
            openid=self.openid,
            shares=self.shares,
        )


def _bound(config: Config) -> str:
    """What lets people in, as sessions are bound to it: other roles of a provider, too, end them."""
    if config.openid is None:
        return config.password or ""
    return msgspec.json.encode([config.password, config.openid]).decode()


def _openid(config: Config, channel: Channel, start: SessionStart) -> OpenIDSignIn:
    # Inside: most servers have no provider, and what this imports takes half a second.
    from phloem_server.access.people.openid.attempt import Attempts
    from phloem_server.access.people.openid.provider import Provider
    from phloem_server.access.people.openid.sign_in import OpenIDSignIn

    assert config.openid is not None
    attempts = Attempts(lambda: config.secret_key or channel.keys.get(SESSION_KEY), channel.duties)
    return OpenIDSignIn(Provider(config.openid), attempts, start, config.page_origin)
