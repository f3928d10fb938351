"""Texts that would like to be more than text, or to be more than there is room for."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.sample_name import HOSTILE
from tests.browser.screen import article, row, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

LONG = 100_000
"""Characters."""

NAME = 60
"""Characters of the name of a view, at most."""

MARKUP, _, _ = HOSTILE.partition("\u202e")
"""Nothing in it that cannot be seen, which the names of views may not have."""

TEXTS = {
    "hostile": HOSTILE,
    "one long word": "x" * LONG,
    "many words": f"{HOSTILE} " * (LONG // len(HOSTILE)),
    "many lines": "a line\n" * (LONG // 7),
    "turned around": "\u202e\u2067 \u05d0\u05d1\u05d2 \u202d" * 2000,
    "stacked marks": "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e" * 3000,
}

OUTSIDE = """
() => {
  const wide = document.documentElement.clientWidth;
  const inside = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== "visible") return true;
    }
    return false;
  };
  return [...document.querySelectorAll("main *")]
    .filter((element) => element.getBoundingClientRect().right > wide + 1 && !inside(element))
    .map((element) => element.outerHTML.slice(0, 80));
}
"""
"""What stands out of the window, but for what scrolls or is cut where it is."""


def is_harmless(page: Page) -> None:
    """Nothing ran, nothing became an element, and nothing stands out of the window, wide or narrow."""
    assert page.evaluate("window.ran") is None
    assert page.locator("[onerror], main script, img[src=x]").count() == 0
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
        page.wait_for_function(f"() => ({OUTSIDE})().length === 0")


@pytest.mark.parametrize("fails", [False, True], ids=["done", "failed"])
def test_whatever_a_task_is_called_says_returns_or_fails_with_is_shown_as_text(
    open_page: OpenPage, api: Api, sample: Send, fails: bool
) -> None:
    state = "FAILURE" if fails else "SUCCESS"
    tasks = {name: sample(HOSTILE, text, kwargs={"fails": fails, text[:500]: text}) for name, text in TEXTS.items()}
    for task_id in tasks.values():
        assert api.ended(task_id)["state"] == state
    page = open_page("/")
    for task_id in tasks.values():
        wait_for_state(page, task_id, state)
    is_harmless(page)
    page.set_viewport_size({"width": 1440, "height": 800})
    # The page follows its new width a moment later; on a narrow one a row has two lines.
    page.wait_for_function(
        "() => [...document.querySelectorAll('.table-slice .row')].every((row) => row.offsetHeight === 40)"
    )
    for task_id in tasks.values():
        page.goto(f"/tasks/{task_id}")
        expect(article(page, task_id)).to_have_attribute("data-state", state)
        is_harmless(page)
    page.goto("/now")
    expect(page.locator('[data-job*="onerror"]')).to_be_visible()
    is_harmless(page)
    page.locator('[data-job*="onerror"] .job-name a').click()
    expect(page.locator("[data-task]").first).to_be_visible()
    is_harmless(page)
    page.goto("/wall")
    wait_until_live(page)
    is_harmless(page)
    page.goto(f"/tasks/{tasks['hostile']}")
    task = article(page, tasks["hostile"])
    expect(task.locator('.log-line[data-level="warning"] .log-message').first).to_have_text(HOSTILE)
    if fails:
        expect(task.locator(".failure-message")).to_contain_text(HOSTILE)
        expect(task.locator(".lane-cause").first).to_contain_text(HOSTILE)  # of the try before
    else:
        expect(task.locator("[data-result]")).to_contain_text(HOSTILE[:20])


def test_what_is_beside_the_list_and_what_a_link_shows_is_text(open_page: OpenPage, api: Api, sample: Send) -> None:
    tasks = [sample(HOSTILE, text, kwargs={text[:500]: text}) for text in TEXTS.values()]
    for task_id in tasks:
        api.ended(task_id)
    page = open_page("/?q=name:sample.<*")
    wait_until_live(page)
    expect(row(page, tasks[0])).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Space")
    for task_id in reversed(tasks):  # the newest comes first
        expect(page.locator(f'[data-peek="{task_id}"] .peek-facts')).to_be_visible()
        is_harmless(page)
        page.keyboard.press("j")
    for task_id in tasks:
        token = api.post("/tokens", json={"task": task_id, "expires": "1h"}).json()["token"]
        page.goto("about:blank")
        page.goto(f"/share#token={token}")
        expect(article(page, task_id)).to_have_attribute("data-state", "SUCCESS")
        is_harmless(page)


def test_the_names_and_searches_of_shared_views_are_text(open_page: OpenPage, api: Api) -> None:
    views = [MARKUP[:NAME], TEXTS["one long word"][:NAME], "\u05d0\u05d1\u05d2 Z\u0308"]
    for name in views:
        answer = api.post("/views", json={"name": name, "search": f"{MARKUP} {'x' * 300}", "replace": True})
        assert answer.status_code == 201, answer.text
    for refused in (HOSTILE, TEXTS["turned around"], TEXTS["stacked marks"]):
        assert api.post("/views", json={"name": refused[-NAME:], "search": "x"}).status_code == 422
    page = open_page("/")
    wait_until_live(page)
    page.get_by_role("button", name="Views").click()
    menu = page.get_by_role("group", name="Saved searches")
    for name in views:
        expect(menu.get_by_role("link", name=name, exact=True)).to_be_visible()
    is_harmless(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    found = page.locator('.palette-line[data-kind="views"]')
    expect(found.filter(has_text="onerror")).not_to_have_count(0)
    is_harmless(page)
    for name in views:
        api.session.delete(f"{api.url}/api/v1/views/{quote(name, safe='')}")


def test_a_search_for_what_would_like_to_run_finds_it_and_runs_nothing(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample(HOSTILE, "short")
    api.ended(task_id)
    page = open_page("/")
    wait_for_state(page, task_id)
    page.get_by_role("combobox", name="Search tasks").press_sequentially("name:sample.<")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("onerror")
    is_harmless(page)
    option.click()
    expect(row(page, task_id)).to_be_visible()
    is_harmless(page)
    page.get_by_role("combobox", name="Search tasks").fill('"<img src=x onerror=window.ran=1> nobody"')
    expect(page.locator("main")).to_contain_text("No task fits")
    is_harmless(page)
