"""The page offers what its user may do, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, row, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

VIEWER = {"name": "vera", "kind": "session", "roles": ["viewer"], "actions": ["see"], "owner": None}
OPERATOR = VIEWER | {
    "name": "Olga Ω",
    "roles": ["viewer", "operator"],
    "actions": ["see", "launch", "revoke", "retry", "run", "share", "views"],
}


def open_as(open_page: OpenPage, user: dict[str, Any], address: str = "/") -> Page:
    """A page whose server says that this is its user."""
    page = open_page("about:blank")
    page.route("**/api/v1/me", lambda route: route.fulfill(json=user))
    page.goto(address)
    wait_until_live(page)
    return page


def test_a_viewer_is_offered_nothing_that_changes_anything(open_page: OpenPage, api: Api, sample: Send) -> None:
    ended, waiting = sample("echo", 1), sample("echo", 1, countdown=3600)
    api.ended(ended)
    page = open_as(open_page, VIEWER, f"/tasks/{ended}")
    expect(page.locator(".tabs a")).to_have_text(["Tasks", "Workers", "Queues", "Schedule", "Now"])
    expect(article(page, ended)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Retry|Revoke|Terminate"))).to_have_count(0)
    page.goto(f"/tasks/{waiting}")
    expect(article(page, waiting)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Retry|Revoke|Terminate"))).to_have_count(0)
    page.goto("/")
    row(page, ended).get_by_role("checkbox").check()
    expect(page.locator(".bulk").get_by_role("button")).to_have_text(["Copy ids", "Clear selection"])
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).not_to_contain_text("launched")
    page.goto("/schedule")
    wait_until_live(page)
    expect(page.get_by_role("button", name=re.compile("Run now"))).to_have_count(0)
    page.goto("/launch")
    expect(page.get_by_role("heading", name="Not open to you")).to_be_visible()
    expect(page.get_by_role("button", name="Launch")).to_have_count(0)


def test_somebody_limited_to_an_owner_gets_no_boards_and_no_searches_of_others(open_page: OpenPage, api: Api) -> None:
    api.session.post(f"{api.url}/api/v1/views", json={"name": "Rival", "search": "owner:rival"}).raise_for_status()
    anyone, page = open_page("/"), open_as(open_page, OPERATOR | {"owner": "shop-7"})
    for each in (anyone, page):
        each.get_by_role("button", name="Views").click()
    expect(anyone.get_by_role("link", name="Rival")).to_be_visible()
    expect(page.get_by_role("group", name="Saved searches")).to_have_text("Searches that you save stand here.")
    api.session.delete(f"{api.url}/api/v1/views/Rival").raise_for_status()
    page.keyboard.press("Escape")
    expect(page.locator(".tabs a")).to_have_text(["Tasks", "Launch"])
    page.goto("/queues")
    expect(page.get_by_role("main")).to_contain_text("you see those of one owner")
    page.get_by_role("button", name="Signed in as Olga Ω").click()
    expect(page.get_by_role("group", name="Signed in as Olga Ω")).to_contain_text("Sees the tasks of shop-7.")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.console_errors  # the browser notes the refusal
def test_what_is_refused_all_the_same_is_said_and_no_longer_offered(open_page: OpenPage, send: Send) -> None:
    page = open_as(open_page, OPERATOR, f"/tasks/{send(duration=0)}")
    retry = page.get_by_role("button", name="Retry", exact=True)
    expect(retry).to_be_visible()
    page.route("**/api/v1/me", lambda route: route.fulfill(json=OPERATOR | {"actions": ["see"]}))
    said = "You may not do this: it needs the right to run tasks again."
    page.route("**/retry", lambda route: route.fulfill(status=403, json={"code": "forbidden", "detail": said}))
    retry.click()
    expect(page.get_by_role("alert")).to_have_text(said)
    expect(retry).to_have_count(0)


@pytest.mark.console_errors  # as above
def test_the_page_starts_anew_where_it_is_another_user_who_looks_at_it(open_page: OpenPage, send: Send) -> None:
    page = open_as(open_page, OPERATOR, f"/tasks/{send(duration=0)}")
    page.evaluate("window.ofTheFirst = true")
    page.route("**/api/v1/me", lambda route: route.fulfill(json=VIEWER))
    page.route("**/retry", lambda route: route.fulfill(status=403, json={"code": "forbidden"}))
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.get_by_role("button", name="Signed in as vera")).to_be_visible()
    assert page.evaluate("window.ofTheFirst") is None


def test_nobody_is_named_where_the_server_asks_nobody(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_until_live(page)
    expect(page.locator(".tabs a")).to_have_count(6)
    expect(page.get_by_role("button", name=re.compile("Signed in|password"))).to_have_count(0)
