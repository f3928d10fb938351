"""The name by which a request addresses this server, and the site of the page that sent it."""

from __future__ import annotations

import pytest

from tests.unit.server.access.doorway import KEY, OWN, PASSWORD, Doorway


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000", "LOCALHOST"])
def test_without_a_password_names_of_this_machine_are_let_in(open_door: Doorway, host: str) -> None:
    assert open_door.ask(host=host).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling", "/healthz"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "192.168.1.5", "localhost.evil.example"])
def test_a_name_made_to_point_here_is_refused_for_everything(open_door: Doorway, host: str, path: str) -> None:
    answer = open_door.ask(path, host=host)
    assert answer.status_code == 421
    assert answer.content_type == "application/problem+json"
    assert open_door.inside.seen == []


@pytest.mark.parametrize("host", ["", "a b", "localhost:port", "localhost,evil.example"])
def test_a_host_header_that_is_none_is_refused_with_and_without_a_password(host: str) -> None:
    for door in (Doorway(), Doorway(password=PASSWORD, secret_key=KEY)):
        assert door.ask(host=host).status_code == 400


def test_the_configured_host_and_the_hosts_of_origins_are_names_of_this_server() -> None:
    door = Doorway(host="127.0.0.1", origins=("https://phloem.example",))
    assert door.ask(host="phloem.example").status_code == 200
    assert door.ask(host="phloem.example.org").status_code == 421


def test_with_a_password_any_name_may_lead_here(locked_door: Doorway) -> None:
    answer = locked_door.ask(
        host="phloem.example", headers={"Authorization": "Bearer " + PASSWORD.encode().decode("latin-1")}
    )
    assert answer.status_code == 200


GUARDED = [
    ("POST", "/api/v1/tasks", {}),
    ("PUT", "/api/v1/x", {}),
    ("PATCH", "/api/v1/x", {}),
    ("DELETE", "/api/v1/x", {}),
    ("GET", "/socket.io/?EIO=4&transport=polling", {}),
    ("GET", "/socket.io/?EIO=4&transport=websocket", {"Upgrade": "websocket"}),
    ("GET", "/anywhere", {"Upgrade": "WebSocket"}),
]


@pytest.mark.parametrize(
    ("sent", "let_in"),
    [
        ({"Origin": OWN}, True),
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://friend.example"}, True),
        ({"Origin": "https://FRIEND.example:443"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://localhost:9000"}, False),
        ({"Origin": "https://localhost:8000"}, False),
        ({"Origin": "http://localhost"}, False),
        ({"Origin": "http://127.0.0.1:8000"}, False),
        ({"Origin": "http://localhost:8000.evil.example"}, False),
        ({"Origin": "http://localhost:8000, http://evil.example"}, False),
        ({"Origin": "http://friend.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "anything"}, False),
    ],
)
@pytest.mark.parametrize(("method", "path", "more"), GUARDED)
def test_pages_of_other_origins_neither_connect_nor_change(
    method: str, path: str, more: dict[str, str], sent: dict[str, str], let_in: bool
) -> None:
    door = Doorway(origins=("https://friend.example",))
    answer = door.ask(path, method=method, headers={**more, **sent})
    assert answer.status_code == (200 if let_in else 403)
    assert len(door.inside.seen) == let_in


def test_reading_is_left_to_the_browser_which_shows_nothing_to_other_origins(open_door: Doorway) -> None:
    answer = open_door.ask("/api/v1/tasks", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_allowed_origin_may_read_the_answer() -> None:
    answer = Doorway(origins=("https://friend.example",)).ask(headers={"Origin": "https://friend.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://friend.example"
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "status"), [("https://friend.example", 204), ("https://evil.example", 403), ("null", 403)]
)
def test_a_preflight_is_answered_without_a_password(origin: str, status: int) -> None:
    door = Doorway(password=PASSWORD, secret_key=KEY, origins=("https://friend.example",))
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = door.ask("/api/v1/tasks", method="OPTIONS", headers=headers)
    assert answer.status_code == status
    if status == 204:
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert door.inside.seen == []
