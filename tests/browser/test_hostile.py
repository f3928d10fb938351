"""Texts that would like to be more than text, or to be more than there is room for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.sample_name import HOSTILE
from tests.browser.screen import article, row, wait_for_state
from tests.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

LONG = 100_000
"""Characters."""

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
    page.goto(f"/tasks/{tasks['hostile']}")
    task = article(page, tasks["hostile"])
    expect(task.locator('.log-line[data-level="warning"] .log-message')).to_have_text(HOSTILE)
    if fails:
        expect(task.locator(".failure-message")).to_contain_text(HOSTILE)
    else:
        expect(task.locator("[data-result]")).to_contain_text(HOSTILE[:20])


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
