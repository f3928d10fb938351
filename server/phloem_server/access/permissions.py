"""What each principal may do: the one place that decides, for HTTP calls, Socket.IO messages, boards and files."""

from __future__ import annotations

from phloem_server.access.errors import Forbidden, ScopeExceeded
from phloem_server.access.principal import MINTING, Principal
from phloem_server.web.declared import Action, Needs


def may(principal: Principal, action: Action, task_id: str | None = None) -> bool:
    """Whether a principal may do this: to the task with that id, or in general. Its scope is looked at elsewhere."""
    if principal.decides is not None:
        return principal.decides(action, task_id)
    return action in principal.actions


def may_connect(principal: Principal) -> bool:
    """Whether a principal may open a connection: there may be something that it may watch."""
    return principal.decides is not None or may(principal, "see")


def check(principal: Principal, needs: Needs | None, task_id: str | None = None) -> None:
    """Raises Forbidden or ScopeExceeded unless a principal may make a call that needs this, and is about the
    task with that id if one is given. A call that declares nothing is refused to everybody.
    """
    if needs is None:
        raise Forbidden("This is offered to nobody: the call does not declare what it needs.")
    if not may(principal, needs.action, task_id):
        is_minting = principal.kind == "token" and needs.action in MINTING
        raise Forbidden.of_bearer() if is_minting else Forbidden.of(needs.action)
    if principal.scope is not None and not needs.scoped:
        raise ScopeExceeded(principal.scope)
