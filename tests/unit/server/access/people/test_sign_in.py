"""Signing in and out: the form, the cookie, and where the browser goes afterwards."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest

from phloem_server.access.people.cookies import COOKIE
from phloem_server.access.people.guesses.throttle import FREE_GUESSES
from phloem_server.access.people.sessions import SessionTokens
from phloem_server.access.people.sign_in import local_path
from tests.unit.server.access.doorway import KEY, PAGE, PASSWORD, Doorway, cookie_of


def test_a_person_who_asks_for_a_page_is_asked_to_sign_in_and_lands_there(locked_door: Doorway) -> None:
    asked = locked_door.ask("/tasks/a%20b?x=<1>", headers=PAGE)
    assert asked.status_code == 401
    assert asked.content_type == "text/html; charset=utf-8"
    assert asked.headers["Cache-Control"] == "no-store"
    target = re.search(r'name="next" value="([^"]*)"', asked.text)
    assert target is not None
    signed_in = locked_door.sign_in(next="/tasks/a%20b?x=1")
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/tasks/a%20b?x=1")


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(locked_door: Doorway) -> None:
    cookie = locked_door.sign_in().headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert PASSWORD not in cookie


def test_the_cookie_is_secure_over_https_also_behind_a_proxy_that_ends_it() -> None:
    direct = Doorway(password=PASSWORD, secret_key=KEY)
    assert "Secure" in direct.sign_in(base_url="https://localhost:8000").headers["Set-Cookie"]
    behind = Doorway(password=PASSWORD, secret_key=KEY, origins=("https://phloem.example",))
    answer = behind.sign_in(host="phloem.example", headers={"Origin": "https://phloem.example"})
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_wrong_password_is_told_and_keeps_the_target(locked_door: Doorway) -> None:
    answer = locked_door.sign_in("guess", next="/tasks/1")
    assert answer.status_code == 401
    assert "That is not the password." in answer.text
    assert 'value="/tasks/1"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_person_whose_guesses_were_too_many_gets_the_form_again_and_reads_when_to_come_back(
    locked_door: Doorway,
) -> None:
    answers = [locked_door.sign_in("wrong", next="/tasks/1", headers=PAGE) for _ in range(FREE_GUESSES + 1)]
    assert [answer.status_code for answer in answers] == [401] * FREE_GUESSES + [429]
    assert "Try again in 1 s." in answers[-1].text
    assert 'value="/tasks/1"' in answers[-1].text
    assert answers[-1].headers["Retry-After"] == "1"


def test_an_empty_form_is_no_guess(locked_door: Doorway) -> None:
    for _ in range(FREE_GUESSES + 1):
        assert "Type the password." in locked_door.sign_in("").text


def test_signing_out_takes_the_cookie_away(locked_door: Doorway) -> None:
    answer = locked_door.ask("/sign-out", method="POST")
    assert answer.status_code == 303
    assert re.search(rf"{COOKIE}=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)", answer.headers["Set-Cookie"])
    assert locked_door.ask("/sign-out").status_code == 405


def test_a_page_of_another_origin_cannot_sign_anybody_in(locked_door: Doorway) -> None:
    answer = locked_door.sign_in(headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_a_form_beyond_what_a_password_needs_is_refused(locked_door: Doorway) -> None:
    assert locked_door.sign_in("x" * 10_000).status_code == 413


def test_without_a_password_there_is_nothing_to_sign_in_to(open_door: Doorway) -> None:
    for path in ("/sign-in", "/sign-out"):
        answer = open_door.ask(path, method="POST")
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
def test_after_signing_in_one_lands_on_this_server_only(locked_door: Doorway, target: str, path: str) -> None:
    assert local_path(target) == path
    assert locked_door.sign_in(next=target).headers["Location"] == path


def test_what_was_asked_for_cannot_write_into_the_form(locked_door: Doorway) -> None:
    text = locked_door.ask('/"><script>alert(1)</script>?"><script>', headers=PAGE).text
    assert "<script" not in text


def test_the_style_of_the_sign_in_page_is_the_one_its_policy_allows(locked_door: Doorway) -> None:
    answer = locked_door.ask(headers=PAGE)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.text


def test_the_form_can_be_asked_for_by_itself(locked_door: Doorway) -> None:
    answer = locked_door.ask("/sign-in?next=/launch")
    assert answer.status_code == 200
    assert 'name="next" value="/launch"' in answer.text


@pytest.mark.parametrize(("path", "allowed"), [("/sign-in", "GET, POST"), ("/sign-out", "POST")])
def test_other_methods_are_told_which_are_right(locked_door: Doorway, path: str, allowed: str) -> None:
    answer = locked_door.ask(path, method="PUT")
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


def test_below_a_prefix_form_cookie_and_redirects_stay_below_it() -> None:
    door = Doorway(password=PASSWORD, secret_key=KEY)
    root = {"SCRIPT_NAME": "/phloem"}
    asked = door.ask("/tasks/1", headers=PAGE, environ_overrides=root)
    assert 'action="/phloem/sign-in"' in asked.text
    assert 'value="/phloem/tasks/1"' in asked.text
    signed_in = door.sign_in(next="/phloem/tasks/1", environ_overrides=root)
    assert signed_in.headers["Location"] == "/phloem/tasks/1"
    assert "Path=/phloem" in signed_in.headers["Set-Cookie"].split("; ")
    assert door.sign_in(next="/elsewhere", environ_overrides=root).headers["Location"] == "/phloem/"
    signed_out = door.ask("/sign-out", method="POST", environ_overrides=root)
    assert signed_out.headers["Location"] == "/phloem/"
    assert "Path=/phloem" in signed_out.headers["Set-Cookie"].split("; ")


@pytest.mark.parametrize(
    ("url", "root", "name"),
    [
        ("http://localhost:8000", "", COOKIE),
        ("https://localhost:8000", "", f"__Host-{COOKIE}"),
        ("https://localhost:8000", "/phloem", f"__Secure-{COOKIE}"),
        ("http://localhost:8000", "/phloem", COOKIE),
    ],
)
def test_over_https_the_name_of_the_cookie_keeps_other_hosts_from_planting_one(
    locked_door: Doorway, url: str, root: str, name: str
) -> None:
    place: dict[str, Any] = {"base_url": url, "environ_overrides": {"SCRIPT_NAME": root}}
    cookie = cookie_of(locked_door.sign_in(**place))
    assert cookie["Cookie"].startswith(f"{name}=")
    assert locked_door.ask("/api/v1/tasks", headers=cookie, **place).status_code == 200
    planted = {"Cookie": f"{COOKIE}={cookie['Cookie'].partition('=')[2]}"}
    expected = 401 if url.startswith("https") else 200
    assert locked_door.ask("/api/v1/tasks", headers=planted, **place).status_code == expected
    signed_out = locked_door.ask("/sign-out", method="POST", headers=cookie, **place)
    assert any(each.startswith(f"{name}=;") for each in signed_out.headers.getlist("Set-Cookie"))


def test_signing_in_ends_the_session_that_the_browser_had_and_begins_another(locked_door: Doorway) -> None:
    """A session that somebody else planted there is of no use to them afterwards."""
    planted = cookie_of(locked_door.sign_in())
    cookie = cookie_of(locked_door.sign_in(headers=planted))
    assert cookie != planted
    assert locked_door.ask("/api/v1/tasks", headers=cookie).status_code == 200
    assert locked_door.ask("/api/v1/tasks", headers=planted).status_code == 401
    assert len(locked_door.store.ids()) == 1


def test_a_session_id_of_the_browsers_choice_is_never_taken(locked_door: Doorway) -> None:
    token = SessionTokens(PASSWORD, lambda: KEY).issue("chosen")
    cookie = cookie_of(locked_door.sign_in(headers={"Cookie": f"{COOKIE}={token}"}))
    assert "chosen" not in locked_door.store.ids()
    assert cookie["Cookie"] != f"{COOKIE}={token}"
