"""Makes tokens, keeps what is known of them, and revokes them: for the command line and for HTTP alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from typing import get_args

import msgspec

from phloem.model.owner import LIMIT_CHARACTERS, fault
from phloem.record.stores.keys import Keys
from phloem.record.stores.tokens import Token, TokenStore
from phloem.sharing.token import (
    KEY_NAME,
    LONGEST_SECONDS,
    Action,
    Role,
    Share,
    ShareRefused,
    is_id,
    is_share,
    new_id,
    opened,
    sign,
)
from phloem_server.access.principal import ROLES
from phloem_server.access.tokens.duration import seconds
from phloem_server.access.tokens.errors import TokensFull, TokenUnfit, TokenUnknown

TOKENS_LIMIT = 10_000
"""Tokens that are kept, and revoked ones as well: each web process reads the ids of the latter every second."""

UNKNOWN_SECONDS = LONGEST_SECONDS + 86400.0
"""For which a revoked token is remembered of which the id alone is known: a day more than one can be valid, as the
clocks of the machines that make them differ."""

NAME_LIMIT_CHARACTERS = 100

ACTIONS: dict[Role, tuple[Action, ...]] = {
    role: tuple(action for action in get_args(Action) if action in ROLES[role]) for role in ROLES
}
"""What each role may do with the tasks that a token is limited to."""


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token is to say, as somebody asks for it. `expires` is seconds, or text such as "1d"."""

    task: str | None = None
    root: str | None = None
    owner: str | None = None
    role: Role | None = None
    actions: tuple[Action, ...] = ()
    origin: str | None = None
    name: str | None = None
    expires: float | str

    @property
    def limited(self) -> bool:
        """Whether it is for some tasks alone."""
        return any(each is not None for each in (self.task, self.root, self.owner))

    @property
    def allowed(self) -> tuple[Action, ...]:
        """What its bearer may do with those tasks: a role stands for the actions that it has on tasks."""
        return self.actions or ACTIONS[self.role or "viewer"]

    def share(self, now: float, owner: str | None = None) -> Share:
        """What the token says, narrowed to the tasks of an owner where one is given here. TokenUnfit."""
        limits = [name for name in ("task", "root", "owner") if getattr(self, name) is not None]
        if len(limits) > 1:
            raise TokenUnfit(f"{' and '.join(limits)} are given; expected one of task, root and owner")
        if self.role is None and not self.limited:
            raise TokenUnfit("nothing is given; expected one of task, root and owner, or a role")
        if self.role is not None and self.actions:
            raise TokenUnfit("role and actions are given; expected one of them")
        if self.name is not None and not 0 < len(self.name) <= NAME_LIMIT_CHARACTERS:
            raise TokenUnfit(f"name is {len(self.name)} characters long; expected 1 to {NAME_LIMIT_CHARACTERS}")
        if self.name is not None and not self.name.isprintable():  # it stands in logs and in terminals
            raise TokenUnfit(f"name is {self.name!r}; expected printable characters")
        if self.owner is not None and (wrong := fault(self.owner)) is not None:
            raise TokenUnfit(f"owner {wrong}; expected 1 to {LIMIT_CHARACTERS} printable characters")
        try:
            return Share(
                id=new_id(),
                name=self.name,
                task=self.task,
                root=self.root,
                owner=self.owner or owner,
                role=None if self.limited else self.role,
                actions=self.allowed if self.limited else (),
                origin=self.origin,
                exp=now + seconds(self.expires),
            )
        except ValueError as error:
            raise TokenUnfit(str(error)) from error


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was made. It is told this once."""

    id: str
    """What names the token, for whoever revokes it."""

    token: str
    """The token itself."""

    expires_at: float
    """When it expires, in Unix seconds."""


class Issuer:
    """The tokens of a namespace. Every method raises ChannelError where the record cannot be used."""

    def __init__(self, keys: Keys, store: TokenStore, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives Unix seconds."""
        self._keys = keys
        self._store = store
        self._clock = clock

    def issue(
        self, order: Order, made_by: str | None = None, owner: str | None = None, *, maker: str | None = None
    ) -> Issued:
        """Makes a token, for the tasks of `owner` alone where that is given, and keeps what it says.

        `made_by` is the name of who makes it, and `maker` their account. TokenUnfit, TokensFull.
        """
        now = self._clock()
        share = order.share(now, owner)
        if self._are_full(self._store.all, now):
            raise TokensFull(
                f"{TOKENS_LIMIT:,} tokens are kept, the most that may be; revoke some that are not needed."
            )
        token_id = share.id or new_id()
        token = sign(share, self._keys.get(KEY_NAME))
        kept = Token(
            id=token_id,
            name=share.name,
            task=share.task,
            root=share.root,
            owner=share.owner,
            role=share.role,
            actions=share.actions,
            origin=share.origin,
            made_at=now,
            made_by=made_by,
            maker=maker,
            expires_at=share.exp,
        )
        self._store.keep(kept, now)
        return Issued(id=token_id, token=token, expires_at=share.exp)

    def all(self) -> tuple[Token, ...]:
        """What is known of those that were made here, and are valid; the oldest first."""
        return tuple(token for token in self._store.all().values() if token.expires_at > self._clock())

    def get(self, token_id: str) -> Token | None:
        """What is known of one of those."""
        return next((token for token in self.all() if token.id == token_id), None)

    def revoke(self, given: str) -> str:
        """Revokes a token by its id, or by itself: also one that `phloem.share` made. Returns its id.

        TokenUnfit for a token that this namespace did not make, or that has no id; TokenUnknown for what is no id.
        """
        now = self._clock()
        token_id, until = self._named(given, now)
        if until > now and self._are_full(self._store.revoked, now):
            raise TokensFull(
                f"{TOKENS_LIMIT:,} tokens are revoked, the most that are remembered. Another key makes all void: "
                "phloem tokens revoke --all"
            )
        self._store.revoke(token_id, until, now)
        return token_id

    def revoke_those_of(self, maker: str) -> None:
        """Revokes the tokens that somebody made, by their account: they are gone, or may do less than before."""
        for token in self.all():
            if token.maker == maker:
                self._store.revoke(token.id, token.expires_at, self._clock())

    def revoke_all(self) -> None:
        """Makes all tokens void, those of `phloem.share` as well, by another key."""
        self._keys.renew(KEY_NAME)
        self._store.clear()

    def _are_full(self, kept: Callable[[], Sized], now: float) -> bool:
        """Whether there are as many as are kept, also without those that have expired."""
        if len(kept()) < TOKENS_LIMIT:
            return False
        self._store.forget(now)
        return len(kept()) >= TOKENS_LIMIT

    def _named(self, given: str, now: float) -> tuple[str, float]:
        """The id of a token, and when it expires, or at the latest where that is not known."""
        if is_share(given):
            try:
                share = opened(given, self._keys.get(KEY_NAME))
            except ShareRefused as refused:
                raise TokenUnfit(str(refused)) from refused
            if share.id is None:
                raise TokenUnfit(
                    "This token has no id, as those of earlier versions: it ends when it expires, or with all others "
                    "where phloem tokens revoke --all makes another key"
                )
            return share.id, share.exp
        if (token := self.get(given)) is not None:
            return given, token.expires_at
        if not is_id(given):
            raise TokenUnknown(given)
        return given, now + UNKNOWN_SECONDS
