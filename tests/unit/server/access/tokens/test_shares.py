"""The bearers of tokens, at the door."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from phloem.record.record import ChannelError
from phloem.sharing.token import KEY_NAME, Share, sign
from phloem_server.access.principal import ROLES, principal_of
from phloem_server.mirror.scope import Scope
from tests.unit.server.access.doorway import KEY, PASSWORD, Doorway, cookie_of

TASK = "/api/v1/tasks/4f2a"
CONNECTION = "/socket.io/?EIO=4&transport=websocket&token="
PARTNER = "https://partner.example"


@pytest.fixture
def door() -> Doorway:
    return Doorway(password=PASSWORD, secret_key=KEY, origins=(PARTNER,))


def token(door: Doorway, *, seconds: float = 60.0, **said: Any) -> str:
    """A token for one task, or as is `said`."""
    said = said or {"task": "4f2a", "actions": ("see",)}
    return sign(Share(exp=door.now + seconds, **said), door.keys.get(KEY_NAME))


def code_of(answer: TestResponse) -> str:
    """The code of a refusal; empty for another answer."""
    return str(answer.json["code"]) if answer.is_json and answer.json is not None else ""


def bearer(given: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {given}"}


def test_a_token_opens_the_calls_and_the_connection_by_which_one_looks_at_its_task(door: Doorway) -> None:
    given = token(door)
    assert door.ask(TASK).status_code == 401
    assert door.ask(TASK, headers=bearer(given)).status_code == 200
    assert door.ask(CONNECTION + given).status_code == 200
    for environ in door.inside.seen:
        principal = principal_of(environ)
        assert (principal.kind, principal.scope, principal.roles) == (
            "token",
            Scope(task="4f2a", singly=True),
            frozenset(),
        )
        assert principal.expires_at == door.now + 60


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/v1/tasks"),
        ("GET", "/metrics"),
        ("POST", "/api/v1/tasks"),
        ("POST", f"{TASK}/revoke"),
        ("DELETE", TASK),
    ],
)
def test_it_opens_nothing_else(door: Doorway, method: str, path: str) -> None:
    answer = door.ask(path, method=method, headers=bearer(token(door)))
    assert (answer.status_code, answer.json["code"] if answer.json else "") == (403, "token_limited")
    assert door.inside.seen == []


def test_in_the_address_of_a_call_it_is_nothing(door: Doorway) -> None:
    assert door.ask(f"{TASK}?token={token(door)}").status_code == 401


@pytest.mark.parametrize("path", [TASK, CONNECTION])
def test_one_that_expired_or_was_changed_is_refused_in_a_sentence(door: Doorway, path: str) -> None:
    for given, code, said in (
        (token(door, seconds=0), "token_expired", "This token expired at 1970-01-01 00:16:40 UTC."),
        (token(door).replace("share.", "share.x"), "token_invalid", "not one that phloem.share made"),
    ):
        headers = bearer(given) if path == TASK else {}
        answer = door.ask(path + (given if path == CONNECTION else ""), headers=headers)
        assert answer.status_code == 401
        assert answer.json is not None
        assert answer.json["code"] == code
        assert said in answer.json["detail"]
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Phloem", error="invalid_token"'


def test_the_log_says_once_what_may_be_wrong_with_tokens_that_are_refused(
    door: Doorway, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        door.ask(TASK, headers=bearer(token(door).replace("share.", "share.x")))
    (said,) = (message for message in caplog.messages if "token" in message)
    assert "PHLOEM_REDIS_URL and PHLOEM_NAMESPACE have to be the same" in said


def test_a_token_makes_a_person_who_signed_in_its_bearer(door: Doorway) -> None:
    cookie = cookie_of(door.sign_in())
    assert door.ask(CONNECTION + token(door), headers=cookie).status_code == 200
    assert principal_of(door.inside.seen[0]).scope == Scope(task="4f2a", singly=True)


def test_it_opens_the_connection_to_pages_of_origins_that_are_allowed_and_no_others(door: Doorway) -> None:
    path = CONNECTION + token(door)
    assert door.ask(path, headers={"Origin": PARTNER}).status_code == 200
    assert principal_of(door.inside.seen[0]).scope == Scope(task="4f2a", singly=True)
    refused = door.ask(path, headers={"Origin": "https://evil.example"})
    assert (refused.status_code, refused.json["code"] if refused.json else "") == (403, "origin_refused")


def test_on_a_server_without_a_password_it_limits_its_bearer_as_well() -> None:
    door = Doorway()
    assert door.ask(CONNECTION + token(door)).status_code == 200
    assert principal_of(door.inside.seen[0]).scope == Scope(task="4f2a", singly=True)
    assert door.ask(CONNECTION + token(door, seconds=0)).status_code == 401
    assert door.ask(CONNECTION + "of another application").status_code == 200


def test_one_for_a_program_gives_its_bearer_a_role_and_lets_it_make_no_other(door: Doorway) -> None:
    given = token(door, id="0123", name="ci", role="admin")
    assert door.ask("/api/v1/tasks", method="POST", headers=bearer(given)).status_code == 200
    principal = principal_of(door.inside.seen[0])
    assert (principal.name, principal.kind, principal.roles) == ("ci", "token", frozenset({"admin"}))
    assert (principal.scope, principal.actions) == (None, ROLES["admin"] - {"share", "tokens", "users"})
    door.ask("/api/v1/tasks", headers=bearer(token(door, id="0123", role="viewer")))
    principal = principal_of(door.inside.seen[1])
    assert (principal.name, principal.actions) == ("0123", ROLES["viewer"])


@pytest.mark.parametrize(
    ("said", "scope"),
    [
        ({"root": "4f2a"}, Scope(root="4f2a")),
        ({"owner": "acme"}, Scope(owner="acme")),
        ({"root": "4f2a", "owner": "acme"}, Scope(root="4f2a", owner="acme")),
        ({"task": "4f2a", "owner": "acme"}, Scope(task="4f2a", owner="acme", singly=True)),
    ],
)
def test_one_for_certain_tasks_limits_its_bearer_to_them(door: Doorway, said: dict[str, Any], scope: Scope) -> None:
    given = token(door, actions=("see", "retry"), **said)
    assert door.ask(f"{TASK}/retry", method="POST", headers=bearer(given)).status_code == 200
    principal = principal_of(door.inside.seen[0])
    assert (principal.scope, principal.roles) == (scope, frozenset())
    assert principal.actions == frozenset({"see", "retry"})


SHOP = "https://shop.example"


def for_the_shop(door: Doorway) -> str:
    return token(door, task="4f2a", actions=("see",), origin=SHOP)


@pytest.mark.parametrize("has_password", [True, False])
def test_pages_of_the_origin_that_a_token_names_may_use_it_though_no_setting_names_that(*, has_password: bool) -> None:
    door = Doorway(password=PASSWORD, secret_key=KEY) if has_password else Doorway()
    given = for_the_shop(door)
    page = {"Origin": SHOP}
    assert door.ask(CONNECTION + given, headers=page).status_code == 200
    read = door.ask(TASK, headers={**page, **bearer(given)})
    assert (read.status_code, read.headers["Access-Control-Allow-Origin"], read.headers["Vary"]) == (
        200,
        SHOP,
        "Origin",
    )
    assert "Access-Control-Allow-Credentials" not in read.headers
    assert {principal_of(each).kind for each in door.inside.seen} == {"token"}


def test_without_it_they_may_not(door: Doorway) -> None:
    given = token(door)
    refused = door.ask(CONNECTION + given, headers={"Origin": SHOP, **cookie_of(door.sign_in())})
    assert (refused.status_code, code_of(refused)) == (403, "origin_refused")
    refused = door.ask(TASK, headers={"Origin": SHOP, **bearer(given)})
    assert (refused.status_code, code_of(refused)) == (403, "origin_refused")
    assert "Access-Control-Allow-Origin" not in refused.headers


@pytest.mark.parametrize("origin", [PARTNER, "http://shop.example", "https://shop.example:8443", "null", None])
def test_a_token_that_names_an_origin_counts_for_no_other(door: Doorway, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    for answer in (
        door.ask(CONNECTION + for_the_shop(door), headers=headers),
        door.ask(TASK, headers={**headers, **bearer(for_the_shop(door))}),
    ):
        assert (answer.status_code, code_of(answer)) == (401, "token_origin_refused")
        assert answer.headers["Access-Control-Allow-Origin"] == "*", "its author reads why"
    assert door.inside.seen == []


def test_a_token_that_was_revoked_is_refused_and_others_are_not(door: Doorway) -> None:
    leaked, kept = (token(door, id=each, role="viewer") for each in ("leaked", "kept"))
    assert door.ask(TASK, headers=bearer(leaked)).status_code == 200
    door.tokens.revoke("leaked", 2000.0, door.now)
    door.shares.refresh()
    refused = door.ask(TASK, headers=bearer(leaked))
    assert (refused.status_code, code_of(refused)) == (401, "token_revoked")
    assert door.ask(TASK, headers=bearer(kept)).status_code == 200
    assert not door.shares.admits(principal_of(door.inside.seen[0]))
    assert door.shares.admits(principal_of(door.inside.seen[1]))


def test_another_key_makes_all_void_and_what_it_signs_is_known_at_once(door: Doorway) -> None:
    before = token(door, id="before", role="viewer")
    assert door.ask(TASK, headers=bearer(before)).status_code == 200
    door.keys.renew(KEY_NAME)
    assert door.ask(TASK, headers=bearer(token(door, role="viewer"))).status_code == 200
    assert code_of(door.ask(TASK, headers=bearer(before))) == "token_invalid"
    assert [door.shares.admits(principal_of(each)) for each in door.inside.seen] == [False, True]


def test_while_redis_is_away_what_was_known_before_counts_and_else_no_token_can_be_read(
    door: Doorway, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = token(door)

    def away(_: str) -> str:
        raise ChannelError("Redis does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(door.keys, "get", away)
        answer = door.ask(TASK, headers=bearer(given))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json is not None
    assert answer.json["detail"] == "No token can be read at this moment. Redis does not answer."
    door.shares.refresh()
    monkeypatch.setattr(door.keys, "get", away)
    assert door.ask(TASK, headers=bearer(given)).status_code == 200
