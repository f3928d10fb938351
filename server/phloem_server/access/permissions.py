"""What each principal may do: the one place that decides, for HTTP calls, Socket.IO messages, boards and files."""

from __future__ import annotations

from phloem.model.task import Task
from phloem_server.access.errors import Forbidden, ScopeExceeded
from phloem_server.access.principal import Principal
from phloem_server.web.declared import Action, Needs


def may(principal: Principal, action: Action, task: Task | None = None) -> bool:
    """Whether a principal may do this: to that task, if one is given."""
    return action in principal.actions and (task is None or principal.scope is None or principal.scope.admits(task))


def check(principal: Principal, needs: Needs | None) -> None:
    """Raises Forbidden or ScopeExceeded unless a principal may make a call that needs this; None refuses everybody."""
    if needs is None:
        raise Forbidden("This is offered to nobody: the call does not declare what it needs.")
    if not may(principal, needs.action):
        raise Forbidden.of(needs.action)
    if principal.scope is not None and not needs.scoped:
        raise ScopeExceeded(principal.scope)
