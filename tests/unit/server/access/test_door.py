"""The door: who gets in, for pages, HTTP calls and Socket.IO alike."""

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from phloem_server.access.door import Door
from phloem_server.access.passwords import LIFETIME, WRONG_AT_ONCE, Guessing, Sessions
from phloem_server.access.sign_in import COOKIE, local_path
from phloem_server.settings import Config
from phloem_server.web.hosts import parse_host, parse_origin

PASSWORD = "open sesame ∞"
KEY = "k" * 32
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OWN = "http://localhost:8000"


class Inside:
    """What stands behind the door; remembers who came in."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.seen.append(environ)
        if environ["PATH_INFO"] == "/bug":
            raise RuntimeError("secret internals")
        if environ["PATH_INFO"] == "/gone":
            raise BrokenPipeError
        headers = {"Content-Security-Policy": "sandbox"} if environ["PATH_INFO"] == "/own" else {}
        return Response("inside", headers=headers)(environ, start_response)


class House:
    """A door, what is behind it, and a client without cookies of its own in front."""

    def __init__(self, **settings: Any) -> None:
        self.inside = Inside()
        self.slept: list[float] = []
        self.door = Door(self.inside, Config(**settings), sleep=self.slept.append)
        self.client = Client(self.door, use_cookies=False)

    def ask(self, path: str = "/", *, method: str = "GET", host: str = "localhost:8000", **kwargs: Any) -> TestResponse:
        headers = {"Host": host, **kwargs.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **kwargs)

    def sign_in(self, password: str = PASSWORD, **kwargs: Any) -> TestResponse:
        data = {"password": password, "next": kwargs.pop("next", "/")}
        return self.ask("/sign-in", method="POST", data=data, **kwargs)


@pytest.fixture
def open_house() -> House:
    return House()


@pytest.fixture
def locked() -> House:
    return House(password=PASSWORD, secret_key=KEY)


def cookie_of(answer: TestResponse) -> dict[str, str]:
    value = re.match(rf"{COOKIE}=([^;]*)", answer.headers["Set-Cookie"])
    assert value is not None
    return {"Cookie": f"{COOKIE}={value[1]}"}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/tasks"])
def test_a_query_that_is_no_text_is_refused(locked: House, path: str) -> None:
    answer = locked.ask(path, environ_overrides={"QUERY_STRING": "next=\xff"})
    assert answer.status_code == 400
    assert "not UTF-8 from its byte 5" in answer.text


# --- origins and hosts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("HTTPS://Example.COM", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://[0:0::1]:8000", "http://[::1]:8000"),
        ("null", None),
        ("", None),
        ("*", None),
        ("example.com", None),
        ("file://", None),
        ("ftp://example.com", None),
        ("https://example.com/", None),
        ("https://user@example.com", None),
        ("https://example.com:0", None),
        ("https://example.com:65536", None),
        ("https://example.com:", None),
        ("https://[::1", None),
        ("https://exa mple.com", None),
        ("https://example.com?x", None),
        ("https://-example.com", None),
    ],
)
def test_an_origin_has_one_spelling_or_is_none(text: str, spelling: str | None) -> None:
    assert parse_origin(text) == spelling


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Localhost", ("localhost", None)),
        ("a.example:80", ("a.example", 80)),
        ("[::1]:8000", ("::1", 8000)),
        ("[::1]", ("::1", None)),
        ("::1", None),
        ("a b", None),
        ("a/b", None),
        ("a:b", None),
        ("a@b", None),
        ("[::1]x", None),
        ("a, b", None),
        ("", None),
    ],
)
def test_a_host_header_is_taken_apart_or_refused(text: str, host: object) -> None:
    assert parse_host(text) == host


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000", "LOCALHOST"])
def test_without_a_password_names_of_this_machine_are_let_in(open_house: House, host: str) -> None:
    assert open_house.ask(host=host).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/tasks", "/socket.io/?EIO=4&transport=polling", "/healthz"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "192.168.1.5", "localhost.evil.example"])
def test_a_name_made_to_point_here_is_refused_for_everything(open_house: House, host: str, path: str) -> None:
    answer = open_house.ask(path, host=host)
    assert answer.status_code == 421
    assert answer.content_type == "application/problem+json"
    assert open_house.inside.seen == []


@pytest.mark.parametrize("host", ["", "a b", "localhost:port", "localhost,evil.example"])
def test_a_host_header_that_is_none_is_refused_with_and_without_a_password(host: str) -> None:
    for house in (House(), House(password=PASSWORD, secret_key=KEY)):
        assert house.ask(host=host).status_code == 400


def test_the_configured_host_and_the_hosts_of_origins_are_names_of_this_server() -> None:
    house = House(host="127.0.0.1", origins=("https://phloem.example",))
    assert house.ask(host="phloem.example").status_code == 200
    assert house.ask(host="phloem.example.org").status_code == 421


def test_with_a_password_any_name_may_lead_here(locked: House) -> None:
    answer = locked.ask(
        host="phloem.example", headers={"Authorization": "Bearer " + PASSWORD.encode().decode("latin-1")}
    )
    assert answer.status_code == 200


# --- the page that asks ------------------------------------------------------------------------

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
    house = House(origins=("https://friend.example",))
    answer = house.ask(path, method=method, headers={**more, **sent})
    assert answer.status_code == (200 if let_in else 403)
    assert len(house.inside.seen) == let_in


def test_reading_is_left_to_the_browser_which_shows_nothing_to_other_origins(open_house: House) -> None:
    answer = open_house.ask("/api/v1/tasks", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_allowed_origin_may_read_the_answer() -> None:
    answer = House(origins=("https://friend.example",)).ask(headers={"Origin": "https://friend.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://friend.example"
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "status"), [("https://friend.example", 204), ("https://evil.example", 403), ("null", 403)]
)
def test_a_preflight_is_answered_without_a_password(origin: str, status: int) -> None:
    house = House(password=PASSWORD, secret_key=KEY, origins=("https://friend.example",))
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = house.ask("/api/v1/tasks", method="OPTIONS", headers=headers)
    assert answer.status_code == status
    if status == 204:
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert house.inside.seen == []


# --- who asks ----------------------------------------------------------------------------------

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
        {"Cookie": f"{COOKIE}={Sessions('another', KEY).issue()}"},
        {"Cookie": f"{COOKIE}={Sessions(PASSWORD, 'another key').issue()}"},
    ],
)
def test_with_a_password_nothing_answers_without_it(
    locked: House, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = locked.ask(path, method=method, headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert locked.inside.seen == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_and_readiness_need_no_password(locked: House, path: str) -> None:
    assert locked.ask(path).status_code == 200


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_the_password_as_bearer_token_lets_programs_in(locked: House, method: str, path: str) -> None:
    token = PASSWORD.encode().decode("latin-1")
    assert locked.ask(path, method=method, headers={"Authorization": f"bearer {token}"}).status_code == 200
    assert locked.slept == []


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_who_signed_in_gets_everywhere(locked: House, method: str, path: str) -> None:
    cookie = cookie_of(locked.sign_in())
    assert locked.ask(path, method=method, headers=cookie).status_code == 200


def test_a_person_who_asks_for_a_page_is_asked_to_sign_in_and_lands_there(locked: House) -> None:
    asked = locked.ask("/tasks/a%20b?x=<1>", headers=PAGE)
    assert asked.status_code == 401
    assert asked.content_type == "text/html; charset=utf-8"
    assert asked.headers["Cache-Control"] == "no-store"
    target = re.search(r'name="next" value="([^"]*)"', asked.text)
    assert target is not None
    signed_in = locked.sign_in(next="/tasks/a%20b?x=1")
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/tasks/a%20b?x=1")


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(locked: House) -> None:
    cookie = locked.sign_in().headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert PASSWORD not in cookie


def test_the_cookie_is_secure_over_https_also_behind_a_proxy_that_ends_it() -> None:
    direct = House(password=PASSWORD, secret_key=KEY)
    assert "Secure" in direct.sign_in(base_url="https://localhost:8000").headers["Set-Cookie"]
    behind = House(password=PASSWORD, secret_key=KEY, origins=("https://phloem.example",))
    answer = behind.sign_in(host="phloem.example", headers={"Origin": "https://phloem.example"})
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_wrong_password_is_told_a_second_late_and_keeps_the_target(locked: House) -> None:
    answer = locked.sign_in("guess", next="/tasks/1")
    assert answer.status_code == 401
    assert "That is not the password." in answer.text
    assert 'value="/tasks/1"' in answer.text
    assert "Set-Cookie" not in answer.headers
    assert locked.slept == [1.0]


def test_the_right_password_is_never_held_up_by_wrong_ones(locked: House) -> None:
    for _ in range(100):
        locked.ask(headers={"Authorization": "Bearer wrong"})
        locked.sign_in("wrong")
    locked.slept.clear()
    assert locked.sign_in().status_code == 303
    assert locked.slept == []


def test_wrong_passwords_beyond_a_number_are_refused_without_waiting() -> None:
    guessing: Guessing
    results: list[bool] = []
    depth = 0

    def one_more(_: float) -> None:
        nonlocal depth
        depth += 1
        if depth <= WRONG_AT_ONCE:
            results.append(guessing.wrong())

    guessing = Guessing(one_more)
    assert guessing.wrong()
    assert results == [False] + [True] * (WRONG_AT_ONCE - 1)
    assert guessing.wrong()


def test_a_session_ends_with_its_time_and_with_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(PASSWORD, KEY)
    token = sessions.issue()
    assert Sessions(PASSWORD, KEY).is_valid(token)
    assert not Sessions("changed", KEY).is_valid(token)
    said, signature = token.rsplit(".", 1)
    assert not sessions.is_valid(f"{said}.{signature.swapcase()}")
    later = time.time() + LIFETIME + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert not sessions.is_valid(token)


def test_signing_out_takes_the_cookie_away(locked: House) -> None:
    answer = locked.ask("/sign-out", method="POST")
    assert answer.status_code == 303
    assert re.search(rf"{COOKIE}=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)", answer.headers["Set-Cookie"])
    assert locked.ask("/sign-out").status_code == 405


def test_a_page_of_another_origin_cannot_sign_anybody_in(locked: House) -> None:
    answer = locked.sign_in(headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_a_form_beyond_what_a_password_needs_is_refused(locked: House) -> None:
    assert locked.sign_in("x" * 10_000).status_code == 413


def test_without_a_password_there_is_nothing_to_sign_in_to(open_house: House) -> None:
    for path in ("/sign-in", "/sign-out"):
        answer = open_house.ask(path, method="POST")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/tasks/1?x=1&y=%20#log", "/tasks/1?x=1&y=%20#log"),
        ("", "/"),
        ("tasks", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("\t//evil.example", "/"),
        (" //evil.example", "/"),
        ("http:evil.example", "/"),
        ("http://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/é", "/"),
        ("/" + "x" * 3000, "/"),
        ("/sign-in?next=/", "/"),
        ("/sign-out", "/"),
    ],
)
def test_after_signing_in_one_lands_on_this_server_only(locked: House, target: str, path: str) -> None:
    assert local_path(target) == path
    assert locked.sign_in(next=target).headers["Location"] == path


def test_what_was_asked_for_cannot_write_into_the_form(locked: House) -> None:
    text = locked.ask('/"><script>alert(1)</script>?"><script>', headers=PAGE).text
    assert "<script" not in text


# --- what every answer carries -----------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda house: house.ask(),
        lambda house: house.ask(host="evil.example"),
        lambda house: house.ask("/", method="POST", headers={"Origin": "null"}),
        lambda house: House(password=PASSWORD, secret_key=KEY).ask(headers=PAGE),
        lambda house: House(password=PASSWORD, secret_key=KEY).ask(),
    ],
)
def test_every_answer_tells_browsers_to_be_strict(open_house: House, ask: Callable[[House], TestResponse]) -> None:
    headers = ask(open_house).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    # With no-referrer, browsers send `Origin: null` for the forms of our own pages.
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_policy_names_the_sockets_of_the_host_that_was_asked(open_house: House) -> None:
    policy = open_house.ask(host="[::1]:8000").headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://[::1]:8000 wss://[::1]:8000;" in policy


def test_a_header_of_the_answer_itself_is_kept(open_house: House) -> None:
    assert open_house.ask("/own").headers.get_all("Content-Security-Policy") == ["sandbox"]


def test_the_style_of_the_sign_in_page_is_the_one_its_policy_allows(locked: House) -> None:
    answer = locked.ask(headers=PAGE)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.text


def test_compression_of_web_sockets_is_never_offered_to_the_server(open_house: House) -> None:
    open_house.ask("/socket.io/", headers={"Sec-WebSocket-Extensions": "permessage-deflate"})
    assert "HTTP_SEC_WEBSOCKET_EXTENSIONS" not in open_house.inside.seen[0]


def test_an_error_behind_the_door_is_told_as_an_id_only(open_house: House, caplog: pytest.LogCaptureFixture) -> None:
    answer = open_house.ask("/bug")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "secret internals" in caplog.text


def test_a_client_that_left_is_no_error(open_house: House, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BrokenPipeError):
        open_house.ask("/gone")
    assert caplog.records == []
