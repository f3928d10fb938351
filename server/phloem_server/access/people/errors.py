"""Why a user cannot be added, changed or removed."""

from __future__ import annotations

from phloem.errors import PhloemError


class UserInvalid(PhloemError):
    """The name, role or owner of a user is not one that it may have."""

    code = "user_invalid"


class PasswordWeak(PhloemError):
    """The password of a user is too soon guessed, or cannot be typed."""

    code = "password_weak"


class UserTaken(PhloemError):
    """There is a user of that name already."""

    code = "user_taken"


class UsersFull(PhloemError):
    """There are as many users as there may be."""

    code = "users_full"


class UserUnknown(PhloemError):
    """There is no user of that name."""

    code = "user_unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no user {name[:200]!r}.")
