"""The way to the provider and back, as a browser goes it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from phloem.record.record import ChannelError
from phloem.record.stores.access import Identity
from phloem_server.access.people.openid.attempt import COOKIE
from phloem_server.access.people.openid.sign_in import OpenIDSignIn
from phloem_server.access.people.session_start import SessionStart
from phloem_server.access.people.sign_in import openid_address
from phloem_server.web import problem
from phloem_server.web.problem import Problem
from tests.openid.false_provider import DISCOVERY, FalseProvider
from tests.unit.server.access.people.openid.visitor import Visitor, at_provider

HOST = "http://localhost:8000"
PAGE = {"Accept": "text/html"}


class Start(SessionStart):
    """Remembers who came in, and begins no session."""

    def __init__(self, entered: list[tuple[Identity, str]]) -> None:
        self._entered = entered

    def enter(self, request: Request, identity: Identity, target: str, *, secure: bool) -> Response:
        self._entered.append((identity, target))
        return Response("in")


class Routes:
    """The two addresses, and a browser; `entered` has those who came in, and where they were sent."""

    def __init__(self, upstream: FalseProvider, **variables: str) -> None:
        visitor = Visitor(upstream, **variables)
        self.entered: list[tuple[Identity, str]] = []
        self.page_origin: str | None = None
        self.visitor = visitor
        self.start = Start(self.entered)
        self.browser = self.new_browser()

    def new_browser(self) -> Client:
        return Client(Request.application(self._answer))

    def ask(self, path: str, browser: Client | None = None, **options: Any) -> TestResponse:
        return (browser or self.browser).get(path, **{"base_url": HOST, "headers": PAGE, **options})

    def go(self, next_path: str = "/tasks/1", **options: Any) -> str:
        """Begins at the first address, and signs in at the provider: the path and query that lead back."""
        location = self.ask(openid_address("", next_path), **options).headers["Location"]
        back = urlsplit(at_provider(location))
        return f"{back.path}?{back.query}"

    def _answer(self, request: Request) -> Response:
        routes = OpenIDSignIn(self.visitor.provider, self.visitor.attempts, self.start, self.page_origin)
        try:
            return routes.answer(request, secure=request.scheme == "https")
        except Problem as refused:
            return problem.of_problem(refused)


@pytest.fixture
def routes(upstream: FalseProvider) -> Routes:
    return Routes(upstream)


def test_a_person_who_comes_back_from_the_provider_is_let_in_and_goes_on(routes: Routes) -> None:
    assert routes.ask(routes.go()).text == "in"
    assert routes.entered == [(Identity(kind="openid", name="ada", subject="1", role="viewer"), "/tasks/1")]


def test_the_cookie_between_the_two_is_short_lived_and_out_of_reach(routes: Routes) -> None:
    answer = routes.ask(openid_address("", "/"), base_url="https://localhost:8000")
    cookie = set(answer.headers["Set-Cookie"].split("; "))
    assert {"HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=600"} <= cookie
    assert answer.headers["Cache-Control"] == "no-store"


def test_over_https_a_cookie_counts_that_this_host_alone_can_have_set(routes: Routes) -> None:
    https: dict[str, Any] = {"base_url": "https://localhost:8000"}
    back = routes.go(**https)
    kept = routes.browser.get_cookie(f"__Host-{COOKIE}")
    assert kept is not None
    planted = routes.new_browser()
    planted.set_cookie(COOKIE, kept.value, path="/sign-in/openid")
    assert routes.ask(back, planted, **https).status_code == 400
    assert routes.ask(back, **https).text == "in"


def test_the_cookie_is_gone_whatever_came_of_it(routes: Routes) -> None:
    for path in (routes.go(), "/sign-in/openid/callback?state=x&code=y"):
        assert re.match(rf"{COOKIE}=;.*Max-Age=0", routes.ask(path).headers["Set-Cookie"])


def test_the_same_answer_does_not_count_again(routes: Routes) -> None:
    back = routes.go()
    kept = routes.browser.get_cookie(COOKIE, path="/sign-in/openid")
    assert kept is not None
    routes.ask(back)
    routes.browser.set_cookie(COOKIE, kept.value, path="/sign-in/openid")
    again = routes.ask(back)
    assert again.status_code == 400
    assert "This sign-in is over, or this browser did not begin it" in again.text
    assert len(routes.entered) == 1


def test_an_answer_does_not_count_in_another_browser(routes: Routes) -> None:
    back, other = routes.go(), routes.new_browser()
    assert routes.ask(back, other).status_code == 400
    routes.go(browser=other)
    assert routes.ask(back, other).status_code == 400
    assert routes.entered == []


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("error=access_denied&error_description=No.", 403, "did not sign you in (access_denied: No.)"),
        ("error=server_error", 403, "did not sign you in (server_error: it gives no reason)"),
        ("error=<b>&error_description=<i>", 403, "(&lt;b&gt;: &lt;i&gt;)"),
        ("code=", 403, "sent neither a code nor an error"),
        ("code=guessed", 403, "does not take its own code back"),
        ("code=x&iss=https://elsewhere.example", 403, "Another provider answers: it calls itself https://elsewhere"),
    ],
)
def test_a_person_who_is_not_let_in_reads_why_and_may_begin_again(
    routes: Routes, query: str, status: int, sentence: str
) -> None:
    state = parse_qs(urlsplit(routes.go()).query)["state"][0]
    answer = routes.ask(f"/sign-in/openid/callback?state={state}&{query}")
    assert (answer.status_code, answer.content_type) == (status, "text/html; charset=utf-8")
    assert sentence in answer.text
    assert 'href="/sign-in/openid?next=/"' in answer.text
    assert routes.entered == []


def test_a_person_without_a_role_reads_so(routes: Routes, upstream: FalseProvider) -> None:
    upstream.claims["groups"] = []
    answer = routes.ask(routes.go())
    assert answer.status_code == 403
    assert "knows you as ada, but nothing gives you a role here" in answer.text


def test_while_the_provider_is_away_a_person_reads_so_and_a_program_too(
    routes: Routes, upstream: FalseProvider
) -> None:
    upstream.answers[DISCOVERY] = (503, b"")
    answer = routes.ask("/sign-in/openid")
    assert answer.status_code == 503
    assert "The provider answered 503" in answer.text
    program = routes.ask("/sign-in/openid", headers={"Accept": "*/*"})
    assert (program.status_code, (program.json or {}).get("code")) == (503, "provider_failed")


def test_while_redis_is_away_a_person_reads_so(routes: Routes, monkeypatch: pytest.MonkeyPatch) -> None:
    def hold(*_: object) -> bool:
        raise ChannelError("Redis does not answer")

    back = routes.go()
    monkeypatch.setattr(routes.visitor.attempts._duties, "hold", hold)
    answer = routes.ask(back)
    assert answer.status_code == 503
    assert "Redis does not answer" in answer.text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/sign-in", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_afterwards(routes: Routes, target: str) -> None:
    routes.ask(routes.go(target))
    assert [to for _, to in routes.entered] == ["/"]


@pytest.mark.parametrize(
    ("page_origin", "root", "callback"),
    [
        (None, "", "http://localhost:8000/sign-in/openid/callback"),
        (None, "/phloem", "http://localhost:8000/phloem/sign-in/openid/callback"),
        ("https://tools.example.com", "/phloem", "https://tools.example.com/phloem/sign-in/openid/callback"),
    ],
)
def test_the_provider_sends_people_back_to_the_address_of_the_page(
    routes: Routes, page_origin: str | None, root: str, callback: str
) -> None:
    routes.page_origin = page_origin
    answer = routes.ask("/sign-in/openid", base_url=f"{HOST}{root}")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["redirect_uri"] == [callback]
    assert f"Path={root}/sign-in/openid" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/sign-in/openid", "/sign-in/openid/callback"])
def test_both_addresses_take_get_alone(routes: Routes, path: str) -> None:
    answer = routes.browser.post(path, base_url=HOST)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_who_has_signed_out_here_may_sign_out_there_as_well(routes: Routes, upstream: FalseProvider) -> None:
    def ended(accept: str) -> Response | None:
        ways = OpenIDSignIn(routes.visitor.provider, routes.visitor.attempts, routes.start)
        return ways.ended(Request({"HTTP_HOST": "localhost:8000", "wsgi.url_scheme": "http", "HTTP_ACCEPT": accept}))

    page = ended("text/html")
    assert page is not None
    text = page.get_data(as_text=True)
    assert f'href="{upstream.url}/end?client_id=phloem&amp;post_logout_redirect_uri=' in text
    assert f"still signed in at 127.0.0.1:{upstream.server_port}" in text
    assert ended("*/*") is None
