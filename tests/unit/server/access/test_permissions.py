"""What each role may do, and what a scope lets be seen."""

from __future__ import annotations

import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem.sharing.token import Share
from phloem_server.access.errors import Forbidden, ScopeExceeded
from phloem_server.access.permissions import check, may
from phloem_server.access.principal import ANYONE, ROLES, Principal, bearer_of, onlooker
from phloem_server.mirror.scope import Scope
from phloem_server.web.declared import ACTIONS, Action, Needs, needed, needs


def task(task_id: str, root_id: str | None = None) -> Task:
    return Task(id=task_id, root_id=root_id, state=State.STARTED, offset=1, first_offset=1)


def test_each_role_may_do_what_those_before_it_may() -> None:
    assert ROLES["viewer"] < ROLES["operator"] < ROLES["admin"] == frozenset(ACTIONS)
    assert may(Principal.of_role("viewer", "session"), "see")
    assert not may(Principal.of_role("viewer", "session"), "launch")
    assert may(Principal.of_role("operator", "session"), "retry")
    assert not may(Principal.of_role("operator", "session"), "users")


def test_a_call_that_declares_nothing_is_refused_to_an_admin_as_well() -> None:
    with pytest.raises(Forbidden, match="does not declare"):
        check(ANYONE, None)
    assert needed(lambda: None) is None
    assert needed(needs("see", scoped=True)(lambda: None)) == Needs("see", scoped=True)


def test_what_is_about_all_tasks_is_refused_to_a_principal_with_a_scope() -> None:
    limited = Principal.of_role("operator", "session", owner="ann")
    check(limited, Needs("launch", scoped=True))
    with pytest.raises(ScopeExceeded, match="limited to some of them"):
        check(limited, Needs("see"))
    with pytest.raises(Forbidden, match="the right to see and change users"):
        check(limited, Needs("users", scoped=True))


def test_a_program_with_a_token_is_told_that_it_is_the_token_by_which_tokens_are_not_listed() -> None:
    bearer = bearer_of(Share(role="admin", exp=1.0))
    minting: tuple[Action, ...] = ("share", "tokens", "users")
    for action in minting:
        with pytest.raises(Forbidden, match="^With a token, no tokens are made, listed or revoked"):
            check(bearer, Needs(action))
    with pytest.raises(Forbidden, match="the right to share tasks"):  # the twin: a person
        check(Principal.of_role("viewer", "session"), Needs("share"))


def test_a_scope_of_a_workflow_holds_the_task_that_began_it_and_those_that_follow() -> None:
    scope = Scope(root="a")
    assert scope.admits(task("a"))
    assert scope.admits(task("b", root_id="a"))
    assert not scope.admits(task("c", root_id="b"))


def test_a_page_of_another_origin_sees_no_more_than_its_visitor_and_that_one_by_one() -> None:
    seen = onlooker(Principal.of_role("admin", "session", owner="ann"))
    assert seen.scope == Scope(owner="ann", singly=True)
    assert seen.actions == {"see"}
    assert onlooker(Principal(kind="token", actions=frozenset({"revoke"}))).actions == frozenset()
