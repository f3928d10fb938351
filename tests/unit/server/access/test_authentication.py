"""Who asks: the cookie of a person who signed in, or the password of a program."""

from __future__ import annotations

import pytest

from phloem_server.access import passwords
from phloem_server.access.sessions import COOKIE, SessionTokens
from tests.unit.server.access.doorway import KEY, PASSWORD, Doorway, cookie_of

EVERYTHING = [
    ("GET", "/"),
    ("GET", "/tasks/1"),
    ("GET", "/assets/index.js"),
    ("GET", "/api/v1/tasks"),
    ("POST", "/api/v1/tasks"),
    ("POST", "/api/v1/uploads"),
    ("GET", "/socket.io/?EIO=4&transport=polling"),
    ("POST", "/socket.io/?EIO=4&transport=polling&sid=1"),
    ("GET", "/metrics"),
    ("OPTIONS", "/api/v1/tasks"),
    ("GET", "/healthz/"),
    ("GET", "/healthz/../api/v1/tasks"),
]


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic b3BlbjpzZXNhbWU="},
        {"Cookie": f"{COOKIE}=person"},
        {"Cookie": f"{COOKIE}={SessionTokens('another', KEY).issue()}"},
        {"Cookie": f"{COOKIE}={SessionTokens(PASSWORD, 'another key').issue()}"},
    ],
)
def test_with_a_password_nothing_answers_without_it(
    locked_door: Doorway, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = locked_door.ask(path, method=method, headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert locked_door.inside.seen == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_and_readiness_need_no_password(locked_door: Doorway, path: str) -> None:
    assert locked_door.ask(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_the_password_as_bearer_token_lets_programs_in(locked_door: Doorway, method: str, path: str) -> None:
    token = PASSWORD.encode().decode("latin-1")
    assert locked_door.ask(path, method=method, headers={"Authorization": f"bearer {token}"}).status_code == 200
    assert locked_door.slept == []


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_who_signed_in_gets_everywhere(locked_door: Doorway, method: str, path: str) -> None:
    cookie = cookie_of(locked_door.sign_in())
    assert locked_door.ask(path, method=method, headers=cookie).status_code == 200


def test_wrong_passwords_beyond_a_number_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WRONG_AT_ONCE", 0)
    door = Doorway(password=PASSWORD, secret_key=KEY)
    for answer in (door.ask(headers={"Authorization": "Bearer wrong"}), door.sign_in("wrong")):
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert '"code":"too_many_attempts"' in answer.text
    assert door.slept == []
