"""Whether this server asks people who they are, and refuses who does not say it."""

from __future__ import annotations

from phloem.record.record import ChannelError
from phloem_server.access.errors import UsersUnread
from phloem_server.access.people.users import Users
from phloem_server.settings import Config

WAYS = "a password (PHLOEM_PASSWORD), users (phloem users add NAME --role admin), or a provider (PHLOEM_OIDC_ISSUER)"
"""What makes a server ask, in words."""


class Protection:
    """A server with nothing to ask for is open. From its first user on it is not, without a restart."""

    def __init__(self, config: Config, users: Users | None = None, *, application: bool = False) -> None:
        """`application`: the application that this is a part of says who may do what."""
        self._always = config.is_protected or application
        self._users = users

    def asks(self) -> bool:
        """Whether it asks. UsersUnread as long as nobody can tell."""
        if self._always or self._users is None:
            return self._always
        try:
            return self._users.are_any()
        except ChannelError as error:
            raise UsersUnread(str(error)) from error

    def refresh(self) -> None:
        """Takes in whether there are users by now. ChannelError."""
        if self._users is not None:
            self._users.refresh()
