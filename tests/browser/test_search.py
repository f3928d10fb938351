"""The search field: one more view, live like any other, that stands in the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, name_of, row, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser


def search(page: Page, text: str) -> None:
    """Types into the search field, letter by letter."""
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search tasks")).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)


def test_the_list_is_narrowed_to_what_is_searched_for_and_stays_live(open_page: OpenPage, api: Api, send: Send) -> None:
    other = api.submit("countdown", duration=0)
    found = send(warehouse_north=1)
    page = open_page("/")
    wait_for_state(page, other)
    search(page, "WAREHOUSE")
    expect(row(page, other)).to_have_count(0)
    expect(row(page, found)).to_be_visible()
    expect(page).to_have_url(f"{api.url}/?q=WAREHOUSE")
    later, unfit = send(warehouse_south=1), api.submit("countdown", duration=0)
    api.ended(unfit)
    wait_for_state(page, later, "FAILURE")
    expect(row(page, unfit)).to_have_count(0)
    expect(page.locator('[data-group="all"]')).to_have_text("all 2")

    page.locator('[data-group="failed"]').click()
    expect(page).to_have_url(f"{api.url}/?q=state:failed+WAREHOUSE")
    reopened = open_page(page.url)
    expect(row(reopened, found)).to_be_visible()
    expect(reopened.get_by_role("combobox", name="Search tasks")).to_have_value("state:failed WAREHOUSE")


def test_one_step_back_leads_out_of_a_search_and_out_of_a_task_that_was_found(open_page: OpenPage, api: Api) -> None:
    task_id, other = api.submit("countdown", duration=0), api.submit("countdown", duration=0)
    page = open_page("/")
    wait_for_state(page, task_id)
    for part in (task_id[:13], task_id):
        search(page, part)
        expect(page).to_have_url(re.compile(f"q={part}$"))
    expect(row(page, other)).to_have_count(0)
    name_of(row(page, task_id)).click()
    article(page, task_id).get_by_role("link", name="Tasks").click()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(task_id)
    for _ in range(2):
        page.go_back()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(task_id)
    page.go_back()
    expect(page).to_have_url(f"{api.url}/")
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value("")
    expect(row(page, other)).to_be_visible()


def test_what_was_typed_just_now_is_searched_for_before_a_link_is_followed(open_page: OpenPage, api: Api) -> None:
    task_id, other = api.submit("countdown", duration=0), api.submit("countdown", duration=0)
    api.ended(task_id), api.ended(other)
    page = open_page("/")
    wait_for_state(page, task_id)
    search(page, "countdown")
    page.locator('[data-group="done"]').click()
    expect(page).to_have_url(f"{api.url}/?q=state:done+countdown")
    search(page, task_id)
    name_of(row(page, other)).click()
    expect(article(page, other)).to_be_visible()
    page.go_back()
    expect(page).to_have_url(f"{api.url}/?q={task_id}")
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(task_id)


@pytest.mark.parametrize("asked", ["queue:a queue:b", f"args.{'a' * 101}:x"], ids=["by the page", "by the server"])
def test_a_search_that_is_refused_shows_neither_rows_nor_counts(open_page: OpenPage, api: Api, asked: str) -> None:
    task_id = api.submit("countdown", duration=0)
    page = open_page("/")
    wait_for_state(page, task_id)
    search(page, asked)
    page.keyboard.press("Enter")
    reopened = open_page(f"/?q={asked}")
    for each in (page, reopened):
        expect(each.locator(".search-fault")).to_be_visible()
        expect(each.locator(".chip b")).to_have_count(0)
        expect(each.get_by_role("table")).to_have_count(0)
        expect(each.locator(".empty")).to_have_count(0)
    search(page, "countdown")
    expect(row(page, task_id)).to_be_visible()
    expect(page.locator(".chip b").first).to_be_visible()


def test_a_search_that_finds_nothing_says_so_and_offers_to_clear_it(open_page: OpenPage, api: Api) -> None:
    task_id = api.submit("countdown", duration=0)
    page = open_page("/?q=no+such+thing")
    wait_until_live(page)
    expect(page.locator("main")).to_contain_text("No task fits \u201cno such thing\u201d")
    page.get_by_role("link", name="Clear the search").click()
    expect(row(page, task_id)).to_be_visible()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value("")
    expect(page).to_have_url(f"{api.url}/")
