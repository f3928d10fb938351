"""The users of a namespace, as an admin manages them: added, changed, removed."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from typing import get_args

import msgspec

from phloem.model.owner import LIMIT_CHARACTERS, is_owner
from phloem.record.stores import users
from phloem.record.stores.access import Identity
from phloem.record.stores.users import LastAdmin, Role, User, UserStore
from phloem_server.access.people.errors import (
    PasswordWeak,
    UserInvalid,
    UsersFull,
    UserTaken,
    UserUnknown,
)
from phloem_server.access.people.hashing import Hashing
from phloem_server.settings.config import PASSWORD_KINDS, PASSWORD_LENGTH, is_soon_guessed

NAME_LIMIT = 64
"""Characters of a name."""

PASSWORD_LIMIT = 1000
"""Characters of a password: the form for signing in takes 8 KiB."""

ROLES: tuple[Role, ...] = get_args(Role)


class Accounts:
    """Adds, changes and removes users. Every method raises ChannelError where the record cannot be used."""

    def __init__(
        self,
        store: UserStore,
        hashing: Hashing,
        clock: Callable[[], float] = time.time,
        revoke: Callable[[str], object] = lambda _: None,
        *,
        alone: bool = True,
    ) -> None:
        """`clock` gives Unix seconds. `revoke` is called with the account of a user who is removed, or may do less than
        before: the tokens that they made end. `alone`: nobody but a user can manage users once there is one.
        """
        self._store = store
        self._hashing = hashing
        self._clock = clock
        self._revoke = revoke
        self._alone = alone

    def all(self) -> dict[str, User | None]:
        """All users by their names; None for one that cannot be read."""
        return self._store.all()

    def add(self, name: str, role: str, owner: str | None, password: str) -> User:
        """Adds a user. UserInvalid, PasswordWeak, UserTaken, UsersFull; LastAdmin where nobody could manage users."""
        name, known = user_name(name), _role(role)
        owner = _owner(owner, known)
        check_password(password)
        self.check_new(name, role)
        now = self._clock()
        user = User(
            name=name,
            role=known,
            owner=owner,
            hash=self._hashing.hash(password),
            created_at=now,
            changed_at=now,
        )
        if not self._store.add(user):
            self.check_new(name, role)
            raise UsersFull(f"There are {users.USERS_LIMIT} users, which is as many as there may be.")
        return user

    def check_new(self, name: str, role: str) -> None:
        """UserInvalid, UserTaken or LastAdmin, unless a user of that name and role may be added."""
        name, everyone = user_name(name), self._store.all()
        if name in everyone:
            raise UserTaken(f"There is a user {name!r} already.")
        if self._alone and not everyone and _role(role) != "admin":
            raise LastAdmin(
                f"{name!r} would be the first user, as {role}: nobody could sign in who may manage users. "
                "Expected the role admin; others can be added after."
            )

    def check_known(self, name: str) -> None:
        """UserUnknown unless there is a user of that name."""
        if _normal(name) not in self._store.all():
            raise UserUnknown(name)

    def change(
        self, name: str, *, role: str | None = None, owner: str | None = None, password: str | None = None
    ) -> User:
        """Gives a user another password, or another role with its owner, which ends its sessions; and where they may do
        less by that, the tokens that they made.

        UserUnknown, UserInvalid, PasswordWeak, LastAdmin.
        """
        self.check_known(name)
        changes: dict[str, object] = {"changed_at": self._clock()}
        if role is not None:
            known = _role(role)
            changes |= {"role": known, "owner": _owner(owner, known)}
        elif owner is not None or password is None:
            raise UserInvalid("There is nothing to change; expected a role, which an owner goes with, or a password.")
        if password is not None:
            check_password(password)
            changes["hash"] = self._hashing.hash(password)
        before: list[User] = []

        def make(user: User) -> User:
            before.append(user)
            return msgspec.structs.replace(user, **changes)

        changed = self._store.change(_normal(name), make)
        if changed is None:
            raise UserUnknown(name)
        if before and _may_less(before[-1], changed):
            self._revoke(_account(changed.name))
        return changed

    def remove(self, name: str, *, last: bool = False) -> None:
        """Removes a user, which ends its sessions and the tokens that it made.

        UserUnknown; LastAdmin, unless the `last` one may be removed.
        """
        name = _normal(name)
        if not self._store.remove(name, last=last):
            raise UserUnknown(name)
        self._revoke(_account(name))


def user_name(text: str) -> str:
    """`text` as the name of a user: normalised to NFC, upper and lower case told apart. UserInvalid.

    1 to 64 printable characters, with no blank at either end.
    """
    name = _normal(text)
    if not (0 < len(name) <= NAME_LIMIT and name.isprintable() and name == name.strip()):
        raise UserInvalid(
            f"The name is {text[:200]!r}; expected 1 to {NAME_LIMIT} printable characters, no blank at either end."
        )
    return name


def check_password(password: str) -> None:
    """PasswordWeak unless `password` may be that of a user."""
    if not password.isprintable() or len(password) > PASSWORD_LIMIT or is_soon_guessed(password):
        raise PasswordWeak(
            f"The password has {len(password)} characters, {len(set(password))} of them different; expected "
            f"{PASSWORD_LENGTH} to {PASSWORD_LIMIT} printable ones, {PASSWORD_KINDS} of them different."
        )


def _account(name: str) -> str:
    return Identity(kind="user", name=name).account


def _may_less(before: User, after: User) -> bool:
    """Whether a user may do less than before, or sees other tasks."""
    return ROLES.index(after.role) < ROLES.index(before.role) or after.owner not in (None, before.owner)


def _role(text: str) -> Role:
    for role in ROLES:
        if text == role:
            return role
    raise UserInvalid(f"The role is {text[:200]!r}; expected one of {', '.join(ROLES)}.")


def _owner(text: str | None, role: Role) -> str | None:
    if text is None:
        return None
    if not is_owner(text):
        raise UserInvalid(f"The owner is {text[:200]!r}; expected 1 to {LIMIT_CHARACTERS} printable characters.")
    if role == "admin":
        raise UserInvalid(
            "The role is 'admin', who sees the tasks of all; expected one of viewer, operator with an owner."
        )
    return text


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)
