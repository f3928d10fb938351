"""Whose a task is: an identity that the application gives it, as a user's or a customer's name or number."""

from __future__ import annotations

from typing import TypeGuard
from urllib.parse import quote, unquote

LIMIT_CHARACTERS = 200
"""Most characters of an owner."""

MAIL_HEADER = "Phloem-Owner"
"""The header by which a mail names the owner of the task that sends it, for the local mailbox."""


def is_owner(value: object) -> TypeGuard[str]:
    """Whether a value can be an owner: a text of 1 to LIMIT_CHARACTERS printable characters."""
    return fault(value) is None


def fault(value: object) -> str | None:
    """Why a value cannot be an owner, as what follows "it"; None for one that can. The value is not repeated."""
    if not isinstance(value, str):
        return f"is of type {type(value).__name__}"
    if not 0 < len(value) <= LIMIT_CHARACTERS:
        return f"has {len(value):,} characters"
    return None if value.isprintable() else "has a character that cannot be printed"


def in_mail(owner: str) -> str:
    """An owner as the value of MAIL_HEADER: percent-encoded, so that it comes back letter for letter."""
    return quote(owner, safe="@")


def of_mail(value: str) -> str | None:
    """The owner that the value of MAIL_HEADER names; None if it names none."""
    owner = unquote("".join(value.split()))
    return owner if is_owner(owner) else None
