"""Users over HTTP, for admins."""

from __future__ import annotations

from typing import Any

import pytest

from phloem_server.access.principal import Principal
from tests.unit.server.access.doorway import PASSWORD
from tests.unit.server.api.served import Served


@pytest.fixture
def desk(served: Served) -> Served:
    served.accounts.add("ada", "admin", None, PASSWORD)
    return served


def call(served: Served, method: str, path: str = "", **body: Any) -> tuple[int, Any]:
    served.client.principal = Principal.of_role("admin", "session", name="ada")
    answer = served.client.open(f"/api/v1/users{path}", method=method, json=body or None)
    return answer.status_code, answer.get_json()


def test_users_are_added_listed_changed_and_removed_and_no_hash_is_ever_told(desk: Served) -> None:
    status, zoe = call(desk, "POST", name="Zoë", role="viewer", owner="acme", password=PASSWORD)
    assert (status, zoe["name"], zoe["role"], zoe["owner"]) == (201, "Zoë", "viewer", "acme")
    assert call(desk, "GET") == (200, {"users": [zoe, call(desk, "GET")[1]["users"][1]]})
    status, changed = call(desk, "PATCH", "/Zoe%CC%88", role="operator")
    assert (status, changed["role"], changed["owner"]) == (200, "operator", None)
    assert changed["changed_at"] > zoe["changed_at"]
    assert call(desk, "PATCH", "/Zoë", password="another word")[0] == 200
    kept = desk.channel.users.all()["Zoë"]
    assert kept is not None
    assert kept.hash == "hash of another word"
    assert "hash" not in str(call(desk, "GET"))
    assert call(desk, "DELETE", "/Zoë") == (200, {"name": "Zoë"})
    call(desk, "POST", name="a/b", role="viewer", password=PASSWORD)
    assert call(desk, "DELETE", "/a%2Fb") == (200, {"name": "a/b"})
    assert list(desk.channel.users.all()) == ["ada"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "", {"name": "ada", "role": "viewer", "password": PASSWORD}, 409, "user_taken"),
        ("POST", "", {"name": " x", "role": "viewer", "password": PASSWORD}, 422, "user_invalid"),
        ("POST", "", {"name": "x", "role": "viewer", "password": "short"}, 422, "password_weak"),
        ("POST", "", {"name": "x", "role": "admin", "owner": "acme", "password": PASSWORD}, 422, "user_invalid"),
        ("POST", "", {"name": "x", "role": "root", "password": PASSWORD}, 422, "body_invalid"),
        ("POST", "", {"name": "x", "role": "viewer", "password": PASSWORD, "hash": "x"}, 422, "body_invalid"),
        ("PATCH", "/x", {"role": "viewer"}, 404, "user_unknown"),
        ("PATCH", "/ada", {"role": "viewer"}, 409, "last_admin"),
        ("PATCH", "/ada", {"owner": "acme"}, 422, "user_invalid"),
        ("PATCH", "/ada", {"password": "short"}, 422, "password_weak"),
        ("DELETE", "/x", {}, 404, "user_unknown"),
        ("DELETE", "/ada", {}, 409, "last_admin"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    desk: Served, method: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    before = desk.channel.users.all()
    found, problem = call(desk, method, path, **body)
    assert (found, problem["code"]) == (status, code)
    assert desk.channel.users.all() == before


def test_nobody_but_an_admin_sees_or_changes_users(desk: Served) -> None:
    for role in ("viewer", "operator"):
        desk.client.principal = Principal.of_role(role, "session", name="olga")
        assert desk.client.get("/api/v1/users").status_code == 403
        assert desk.client.delete("/api/v1/users/ada").status_code == 403


def test_a_user_that_cannot_be_read_is_shown_so_that_it_can_be_removed(
    desk: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.channel.users, "all", lambda: {"torn": None})
    torn = {"name": "torn", "role": None, "owner": None, "created_at": None, "changed_at": None}
    assert call(desk, "GET") == (200, {"users": [torn]})
