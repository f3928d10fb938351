"""Sessions, users, tokens and the audit on the page of who may do what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.beside import Web
from tests.browser.screen import wait_until_live
from tests.browser.test_axe import AXE, violations
from tests.conftest import OpenPage
from tests.processes import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.console_errors]  # the browser notes each refusal

PASSWORD = "open sesame"
USERS = {"ada": ("admin", "lovelace-1815"), "vera": ("viewer", "rubin-1928-x")}


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[Web]:
    """A server with a password and users, whose record is its own: from the first user on no server of it is open."""
    with Web(stack, {"PHLOEM_PASSWORD": PASSWORD, "PHLOEM_NAMESPACE": "people"}) as running:
        for name, (role, password) in USERS.items():
            call(running, "POST", "/users", json={"name": name, "role": role, "password": password})
        yield running


def call(web: Web, method: str, path: str, bearer: str = PASSWORD, **options: Any) -> requests.Response:
    """A call of a program."""
    headers = {"Authorization": f"Bearer {bearer}"}
    return requests.request(method, f"{web.url}/api/v1{path}", headers=headers, timeout=40, **options)


def sign_in(open_page: OpenPage, web: Web, name: str, password: str | None = None) -> Page:
    """The page of a user who has signed in, in a browser of their own."""
    page = open_page("about:blank", base_url=web.url)
    page.add_init_script(path=AXE)
    form: dict[str, str | float | bool] = {"name": name, "password": password or USERS[name][1]}
    page.request.post("/sign-in", form=form, headers={"Origin": web.origin})
    return page


def row(page: Page, key: str) -> Locator:
    return page.locator(f'[data-row="{key}"]')


def test_an_admin_adds_a_user_limits_them_and_removes_them(open_page: OpenPage, web: Web) -> None:
    page = sign_in(open_page, web, "ada")
    page.goto("/access/users")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_role("textbox", name="Name").fill("grace")
    page.get_by_role("button", name="Make one up").click()
    password = page.get_by_label("Password").input_value()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(row(page, "grace")).to_contain_text("Viewer")
    assert violations(page) == []

    hers = sign_in(open_page, web, "grace", password)
    hers.goto("/access/users")
    expect(hers.get_by_role("navigation", name="Parts of this page").get_by_role("link")).to_have_text(["Sessions"])
    assert hers.request.get("/api/v1/users").status == 403

    row(page, "grace").get_by_role("button", name="Change: grace").click()
    page.get_by_label("Role").select_option("operator")
    page.get_by_label("Owner").fill("customer-17")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "grace")).to_contain_text("tasks of customer-17")
    expect(hers.get_by_role("link", name="Sign in again")).to_have_attribute("href", "/sign-in?next=%2Faccess%2Fusers")

    row(page, "grace").get_by_role("button", name="Remove").click()
    row(page, "grace").get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(row(page, "grace")).to_have_count(0)
    assert "grace" not in call(web, "GET", "/users").text
    row(page, "ada").get_by_role("button", name="Remove").click()
    row(page, "ada").get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("alert")).to_contain_text("only admin")


def test_a_user_ends_their_other_sessions_and_keeps_this_one(open_page: OpenPage, web: Web) -> None:
    away, here = (sign_in(open_page, web, "vera") for _ in range(2))
    away.goto("/")
    wait_until_live(away)
    here.goto("/access")
    expect(here.locator("[data-row]")).to_have_count(2)
    expect(here.locator(".access-current")).to_have_count(1)
    assert violations(here) == []
    here.get_by_role("button", name="End all other sessions of mine").click()
    here.get_by_role("button", name="End them").click()
    expect(here.locator("[data-row]")).to_have_count(1)
    expect(away.get_by_role("link", name="Sign in again")).to_be_visible()
    here.reload()
    expect(here.locator(".access-current")).to_have_count(1)


def test_a_token_is_shown_once_and_works_until_it_is_revoked(open_page: OpenPage, web: Web) -> None:
    page = sign_in(open_page, web, "ada")
    page.goto("/access/tokens")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("textbox", name="Name").fill("grafana")
    page.get_by_role("button", name="Make it").click()
    token = page.get_by_label("Token", exact=True).input_value()
    assert call(web, "GET", "/me", bearer=token).json()["name"] == "grafana"
    assert violations(page) == []
    page.reload()
    made = page.locator("[data-row]", has_text="grafana")
    expect(made).to_contain_text("by ada")
    assert token not in page.content()
    made.get_by_role("button", name="Revoke").click()
    made.get_by_role("button", name="Revoke it").click()
    expect(made).to_have_count(0)
    wait_until(lambda: call(web, "GET", "/me", bearer=token).status_code == 401, 40, "the token is refused")


def test_the_audit_is_read_on_by_scrolling_filtered_and_exported(open_page: OpenPage, web: Web, tmp_path: Path) -> None:
    for number in range(60):
        call(web, "DELETE", f"/tokens/{number:016x}")
    shared = call(web, "POST", "/tokens", json={"owner": "acme", "expires": "1h"}).json()
    call(web, "DELETE", "/users/ada", bearer=shared["token"])
    page = sign_in(open_page, web, "ada")
    page.goto("/access/audit")
    rows = page.locator("[data-row]")
    refusal = rows.filter(has_text=f"token {shared['id'][:6]}…")
    expect(refusal.locator(".access-outcome")).to_have_text("refusednot permitted")
    expect(rows).to_have_count(50)
    page.mouse.wheel(0, 10_000)
    expect(rows.nth(60)).to_be_attached()
    assert violations(page) == []
    page.get_by_label("Who").fill("ada")
    page.get_by_label("Who").press("Enter")
    page.get_by_label("Action").select_option("sign_in")
    expect(page.locator(".access-who b", has_not_text="ada")).to_have_count(0)
    expect(rows.first).to_contain_text("sign in")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "audit.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert lines
    assert {(line["actor"], line["action"]) for line in lines} == {("ada", "sign_in")}
