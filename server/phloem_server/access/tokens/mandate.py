"""Which tokens a principal may have made, and which of them it may see and revoke."""

from __future__ import annotations

from typing import NamedTuple

from phloem.record.stores.tokens import Token
from phloem_server.access.errors import Forbidden, ScopeExceeded
from phloem_server.access.permissions import may
from phloem_server.access.principal import ROLES, Principal
from phloem_server.access.tokens.errors import TokenUnknown
from phloem_server.access.tokens.issuer import Issued, Issuer, Order


class Mandate(NamedTuple):
    """The tokens of one principal. Every method raises Forbidden or ScopeExceeded for what it may not."""

    principal: Principal
    issuer: Issuer

    def issue(self, order: Order) -> Issued:
        """Makes a token that may do no more than the principal, and with no more tasks. See `Issuer.issue`.

        Whether the principal may see the task that is shared is for the caller to find out.
        """
        self._check_scope(order)
        asked = order.allowed if order.limited else ("tokens", *ROLES[order.role or "viewer"])
        for action in asked:
            if not may(self.principal, action):
                raise Forbidden.of(action)
        owner = None if self.principal.scope is None else self.principal.scope.owner
        return self.issuer.issue(order, self.principal.name, owner, maker=self.principal.account)

    def all(self) -> list[Token]:
        """The tokens that it may see: its own, or with the right to make tokens for programs all of them."""
        return [token for token in self.issuer.all() if self._sees(token)]

    def revoke(self, token_id: str) -> None:
        """Revokes one of those; with that right also one that is not known here. TokenUnknown."""
        if not may(self.principal, "tokens") and token_id not in {token.id for token in self.all()}:
            raise TokenUnknown(token_id)
        self.issuer.revoke(token_id)

    def _sees(self, token: Token) -> bool:
        return may(self.principal, "tokens") or (token.maker is not None and token.maker == self.principal.account)

    def _check_scope(self, order: Order) -> None:
        scope = self.principal.scope
        if scope is None:
            return
        foreign = order.owner is not None and order.owner != scope.owner
        if scope.singly or scope.owner is None or not order.limited or foreign:
            raise ScopeExceeded(scope)
