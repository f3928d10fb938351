"""Making, listing and revoking tokens over HTTP."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.sharing.token import KEY_NAME, Share, read
from phloem_server.access.principal import Principal, bearer_of
from tests.unit.server.api.served import Served

ANN = Principal.of_role("operator", "session", name="ann", account="user:ann")
BOB = Principal.of_role("operator", "session", name="bob", account="user:bob", owner="acme")
EVE = Principal.of_role("viewer", "session", name="eve", account="user:eve")
ROOT = Principal.of_role("admin", "session", name="root", account="user:root")

SCOPED_ADMIN = Principal.of_role("admin", "session", name="boss", owner="acme")


@pytest.fixture
def desk(served: Served) -> Served:
    """A server that knows the tasks `acme-1`, of the owner acme, and `other-1`, of another."""
    for owner in ("acme", "other"):
        served.channel.record([Event(id=f"{owner}-1", at=time.time(), state=State.PENDING, owner=owner)])
    return served


def post(served: Served, principal: Principal, **order: Any) -> tuple[int, Any]:
    served.client.principal = principal
    answer = served.client.post("/api/v1/tokens", json={"expires": "1h", **order})
    return answer.status_code, answer.get_json()


def said(served: Served, principal: Principal, **order: Any) -> Share:
    status, body = post(served, principal, **order)
    assert status == 201, body
    assert set(body) == {"id", "token", "expires_at"}
    share = read(body["token"], served.channel.keys.get(KEY_NAME), time.time())
    assert (share.id, share.exp) == (body["id"], body["expires_at"])
    return share


def listed(served: Served, principal: Principal) -> list[str | None]:
    """Who made the tokens that a principal is told of."""
    served.client.principal = principal
    return [token["made_by"] for token in served.client.get("/api/v1/tokens").get_json()["tokens"]]


def delete(served: Served, principal: Principal, token_id: object) -> tuple[int, str]:
    served.client.principal = principal
    answer = served.client.delete(f"/api/v1/tokens/{token_id}")
    return answer.status_code, answer.get_json().get("code", "")


def test_an_operator_shares_a_task_and_an_admin_makes_tokens_for_programs(desk: Served) -> None:
    share = said(desk, ANN, task="acme-1", actions=["see", "retry"], origin="https://shop.example", name="shop")
    assert (share.task, share.owner, share.actions) == ("acme-1", None, ("see", "retry"))
    assert (share.origin, share.name) == ("https://shop.example", "shop")
    assert said(desk, ROOT, role="operator", expires=60).role == "operator"


def test_the_tokens_of_somebody_limited_to_an_owner_are_for_tasks_of_that_owner(desk: Served) -> None:
    assert said(desk, BOB, task="acme-1").owner == "acme"
    assert said(desk, BOB, root="acme-1").owner == "acme"
    assert said(desk, BOB, owner="acme").owner == "acme"
    foreign, missing = (post(desk, BOB, task=each) for each in ("other-1", "missing"))
    assert foreign[0] == missing[0] == 404
    assert foreign[1]["code"] == missing[1]["code"] == "task_unknown"
    status, body = post(desk, BOB, owner="other")
    assert (status, body["code"]) == (403, "scope_exceeded")
    status, body = post(desk, SCOPED_ADMIN, role="viewer")
    assert (status, body["code"]) == (403, "scope_exceeded")


PROGRAM = bearer_of(Share(id="0123", role="admin", exp=2e9))
VISITOR = bearer_of(Share(id="0123", task="acme-1", actions=("see",), exp=2e9))


@pytest.mark.parametrize(
    ("principal", "order"),
    [
        (EVE, {"task": "acme-1"}),
        (ANN, {"role": "viewer"}),
        (PROGRAM, {"role": "viewer"}),
        (PROGRAM, {"task": "acme-1"}),
        (VISITOR, {"task": "acme-1"}),
    ],
    ids=["a viewer", "a role by an operator", "a role by a program", "a task by a program", "by a visitor"],
)
def test_who_may_not_make_one_makes_none(desk: Served, principal: Principal, order: dict[str, str]) -> None:
    status, body = post(desk, principal, **order)
    assert (status, body["code"]) in [(403, "forbidden"), (403, "scope_exceeded")]
    assert listed(desk, ROOT) == []


def test_no_token_allows_more_than_its_maker_may(desk: Served) -> None:
    few = Principal(name="few", kind="session", actions=frozenset({"see", "share"}))
    assert said(desk, few, task="acme-1").actions == ("see",)
    for order in ({"actions": ["see", "revoke"]}, {"role": "operator"}):
        status, body = post(desk, few, task="acme-1", **order)
        assert (status, body["code"]) == (403, "forbidden")


def test_an_admin_sees_and_revokes_all_and_others_their_own(desk: Served) -> None:
    for principal in (ANN, BOB, ROOT):
        said(desk, principal, task="acme-1")
    assert listed(desk, ROOT) == ["ann", "bob", "root"]
    assert listed(desk, ANN) == ["ann"]
    of_bob = next(token.id for token in desk.channel.tokens.all().values() if token.made_by == "bob")
    assert delete(desk, ANN, of_bob) == (404, "token_unknown")
    assert delete(desk, BOB, of_bob) == (200, "")
    assert delete(desk, BOB, of_bob) == (404, "token_unknown")
    assert delete(desk, ROOT, "0123456789abcdef") == (200, "")
    assert delete(desk, ROOT, "shop") == (404, "token_unknown")
    assert desk.channel.tokens.revoked() == {of_bob, "0123456789abcdef"}
    desk.client.principal = PROGRAM
    assert desk.client.get("/api/v1/tokens").status_code == 403


def test_nobody_sees_or_revokes_those_of_another_of_the_same_name(desk: Served) -> None:
    said(desk, ANN, task="acme-1")
    [of_ann] = desk.channel.tokens.all()
    for account in ("openid:1234", "proxy:ann", None):
        namesake = msgspec.structs.replace(ANN, account=account)
        assert listed(desk, namesake) == []
        assert delete(desk, namesake, of_ann) == (404, "token_unknown")


def test_nobody_without_a_name_sees_those_of_others_without_one(desk: Served) -> None:
    said(desk, Principal.of_role("admin", "password"), task="acme-1")
    assert listed(desk, Principal.of_role("operator", "proxy")) == []


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"task": "acme-1", "owner": "acme"}, 422, "token_unfit"),
        ({"task": "acme-1", "expires": "soon"}, 422, "token_unfit"),
        ({"task": "acme-1", "actions": ["launch"]}, 422, "body_invalid"),
        ({"task": "acme-1", "more": 1}, 422, "body_invalid"),
        ({}, 422, "token_unfit"),
    ],
)
def test_what_no_token_can_say_is_told(desk: Served, order: dict[str, Any], status: int, code: str) -> None:
    answered, body = post(desk, ROOT, **order)
    assert (answered, body["code"]) == (status, code)
    assert body["detail"]
