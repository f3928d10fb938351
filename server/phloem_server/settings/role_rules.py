"""Which role a person has, by what is known of them elsewhere: in claims of a provider, or in headers of a proxy."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Self, get_args
from urllib.parse import unquote

import msgspec

from phloem.record.stores.users import Role
from phloem.settings import SettingError

ROLES: tuple[Role, ...] = get_args(Role)

ANYBODY = "*"
"""Stands for everybody whom the provider or the proxy names."""


class RoleRule(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: who has `value` among the values of `source` has the role. Without a source, everybody has it."""

    source: str | None = None
    value: str = ""
    role: Role


class RoleRules(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of a setting. Whom none of them names has no role, and does not get in."""

    rules: tuple[RoleRule, ...]

    @classmethod
    def parse(cls, setting: str, text: str, *, example: str) -> Self:
        """The rules in `text`: entries `SOURCE:VALUE=ROLE` or `*=ROLE`, separated by commas.

        A source may have colons (`cognito:groups`), a value none: there a colon, a comma and an equals sign are
        written as in a URL (`%3A`, `%2C`, `%3D`). SettingError names `setting`, and gives `example`.
        """
        entries = [entry for entry in map(str.strip, text.split(",")) if entry]
        rules = [_rule(entry) for entry in entries]
        refused = [entry for entry, rule in zip(entries, rules, strict=True) if rule is None]
        if refused or not rules:
            may_hold = f"entries NAME:VALUE=ROLE or *=ROLE, separated by commas; a role is {' or '.join(ROLES)}"
            raise SettingError(setting, refused[0] if refused else text, f"{may_hold}: {example}")
        return cls(rules=tuple(rule for rule in rules if rule is not None))

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that the rules look at, each once."""
        return tuple(dict.fromkeys(rule.source for rule in self.rules if rule.source is not None))

    def role(self, values: Callable[[str], Collection[str]]) -> Role | None:
        """The role of a person of whom `values` tells the values of a source: of several the one that may do most."""
        found = [rule.role for rule in self.rules if rule.source is None or rule.value in values(rule.source)]
        return max(found, key=ROLES.index, default=None)


def _rule(entry: str) -> RoleRule | None:
    condition, _, role = (part.strip() for part in entry.rpartition("="))
    known = next((each for each in ROLES if each == role), None)
    if known is None or "=" in condition:
        return None
    if condition == ANYBODY:
        return RoleRule(role=known)
    source, _, value = (unquote(part.strip()) for part in condition.rpartition(":"))
    return RoleRule(source=source, value=value, role=known) if source and value else None
