"""The name by which a request addresses this server, and the site of the page that sent it."""

from __future__ import annotations

import pytest

from phloem_server.access.principal import SINGLE_TASKS, principal_of
from phloem_server.web.paths import PUBLIC
from tests.unit.server.access.doorway import KEY, OWN, PASSWORD, Doorway, cookie_of


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
    assert door.ask(host="phloem.example:8000").status_code == 421  # where a browser would send it to this machine


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


def test_pages_that_may_not_connect_are_logged_once_for_each_origin_and_at_most_twenty_of_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    door = Doorway()

    def knock(*origins: str) -> list[str]:
        caplog.clear()
        for origin in origins:
            door.ask("/socket.io/?EIO=4&transport=websocket", headers={"Origin": origin})
        return [record.getMessage() for record in caplog.records]

    theirs = "http://127.0.0.1:9000"
    assert knock(theirs, theirs, OWN, "null") == [
        f"A page of {theirs} may not connect: PHLOEM_ORIGINS does not name that origin."
    ]
    assert len(knock(*(f"http://{number}.example" for number in range(30)))) == 19


GUEST = {"Origin": "https://FRIEND.example:443"}


@pytest.mark.parametrize(
    ("method", "path", "let_in"),
    [
        ("GET", "/socket.io/?EIO=4&transport=polling", True),
        ("POST", "/socket.io/?EIO=4&transport=polling&sid=1", True),
        ("GET", "/socket.io/?EIO=4&transport=websocket", True),
        ("GET", "/api/v1/tasks/1", True),
        ("HEAD", "/api/v1/tasks/1", True),
        ("GET", "/api/v1/tasks/1/log", True),
        ("GET", "/healthz", True),
        ("GET", "/embed.js", True),
        ("GET", "/", False),
        ("GET", "/metrics", False),
        ("GET", "/api/v1/tasks", False),
        ("GET", "/api/v1/session", False),
        ("GET", "/api/v1/registry", False),
        ("GET", "/api/v1/workers", False),
        ("GET", "/api/v1/mailbox", False),
        ("GET", "/api/v1/files/1", False),
        ("POST", "/api/v1/tasks", False),
        ("POST", "/api/v1/tasks/1/revoke", False),
        ("POST", "/api/v1/uploads", False),
        ("DELETE", "/api/v1/tasks/1", False),
        ("POST", "/sign-in", False),
        ("POST", "/sign-out", False),
    ],
)
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_a_page_of_an_allowed_origin_looks_at_single_tasks_and_changes_nothing_with_its_visitors_cookie(
    password: str | None, method: str, path: str, let_in: bool
) -> None:
    door = Doorway(password=password, secret_key=KEY, origins=("https://friend.example",))
    cookie = {} if password is None else cookie_of(door.sign_in())
    answer = door.ask(path, method=method, headers={**GUEST, **cookie})
    assert answer.status_code == (200 if let_in else 403)
    assert len(door.inside.seen) == let_in
    if let_in and path not in PUBLIC:
        principal = principal_of(door.inside.seen[0])
        assert (principal.scope, principal.roles) == (SINGLE_TASKS, frozenset())


def test_a_page_of_an_allowed_origin_that_sends_the_password_itself_may_do_what_programs_may() -> None:
    door = Doorway(password=PASSWORD, secret_key=KEY, origins=("https://friend.example",))
    bearer = {"Authorization": "Bearer " + PASSWORD.encode().decode("latin-1")}
    assert door.ask("/api/v1/tasks", method="POST", headers={**GUEST, **bearer}).status_code == 200
    assert principal_of(door.inside.seen[0]).scope is None


@pytest.mark.parametrize(
    ("settings", "host", "headers"),
    [
        ({}, "phloem.example", {}),
        ({}, "phloem.example:443", {"Origin": "https://phloem.example:443"}),
        ({}, "127.0.0.1:8000", {"Sec-Fetch-Site": "same-origin"}),
        ({"page_origin": "https://phloem.example"}, "127.0.0.1:8000", {}),
    ],
)
def test_behind_a_proxy_that_ends_tls_the_page_of_this_server_is_no_guest(
    settings: dict[str, str], host: str, headers: dict[str, str]
) -> None:
    door = Doorway(origins=("https://phloem.example",), **settings)
    headers = {"Origin": "https://phloem.example", **headers}
    assert door.ask("/api/v1/tasks", method="POST", host=host, headers=headers).status_code == 200
    assert principal_of(door.inside.seen[0]).scope is None


def test_the_address_in_phloem_url_is_one_of_this_servers_own_and_needs_no_second_setting() -> None:
    door = Doorway(page_origin="https://phloem.example")
    headers = {"Origin": "https://phloem.example"}
    for host in ("phloem.example", "127.0.0.1:8000"):
        assert door.ask("/api/v1/tasks", method="POST", host=host, headers=headers).status_code == 200
    assert principal_of(door.inside.seen[0]).scope is None
    assert door.ask("/", host="phloem.example.org").status_code == 421


def test_another_port_of_the_same_host_is_another_page() -> None:
    door = Doorway(origins=("http://127.0.0.1:9000",))
    headers = {"Origin": "http://127.0.0.1:9000"}
    assert door.ask("/api/v1/tasks", method="POST", host="127.0.0.1:8000", headers=headers).status_code == 403


def test_files_and_mail_are_not_taken_in_by_pages_of_any_other_origin() -> None:
    door = Doorway(origins=("https://friend.example",))
    policies = [
        door.ask(path).headers["Cross-Origin-Resource-Policy"]
        for path in ("/embed.js", "/api/v1/files/1", "/api/v1/mailbox/1/attachments/1")
    ]
    assert policies == ["cross-origin", "same-origin", "same-origin"]


def test_reading_is_left_to_the_browser_which_shows_nothing_to_other_origins(open_door: Doorway) -> None:
    answer = open_door.ask("/api/v1/tasks", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_allowed_origin_may_read_the_answer() -> None:
    door = Doorway(origins=("https://friend.example",))
    answer = door.ask("/api/v1/tasks/1", headers={"Origin": "https://friend.example"})
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


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/api/v1/tasks/4f2a", "authorization", 204),
        ("/api/v1/tasks/4f2a", "content-type, Authorization", 204),
        ("/api/v1/tasks/4f2a", "content-type", 403),
        ("/sign-out", "authorization", 403),
    ],
)
def test_a_page_that_will_bring_a_token_may_ask_whatever_its_origin_is(
    open_door: Doorway, path: str, asked: str, status: int
) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    answer = open_door.ask(path, method="OPTIONS", headers={**headers, "Access-Control-Request-Headers": asked})
    assert answer.status_code == status
    assert answer.headers.get("Access-Control-Allow-Origin") == ("*" if status == 204 else None)
    assert open_door.inside.seen == []


def test_a_page_of_another_origin_tries_no_password() -> None:
    door = Doorway(password=PASSWORD, secret_key=KEY)
    for word in (PASSWORD.encode().decode("latin-1"), "guess"):
        headers = {"Origin": "https://evil.example", "Authorization": f"Bearer {word}"}
        answer = door.ask("/api/v1/tasks", headers=headers)
        assert (answer.status_code, answer.json["code"] if answer.json else "") == (403, "origin_refused")
    assert door.inside.seen == []
