"""Views: searches that people share, and what the tab of the browser tells of the one that is watched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import wait_until_live
from tests.browser.test_rights import OPERATOR, open_as
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

HOSTILE = "<b>Z" + "\u0308" * 3 + "</b> שלום"
NOTIFICATIONS = """
(() => {
  window.notified = [];
  window.Notification = class {
    static permission = "default";
    static requestPermission = async () => (window.Notification.permission = "granted");
    constructor(title) { window.notified.push(title); }
    close() {}
  };
  let hidden = false;
  Object.defineProperty(document, "hidden", { get: () => hidden });
  window.leave = (away) => { hidden = away; document.dispatchEvent(new Event("visibilitychange")); };
})();
"""
"""Notifications that are kept instead of being shown, and a tab that can be left: headless tabs stay visible."""


@pytest.fixture(autouse=True)
def nothing_shared(api: Api) -> Iterator[None]:
    yield
    for view in api.get("/views").json()["views"]:
        api.session.delete(f"{api.url}/api/v1/views/" + "".join(f"%{byte:02X}" for byte in view["name"].encode()))


def open_menu(page: Page) -> Locator:
    page.get_by_role("button", name="Views").click()
    return page.get_by_role("group", name="Saved searches")


def share(page: Page, name: str) -> Locator:
    menu = open_menu(page)
    menu.get_by_role("textbox", name="Name of this view").fill(name)
    menu.get_by_role("button", name="Share", exact=True).click()
    return menu


@pytest.mark.parametrize("width", [1440, 390])
def test_a_view_that_somebody_shares_is_in_the_open_menu_of_others_until_it_is_shared_no_longer(
    open_page: OpenPage, width: int
) -> None:
    ann, bob = open_page("/?q=state:failed"), open_page("/?q=state:done")
    for page in (ann, bob):
        page.set_viewport_size({"width": width, "height": 800})
        wait_until_live(page)
    seen = open_menu(bob)
    mine = share(ann, HOSTILE)
    link = seen.get_by_role("link")
    expect(link).to_have_text(HOSTILE)
    expect(link).to_have_attribute("href", "/?q=state:failed")
    box, panel = link.bounding_box(), seen.bounding_box()
    assert box is not None
    assert panel is not None
    assert box["height"] < 60
    assert box["x"] + box["width"] <= panel["x"] + panel["width"]
    assert bob.evaluate("document.documentElement.scrollWidth") <= width
    mine.get_by_role("button", name="no longer").click()
    mine.get_by_role("button", name="Share it no longer").click()
    expect(link).to_have_count(0)


@pytest.mark.console_errors  # the browser notes the refusal
def test_what_is_shared_under_a_name_is_replaced_after_a_question_alone(open_page: OpenPage, api: Api) -> None:
    api.session.post(f"{api.url}/api/v1/views", json={"name": "Mine", "search": "state:done"}).raise_for_status()
    page = open_page("/?q=state:failed")
    wait_until_live(page)
    menu = share(page, "Mine")
    menu.get_by_role("alertdialog", name="Replace Mine").get_by_role("button", name="Keep it").click()
    expect(menu.get_by_role("alertdialog")).to_have_count(0)
    expect(menu.get_by_role("textbox")).to_have_value("Mine")
    expect(menu.get_by_role("link")).to_have_attribute("href", "/?q=state:done")
    menu.get_by_role("button", name="Share", exact=True).click()
    menu.get_by_role("button", name="Replace it").click()
    expect(menu.get_by_role("link")).to_have_attribute("href", "/?q=state:failed")
    expect(menu.get_by_role("textbox")).to_have_value("")


def test_a_view_of_ones_own_stays_in_this_browser(open_page: OpenPage, api: Api) -> None:
    page = open_page("/?q=state:failed")
    wait_until_live(page)
    menu = open_menu(page)
    menu.get_by_role("textbox", name="Name of this view").fill("Mine")
    menu.get_by_role("button", name="Save").click()
    expect(menu.get_by_role("link", name="Mine")).to_be_visible()
    assert api.get("/views").json() == {"views": []}
    page.reload()
    expect(open_menu(page).get_by_role("link", name="Mine")).to_be_visible()


@pytest.mark.parametrize(("owner", "offered"), [(None, 1), ("shop-7", 0)])
def test_views_for_all_are_offered_to_those_alone_who_see_the_tasks_of_all(
    open_page: OpenPage, owner: str | None, offered: int
) -> None:
    menu = open_menu(open_as(open_page, OPERATOR | {"owner": owner}, "/?q=state:done"))
    expect(menu.get_by_role("button", name="Save")).to_be_visible()
    expect(menu.get_by_role("button", name="Share")).to_have_count(offered)


@pytest.mark.console_errors
def test_what_the_server_refuses_is_said_in_the_menu(open_page: OpenPage) -> None:
    page = open_page("/?q=state:failed")
    wait_until_live(page)
    sentence = "There are 200 shared views, which is the most; remove one first."
    page.route("**/api/v1/views", lambda route: route.fulfill(status=409, json={"detail": sentence}))
    expect(share(page, "One more").get_by_role("alert")).to_contain_text(sentence)


def test_the_number_of_a_watched_view_is_in_the_tab_and_its_first_task_is_told(open_page: OpenPage, send: Send) -> None:
    page = open_page("about:blank")
    page.add_init_script(NOTIFICATIONS)
    page.goto("/?q=watched")
    wait_until_live(page)
    menu = share(page, "Watched")
    menu.get_by_role("button", name="Show the number of Watched in the tab").click()
    menu.get_by_role("checkbox", name="Notify me").check()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Launch").click()  # it is watched whichever page is open
    expect(page).to_have_title("Launch · Phloem")
    send("watched-1", duration=0)
    expect(page).to_have_title("(1) Launch · Phloem")
    expect(page.locator('link[rel="icon"][href*="/1-"]')).to_have_count(1)
    assert page.evaluate("notified") == []
    page.evaluate("leave(true)")
    for number in (2, 3):
        send(f"watched-{number}", duration=0)
        expect(page).to_have_title(f"({number}) Launch · Phloem")
    assert page.evaluate("notified") == ["Watched: 2\u00a0tasks"]
    page.get_by_role("link", name="Tasks", exact=True).click()
    open_menu(page).get_by_role("button", name="Show the number of Watched in the tab").click()
    expect(page).to_have_title("Tasks · Phloem")
    expect(page.locator('link[rel="icon"][href*="/mark-"]')).to_have_count(1)
