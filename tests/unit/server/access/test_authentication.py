"""Who asks: the cookie of a person who signed in, or the password of a program."""

from __future__ import annotations

import time
from contextlib import nullcontext
from ipaddress import ip_network

import pytest
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from phloem_server.access.application import Application
from phloem_server.access.authentication import VOUCHED_SECONDS, Authentication
from phloem_server.access.people.cookies import COOKIE
from phloem_server.access.people.guesses.throttle import FREE_GUESSES
from phloem_server.access.people.sessions import SessionTokens
from tests.unit.server.access.doorway import KEY, PASSWORD, Doorway, cookie_of

EVERYTHING = [
    ("GET", "/"),
    ("GET", "/tasks/1"),
    ("GET", "/assets/../api/v1/tasks"),
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
        {"Cookie": f"{COOKIE}={SessionTokens(PASSWORD, lambda: KEY).issue('a' * 32)}"},
        {"Cookie": f"{COOKIE}={SessionTokens('another', lambda: KEY).issue('a' * 32)}"},
        {"Cookie": f"{COOKIE}={SessionTokens(PASSWORD, lambda: 'another key').issue('a' * 32)}"},
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


def test_who_has_to_sign_in_is_told_where_below_the_prefix(locked_door: Doorway) -> None:
    answer = locked_door.ask("/api/v1/me", environ_overrides={"SCRIPT_NAME": "/phloem"})
    assert answer.get_json()["detail"].endswith("by signing in at /phloem/sign-in.")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_and_readiness_need_no_password(locked_door: Doorway, path: str) -> None:
    assert locked_door.ask(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_the_password_as_bearer_token_lets_programs_in(locked_door: Doorway, method: str, path: str) -> None:
    token = PASSWORD.encode().decode("latin-1")
    assert locked_door.ask(path, method=method, headers={"Authorization": f"bearer {token}"}).status_code == 200


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_who_signed_in_gets_everywhere(locked_door: Doorway, method: str, path: str) -> None:
    cookie = cookie_of(locked_door.sign_in())
    assert locked_door.ask(path, method=method, headers=cookie).status_code == 200


def test_every_way_in_counts_the_same_guesses_and_refuses_the_right_password_too_once_there_were_too_many(
    locked_door: Doorway,
) -> None:
    right = {"Authorization": "Bearer " + PASSWORD.encode().decode("latin-1")}
    cookie = cookie_of(locked_door.sign_in())
    locked_door.ask(headers={"Authorization": "Bearer wrong"})
    locked_door.ask("/api/v1/tasks", headers={"Authorization": "Bearer wrong"})
    locked_door.ask("/socket.io/?EIO=4&transport=polling", headers={"Authorization": "Bearer wrong"})
    for _ in range(FREE_GUESSES - 3):
        locked_door.now += 0.2  # no faster than all peers together may
        assert locked_door.sign_in("wrong").status_code == 401
    locked_door.inside.seen.clear()
    ways = ["/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling"]
    for answer in (*(locked_door.ask(path, headers=right) for path in ways), locked_door.sign_in()):
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert '"code":"too_many_attempts"' in answer.text
    assert locked_door.inside.seen == []
    assert locked_door.ask(headers=cookie).status_code == 200
    assert locked_door.sign_in(environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 303
    locked_door.now += 1
    assert locked_door.ask(headers=right).status_code == 200


def test_an_address_that_a_client_claims_gives_it_no_further_guesses(locked_door: Doorway) -> None:
    for number in range(FREE_GUESSES):
        locked_door.sign_in("wrong", headers={"X-Forwarded-For": f"192.0.2.{number}"})
    assert locked_door.sign_in(headers={"X-Forwarded-For": "192.0.2.99"}).status_code == 429


def test_behind_a_trusted_proxy_each_client_has_guesses_of_its_own() -> None:
    door = Doorway(password=PASSWORD, secret_key=KEY, trusted_proxies=(ip_network("127.0.0.1"),))
    for _ in range(FREE_GUESSES + 1):
        door.sign_in("wrong", headers={"X-Forwarded-For": "192.0.2.1"}, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    for address, status in (("192.0.2.1", 429), ("192.0.2.2", 303)):
        answer = door.sign_in(headers={"X-Forwarded-For": address}, environ_base={"REMOTE_ADDR": "127.0.0.1"})
        assert answer.status_code == status


def test_a_connection_of_whom_an_application_knows_ends_so_that_it_is_asked_again(locked_door: Doorway) -> None:
    application = Application(lambda *_: True, lambda _: nullcontext())
    authentication = Authentication(locked_door.protection, locked_door.sessions, application=application)
    ends = authentication.principal(Request(create_environ())).expires_at
    assert ends is not None
    assert 0 < ends - time.time() <= VOUCHED_SECONDS
