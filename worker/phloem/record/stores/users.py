"""People who may sign in with a name and a password of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from phloem.errors import PhloemError

Role = Literal["viewer", "operator", "admin"]
"""What a user may do; each may also do what those before it may."""

USERS_LIMIT = 1000
"""Users that are kept. Each web process reads all of them every second."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may sign in. Times are Unix seconds."""

    name: str
    role: Role
    owner: str | None = None
    """Whose tasks this user sees; None sees those of all."""
    hash: str
    """Of the password, in the format that begins with `$argon2id$`."""
    created_at: float
    changed_at: float
    """When role, owner or password changed last. Sessions that began before that are over."""


class LastAdmin(PhloemError):
    """Nobody who may manage users would be left."""

    code = "last_admin"

    @classmethod
    def of(cls, name: str) -> LastAdmin:
        """For the only admin, who would be removed or given another role."""
        return cls(f"{name!r} is the only admin: nobody would be left who may manage users on the page.")


class UserStore(Protocol):
    """Keeps users by their names. Every method raises ChannelError where the record cannot be used."""

    def add(self, user: User) -> bool:
        """Keeps a user. False, and nothing is kept, if there is one of that name or there are USERS_LIMIT."""

    def change(self, name: str, change: Callable[[User], User]) -> User | None:
        """Puts what `change` makes of a user in its place. None if there is no user of that name that can be read.

        Where another process changes it meanwhile, `change` is called again. LastAdmin, and nothing is changed, if the
        only admin would be none any more; of two admins who are changed or removed at once, one stays.
        """

    def remove(self, name: str, *, last: bool = False) -> bool:
        """Removes a user. False if there is none of that name. LastAdmin as above, unless the `last` one may go."""

    def all(self) -> dict[str, User | None]:
        """All users by their names, in the order of those. None for one that cannot be read."""


def steps_down(before: User | None, after: User | None) -> bool:
    """Whether a user was an admin and is none any more."""
    return before is not None and before.role == "admin" and (after is None or after.role != "admin")
