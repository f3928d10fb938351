"""The users of a namespace, in a terminal: `phloem users`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from phloem.errors import PhloemError
from phloem.record.redis_record import RedisChannel
from phloem.record.stores.users import LastAdmin, User
from phloem_server.access.people.accounts import Accounts, check_password
from phloem_server.access.people.hashing import Hashing
from phloem_server.access.tokens.issuer import Issuer
from phloem_server.commands.audited import Deed, audited
from phloem_server.commands.namespace import opened_record
from phloem_server.commands.output import PAST_THE_PAGE, tell, tell_table, warn
from phloem_server.settings.identity import AUTH_HEADER, ISSUER

OTHER_WAYS = ("PHLOEM_PASSWORD", ISSUER, AUTH_HEADER)
"""Variables by which people sign in who are not users, and may manage those."""


def add(name: str, role: str, owner: str | None) -> None:
    """Adds a user, whose password it asks for."""
    with opened_record() as channel:
        accounts = _of(channel)
        with audited(channel, "users", name) as deed:
            accounts.check_new(name, role)
            before = accounts.all()
            user = accounts.add(name, role, owner, _password())
            deed.target, deed.detail = user.name, f"added as {user.role}{_limit(user)}"
        tell(f"{user.name} may sign in, as {user.role}{_limit(user)}.")
        if before:
            return
        tell("It is the first user: within two seconds, everybody has to sign in.")
        if channel.is_open():
            warn(PAST_THE_PAGE.format(channel.address))


def show() -> None:
    """Lists all users."""
    with _accounts() as accounts:
        everyone = accounts.all()
        rows = [("NAME", "ROLE", "OWNER", "CHANGED"), *(_row(name, everyone[name]) for name in everyone)]
        tell_table(rows)


def remove(name: str, *, last: bool) -> None:
    """Removes a user; the only admin where the `last` one may be removed."""
    with _changed(name) as (accounts, deed):
        deed.detail = "removed"
        try:
            accounts.remove(name, last=last)
        except LastAdmin as error:
            raise LastAdmin(f"{error} With --yes, {name} is removed all the same.") from None
        tell(f"{name} is removed; its sessions end within two seconds.")


def change_password(name: str) -> None:
    """Gives a user another password, which it asks for."""
    with _changed(name) as (accounts, deed):
        deed.detail = "given another password"
        accounts.check_known(name)
        user = accounts.change(name, password=_password())
        tell(f"{user.name} has another password; sessions with the one before end within two seconds.")


def change_role(name: str, role: str, owner: str | None) -> None:
    """Gives a user another role and owner."""
    with _changed(name) as (accounts, deed):
        user = accounts.change(name, role=role, owner=owner)
        deed.detail = f"made {user.role}{_limit(user)}"
        tell(f"{user.name} is {user.role}{_limit(user)}; sessions end within two seconds.")


@contextmanager
def _accounts() -> Iterator[Accounts]:
    """The users in the record that the environment names. What they refuse ends the command with that sentence."""
    with opened_record() as channel:
        yield _of(channel)


@contextmanager
def _changed(name: str) -> Iterator[tuple[Accounts, Deed]]:
    """The same, where a user is changed, which is audited."""
    with opened_record() as channel, audited(channel, "users", name) as deed:
        yield _of(channel), deed


def _of(channel: RedisChannel) -> Accounts:
    revoke = Issuer(channel.keys, channel.tokens).revoke_those_of
    return Accounts(channel.users, Hashing(), revoke=revoke, alone=not any(map(os.environ.get, OTHER_WAYS)))


def _password() -> str:
    """The password of a user: typed twice without being shown, or the line that comes in by a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, value_proc=_checked)
    click.prompt("The same again", hide_input=True, value_proc=lambda again: _same(typed, again))
    return typed


def _checked(typed: str) -> str:
    try:
        check_password(typed)
    except PhloemError as error:
        raise click.UsageError(str(error)) from None
    return typed


def _same(typed: str, again: str) -> str:
    if again != typed:
        raise click.UsageError("That is another one.")
    return again


def _limit(user: User) -> str:
    return "" if user.owner is None else f", of tasks whose owner is {user.owner}"


def _row(name: str, user: User | None) -> tuple[str, str, str, str]:
    if user is None:
        return name, "cannot be read: remove it", "", ""
    changed = datetime.fromtimestamp(user.changed_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return name, user.role, user.owner or "", changed
