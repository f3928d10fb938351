"""The tokens of a namespace, in a terminal: `phloem tokens`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from phloem.record.redis_record import RedisChannel
from phloem.record.stores.tokens import Token
from phloem_server.access.tokens.issuer import Issuer, Order
from phloem_server.commands.audited import audited, user_of_machine
from phloem_server.commands.namespace import opened_record
from phloem_server.commands.output import tell, tell_table


def create(order: Order) -> None:
    """Makes a token and prints it, alone on standard output; what else is to know goes to standard error."""
    with opened_record() as channel, audited(channel, "tokens") as deed:
        issued = _issuer(channel).issue(order, f"{user_of_machine()} in a shell")
        deed.target, deed.detail = issued.id, f"made: {order.name}" if order.name else "made"
        tell(issued.token)
        ends = _moment(issued.expires_at)
        click.echo(f"Its id is {issued.id}; it ends {ends}. The token is not shown again.", err=True)


def show() -> None:
    """Lists the tokens that this command and the page made, and that are valid."""
    with opened_record() as channel:
        rows = [("ID", "NAME", "FOR", "MAY", "ORIGIN", "ENDS", "MADE BY"), *map(_row, _issuer(channel).all())]
        tell_table(rows)


def revoke(token_id: str) -> None:
    """Revokes a token by its id, or by itself."""
    with opened_record() as channel, audited(channel, "tokens") as deed:
        deed.target, deed.detail = _issuer(channel).revoke(token_id), "revoked"
        tell(f"{deed.target} is revoked; its connections end within two seconds.")


def revoke_all() -> None:
    """Makes all tokens void."""
    with opened_record() as channel, audited(channel, "tokens") as deed:
        deed.detail = "all revoked"
        _issuer(channel).revoke_all()
        tell("All tokens are void, those of phloem.share as well; their connections end within two seconds.")


def _issuer(channel: RedisChannel) -> Issuer:
    return Issuer(channel.keys, channel.tokens)


def _row(token: Token) -> tuple[str, ...]:
    limits = ((name, getattr(token, name)) for name in ("task", "root", "owner"))
    whose = next((f"{name} {each}" for name, each in limits if each is not None), "all tasks")
    may = token.role or ", ".join(token.actions)
    ends = _moment(token.expires_at)
    cells = (token.id, token.name or "", whose, may, token.origin or "", ends, token.made_by or "")
    return tuple(map(_printable, cells))


def _printable(text: str) -> str:
    """The text without what would move the cursor of a terminal: the id of a task may hold anything."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
