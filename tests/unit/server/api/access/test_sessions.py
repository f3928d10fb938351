"""Sessions over HTTP: one's own, and those of all for whoever has the right."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from phloem.record.stores.access import Identity
from phloem_server.access.principal import PASSWORD_HOLDER, Principal
from tests.unit.server.api.served import Served

ANN = Identity(kind="user", name="ann", role="viewer", owner="acme")
NAMESAKE = Identity(kind="openid", name="ann", role="viewer")
STRANGER = msgspec.structs.replace(NAMESAKE, subject="another of that name at the provider")
ROOT = Identity(kind="user", name="root", role="admin")


@pytest.fixture
def people(served: Served) -> dict[str, Principal]:
    """Whom the door lets in: ann twice, somebody else of that name, and an admin."""
    found: dict[str, Principal] = {}
    for place, identity in {"ann": ANN, "ann2": ANN, "namesake": NAMESAKE, "root": ROOT}.items():
        person = served.sessions.of(served.sessions.begin(identity, f"192.0.2.{len(found)}", f"browser of {place}"))
        assert person is not None
        found[place] = person
    return found


def shown(served: Served, principal: Principal) -> list[dict[str, Any]]:
    served.client.principal = principal
    found: list[dict[str, Any]] = served.client.get("/api/v1/sessions").get_json()["sessions"]
    return found


def delete(served: Served, principal: Principal, path: str = "") -> tuple[int, Any]:
    served.client.principal = principal
    answer = served.client.delete(f"/api/v1/sessions{path}")
    return answer.status_code, answer.get_json()


def test_one_sees_ones_own_sessions_and_an_admin_those_of_all(served: Served, people: dict[str, Principal]) -> None:
    own = shown(served, people["ann"])
    assert [(each["agent"], each["current"]) for each in own] == [("browser of ann2", False), ("browser of ann", True)]
    assert {**own[1], "started_at": 0, "seen_at": 0} == {
        "id": people["ann"].session,
        "name": "ann",
        "kind": "user",
        "role": "viewer",
        "owner": "acme",
        "started_at": 0,
        "seen_at": 0,
        "address": "192.0.2.0",
        "agent": "browser of ann",
        "current": True,
    }
    assert own[1]["seen_at"] >= own[1]["started_at"]
    assert [each["kind"] for each in shown(served, people["namesake"])] == ["openid"]
    assert len(shown(served, people["root"])) == 4
    assert [len(shown(served, each)) for each in (PASSWORD_HOLDER, Principal.of_role("viewer", "token"))] == [4, 0]


def test_one_of_a_name_that_another_chose_as_well_is_not_the_same(served: Served, people: dict[str, Principal]) -> None:
    stranger = served.sessions.of(served.sessions.begin(STRANGER, "192.0.2.9", "browser of a stranger"))
    assert stranger is not None
    assert [each["agent"] for each in shown(served, stranger)] == ["browser of a stranger"]
    assert [each["agent"] for each in shown(served, people["namesake"])] == ["browser of namesake"]
    assert delete(served, stranger, f"/{people['namesake'].session}")[0] == 404


def test_one_ends_a_session_of_ones_own_and_an_admin_any(served: Served, people: dict[str, Principal]) -> None:
    session = str(people["ann2"].session)
    ended: list[Any] = []
    served.sessions.on_end.add(ended.append)
    for other in ("namesake", "root"):
        status, problem = delete(served, people["ann"], f"/{people[other].session}")
        assert (status, problem["code"]) == (404, "session_unknown")
    assert delete(served, people["ann"], "/none")[0] == 404
    assert delete(served, people["ann"], f"/{session}") == (200, {"ended": [session]})
    assert not served.sessions.goes_on(session)
    assert delete(served, people["root"], f"/{people['namesake'].session}")[0] == 200
    assert ended == [{session}, {people["namesake"].session}]


def test_one_ends_all_of_ones_own_but_this_one(served: Served, people: dict[str, Principal]) -> None:
    assert delete(served, people["ann"]) == (200, {"ended": [people["ann2"].session]})
    assert [served.sessions.goes_on(str(each.session)) for each in people.values()] == [True, False, True, True]
    assert delete(served, PASSWORD_HOLDER) == (200, {"ended": []})
