"""Whose a task is: an identity that the application gives it, as a user's or a customer's name or number."""

from __future__ import annotations

from typing import TypeGuard

LIMIT_CHARACTERS = 200
"""Most characters of an owner."""


def is_owner(value: object) -> TypeGuard[str]:
    """Whether a value can be an owner: a text of 1 to LIMIT_CHARACTERS characters, without halves of characters."""
    return fault(value) is None


def fault(value: object) -> str | None:
    """Why a value cannot be an owner, as what follows "it"; None for one that can. The value is not repeated."""
    if not isinstance(value, str):
        return f"is of type {type(value).__name__}"
    if not 0 < len(value) <= LIMIT_CHARACTERS:
        return f"has {len(value):,} characters"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "has half of a character in it (a lone surrogate)"
    return None
