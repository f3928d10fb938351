"""The bearer of a token for one task, at the door."""

from __future__ import annotations

import pytest

from phloem.record.record import ChannelError
from phloem.sharing.token import KEY_NAME, Share, sign
from phloem_server.access.principal import principal_of
from phloem_server.mirror.scope import Scope
from tests.unit.server.access.doorway import KEY, PASSWORD, Doorway, cookie_of

TASK = "/api/v1/tasks/4f2a"
CONNECTION = "/socket.io/?EIO=4&transport=websocket&token="
PARTNER = "https://partner.example"


@pytest.fixture
def door() -> Doorway:
    return Doorway(password=PASSWORD, secret_key=KEY, origins=(PARTNER,))


def token(door: Doorway, *, seconds: float = 60.0) -> str:
    share = Share(task="4f2a", actions=("see",), exp=door.now + seconds)
    return sign(share, door.keys.get(KEY_NAME))


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


def test_while_redis_is_away_no_token_can_be_read(door: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    given = token(door)

    def away(_: str) -> str:
        raise ChannelError("Redis does not answer.")

    monkeypatch.setattr(door.keys, "get", away)
    answer = door.ask(TASK, headers=bearer(given))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json is not None
    assert answer.json["detail"] == "No token can be read at this moment. Redis does not answer."
