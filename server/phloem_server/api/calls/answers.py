"""Answers of calls, where no other module has their type."""

from __future__ import annotations

from typing import Literal

import msgspec

from phloem.model.task import LogEntry
from phloem.record.stores.tokens import Token
from phloem_server.access.principal import Kind, Role
from phloem_server.commands.mailbox.letter import Attachment
from phloem_server.commands.mailbox.store import Arrived
from phloem_server.control.registry import Launchable
from phloem_server.web.declared import Action


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of the log of a task."""

    entries: tuple[LogEntry, ...]
    next: str | None
    """The `after` of the page that follows; null where there is none."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task that was sent."""

    id: str
    url: str
    """Its address in the API."""
    page: str
    """The address of its page."""
    effect: str | None = None
    """What will come of it, in a sentence."""


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """A task that was asked to end."""

    id: str
    effect: str
    """What will come of it, in a sentence."""


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What can be launched."""

    tasks: tuple[Launchable, ...]
    notice: str | None
    """A sentence about the workers that people should know."""


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was uploaded."""

    id: str
    filename: str
    size: int
    """Bytes."""
    content_type: str


class MailPage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of the mailbox, newest first."""

    messages: tuple[Arrived, ...]
    next: str | None
    """The `before` of the page that follows; null where there is none."""


class Mail(Arrived, frozen=True, kw_only=True, rename={"sender": "from"}):
    """One message."""

    headers: tuple[tuple[str, str], ...]
    """Its headers, each as [name, value]."""
    text: str | None
    """Its plain text, if it has any."""
    clipped: bool
    """Whether there is more of the text."""
    attachments: tuple[Attachment, ...]


class FileSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for files."""

    max_upload: int
    """Bytes of an upload, at most."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a page has to know first."""

    password: bool
    """Whether people sign in."""
    files: FileSettings
    mailbox: bool
    """Whether there is a local mailbox."""
    version: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a client asks."""

    name: str | None
    kind: Kind
    """How it was recognised."""
    roles: tuple[Role, ...]
    actions: tuple[Action, ...]
    """All that it may do."""
    owner: str | None
    """The owner to whose tasks it is limited."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of tokens."""

    tokens: tuple[Token, ...]


class TokenRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """A token that is refused from now on."""

    id: str


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that goes on."""

    id: str
    """What names the session, for whoever ends it. The cookie cannot be made of it."""
    name: str | None
    """Who signed in; null with the password that all share."""
    kind: Literal["password", "user", "openid"]
    """How they did: with that password, as a user, or at an OpenID Connect provider."""
    role: Role
    """What they may do."""
    owner: str | None
    """Whose tasks they see; null for those of all."""
    started_at: float
    """When they signed in, in Unix seconds."""
    seen_at: float
    """When the session was last used, in Unix seconds, to a minute."""
    address: str
    """Where from they signed in: an address, of IPv6 the network of it."""
    agent: str
    """The browser, as it names itself."""
    current: bool
    """Whether it is that of this request."""


class OpenSessions(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions that go on, the newest first."""

    sessions: tuple[OpenSession, ...]


class SessionsEnded(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions that are over."""

    ended: tuple[str, ...]


class KnownUser(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in with a name and a password."""

    name: str
    """The name that they sign in with."""
    role: Role | None
    """What they may do; null where what is kept of them cannot be read, so that they cannot sign in."""
    owner: str | None
    """Whose tasks they see; null for those of all."""
    created_at: float | None
    """When they were added, in Unix seconds; null as `role`."""
    changed_at: float | None
    """When their role, owner or password changed last, in Unix seconds; null as `role`."""


class KnownUsers(msgspec.Struct, frozen=True, kw_only=True):
    """All users, in the order of their names."""

    users: tuple[KnownUser, ...]


class UserRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A user who cannot sign in any more."""

    name: str
