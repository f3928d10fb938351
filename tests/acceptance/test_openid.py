"""Signing in at a certified OpenID Connect provider, with what docs/openid.md says."""

from __future__ import annotations

import re
import shlex
import sys
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
import socketio
import trustme
from playwright.sync_api import Browser, expect

from tests import nginx
from tests.browser.beside import Web
from tests.docs.pages import DOCS, variables
from tests.nginx import Nginx
from tests.openid.false_provider import CLIENT, FalseProvider, false_provider
from tests.openid.real_provider import client, real_provider, sign_in
from tests.processes import Stack, free_port
from tests.waiting import wait_until

HTML = {"Accept": "text/html"}
NAME = "Acme"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A server at which people sign in at the provider, and without a password."""
    made = Stack(tmp_path_factory.mktemp("openid"), variables(DOCS / "openid.md"), parts=("redis", "web"))
    port = free_port()
    behind = client(f"https://localhost:{port}/phloem", client_id="behind", token_endpoint_auth_method="none")
    del behind["client_secret"]
    with real_provider(client(made.url), behind) as issuer:
        made.environment |= {"PHLOEM_OIDC_ISSUER": issuer, "PHLOEM_URL": made.url, "PHLOEM_OIDC_NAME": NAME}
        made.environment["BEHIND"] = str(port)
        with made:
            yield made


def link(answer: requests.Response, text: str) -> str:
    """Where the link of that text on a page leads to."""
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>{re.escape(text)}</a>', answer.text)
    assert found is not None, answer.text
    return urljoin(answer.url, unescape(found[1]))


def as_person(stack: Stack | Web, name: str, path: str = "/") -> tuple[requests.Session, requests.Response]:
    """A browser in which a person has signed in, as far as they got."""
    browser = requests.Session()
    browser.headers.update(HTML)
    form = browser.get(f"{stack.url}{path}", timeout=40)
    assert form.status_code == 401
    at_provider = browser.get(link(form, f"Sign in with {NAME}"), timeout=40)
    return browser, sign_in(browser, at_provider, name)


def me(stack: Stack | Web, browser: requests.Session) -> dict[str, Any]:
    answer = browser.get(f"{stack.url}/api/v1/me", headers={"Accept": "*/*"}, timeout=40)
    return dict(answer.json())


@pytest.mark.parametrize(
    ("name", "role"), [("ada@phloem-admins", "admin"), ("grace@staff", "viewer")], ids=["admin", "viewer"]
)
def test_a_person_has_the_role_that_the_group_at_the_provider_gives(stack: Stack, name: str, role: str) -> None:
    browser, landed = as_person(stack, name, "/launch")
    assert (landed.status_code, landed.url) == (200, f"{stack.url}/launch")
    found = me(stack, browser)
    assert (found["name"], found["kind"], found["roles"]) == (name.partition("@")[0], "session", [role])
    launched = browser.post(f"{stack.url}/api/v1/tasks", json={"name": "x"}, timeout=40)
    assert (launched.status_code == 403) == (role == "viewer")


def test_who_signed_in_and_who_was_refused_is_told_in_the_audit(stack: Stack) -> None:
    browser, _ = as_person(stack, "ada@phloem-admins")
    as_person(stack, "eve@guests")

    def told() -> set[tuple[str | None, str, str]]:
        audit = browser.get(f"{stack.url}/api/v1/audit", headers={"Accept": "application/json"}, timeout=40).json()
        signed_in = [each for each in audit["entries"] if each["action"] == "sign_in"]
        return {(each["actor"], each["outcome"], each["code"]) for each in signed_in}

    wait_until(lambda: {("ada", "done", ""), (None, "refused", "role_missing")} <= told(), 40, lambda: str(told()))


def test_whom_no_group_gives_a_role_does_not_get_in(stack: Stack) -> None:
    browser, landed = as_person(stack, "mallory@guests")
    assert landed.status_code == 403
    assert f"{NAME} knows you as mallory, but nothing gives you a role here" in landed.text
    assert browser.get(stack.url, timeout=40).status_code == 401


@pytest.mark.parametrize("path", ["/", "/api/v1/tasks", "/metrics", "/socket.io/?EIO=4&transport=polling"])
def test_without_signing_in_nothing_answers_on_this_machine_either(stack: Stack, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer any"}, {"X-Forwarded-User": "ada"}):
        assert requests.get(f"{stack.url}{path}", headers=headers, timeout=40).status_code == 401


def test_who_signs_out_may_sign_out_of_the_provider_and_is_asked_again(stack: Stack) -> None:
    browser, _ = as_person(stack, "grace@staff")
    ended = browser.post(f"{stack.url}/sign-out", headers={"Origin": stack.url}, timeout=40)
    assert f"You are signed out here, and still signed in at {NAME}." in ended.text
    assert browser.get(stack.url, timeout=40).status_code == 401
    returned = sign_in(browser, browser.get(link(ended, f"Sign out of {NAME} as well"), timeout=40), "")
    assert returned.url == f"{stack.url}/"
    asked = browser.get(f"{stack.url}/sign-in/openid", timeout=40)
    assert 'name="login"' in asked.text, "the provider asks who it is"


def test_who_is_still_signed_in_at_the_provider_comes_back_by_one_click(stack: Stack) -> None:
    browser, _ = as_person(stack, "grace@staff")
    browser.post(f"{stack.url}/sign-out", headers={"Origin": stack.url}, timeout=40)
    assert browser.get(f"{stack.url}/sign-in/openid", timeout=40).status_code == 200
    assert me(stack, browser)["name"] == "grace"


@pytest.mark.browser
@pytest.mark.console_errors  # the form comes with 401
def test_a_browser_without_scripts_signs_in(stack: Stack, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stack.url}/launch")
    page.get_by_role("link", name=f"Sign in with {NAME}").click()
    page.locator("[name=login]").fill("grace@staff")
    page.locator("[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{stack.url}/launch")
    page.goto(f"{stack.url}/api/v1/me")
    assert '"name":"grace"' in page.content()
    context.close()


@pytest.fixture
def proxy(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nginx]:
    """A server as a public client, below a path, behind a proxy that ends TLS."""
    nginx.find()
    authority, port = trustme.CA(), int(stack.environment["BEHIND"])
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    trusting = {"PHLOEM_TRUSTED_PROXIES": "127.0.0.1", "PHLOEM_URL": "", "PHLOEM_OIDC_CLIENT_SECRET": ""}
    with (
        Web(stack, {**trusting, "PHLOEM_OIDC_CLIENT_ID": "behind"}) as web,
        Nginx(tmp_path / "nginx", [web.port], authority, port) as made,
    ):
        yield made.start()


def test_below_a_path_and_behind_a_proxy_that_ends_tls_a_public_client_comes_back_to_the_address_of_the_page(
    proxy: Nginx,
) -> None:
    with requests.Session() as browser:
        browser.headers.update(HTML)
        form = browser.get(f"{proxy.url}/launch", timeout=40)
        landed = sign_in(browser, browser.get(link(form, f"Sign in with {NAME}"), timeout=40), "grace@staff")
        assert (landed.status_code, landed.url) == (200, f"{proxy.url}/launch")
        assert "__Secure-phloem_session" in browser.cookies.get_dict(path="/phloem")


@pytest.mark.parametrize("worker", ["gthread --threads 20", "gevent"])
def test_under_gunicorn_people_sign_in_at_the_provider_look_at_tasks_and_sign_out(stack: Stack, worker: str) -> None:
    """The provider is one of its own, which knows the port of this server."""
    gunicorn = f"exec {shlex.quote(sys.executable)} -m gunicorn --graceful-timeout 1 --no-control-socket"
    command = f'{gunicorn} --bind "127.0.0.1:$PORT" --worker-class {worker} phloem_server.wsgi:application'
    web = Web(stack, {"PHLOEM_OIDC_NAME": NAME, "SERVED_BY": ""}, command)
    with real_provider(client(web.url)) as issuer:
        web.start(PHLOEM_OIDC_ISSUER=issuer, PHLOEM_URL=web.url)
        try:
            browser, landed = as_person(web, "ada@phloem-admins", "/launch")
            assert (landed.status_code, landed.url) == (200, f"{web.url}/launch")
            assert (me(web, browser)["name"], me(web, browser)["roles"]) == ("ada", ["admin"])
            assert as_person(web, "eve@guests")[1].status_code == 403
            cookie = {"Cookie": f"phloem_session={browser.cookies['phloem_session']}"}
            viewer = socketio.Client(reconnection=False)
            viewer.connect(web.url, headers=cookie, transports=["websocket"])
            sock = viewer.eio.ws.sock  # the library leaves one that was cut off to the collector
            assert viewer.call("watch", {"view": {}}, timeout=10)["ok"]
            ended = browser.post(f"{web.url}/sign-out", headers={"Origin": web.url}, timeout=40)
            wait_until(lambda: not viewer.connected, 40, "its connection ends")
            sock.close()
            returned = sign_in(browser, browser.get(link(ended, f"Sign out of {NAME} as well"), timeout=40), "")
            assert (returned.url, returned.status_code) == (f"{web.url}/", 401)
        finally:
            web.stop()


@pytest.fixture
def slow() -> Iterator[FalseProvider]:
    with false_provider() as provider:
        yield provider


def test_while_a_provider_does_not_answer_the_server_answers_everybody_else(stack: Stack, slow: FalseProvider) -> None:
    settings = {
        "PHLOEM_OIDC_ISSUER": slow.url,
        "PHLOEM_OIDC_CLIENT_ID": CLIENT,
        "PHLOEM_OIDC_CLIENT_SECRET": "",
        "PHLOEM_URL": "",
    }
    waits = threading.Event()
    slow.held["/token"] = waits
    with Web(stack, settings) as web, requests.Session() as person:
        back: list[requests.Response] = []
        thread = threading.Thread(
            target=lambda: back.append(person.get(f"{web.url}/sign-in/openid", headers=HTML, timeout=60))
        )
        thread.start()
        try:
            wait_until(lambda: "/token" in slow.asked, 40, "the code is on its way")
            for _ in range(20):
                assert requests.get(f"{web.url}/healthz", timeout=2).ok
            assert back == []
        finally:
            waits.set()
            thread.join()
    assert back[0].ok
