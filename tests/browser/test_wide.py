"""Windows of every width, a page at twice its size, and the colours of the system: all is there, and nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import row, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

CUT = """
() => [...document.querySelectorAll(".top *, .list-tools *, .tabs *, .board-head *")]
  .filter((each) => each.children.length === 0 && each.getClientRects().length)
  .filter((each) => {
    const { left, right } = each.getBoundingClientRect();
    return left < -1 || right > innerWidth + 1;
  })
  .map((each) => each.outerHTML.slice(0, 80))
"""
"""What is beyond the edges of the window, of what surrounds the rows."""


@pytest.fixture
def running(api: Api, sample: Send) -> Iterator[str]:
    """A task with a bar that lasts until somebody ends it."""
    task_id = sample("patient", 600)
    yield task_id
    api.post(f"/tasks/{task_id}/revoke", json={"terminate": True})


@pytest.mark.parametrize("address", ["/", "/queues", "/now", "/workers"])
def test_nothing_is_cut_from_720_to_840_pixels_or_at_twice_the_size(
    open_page: OpenPage, api: Api, running: str, address: str
) -> None:
    page = open_page(address, viewport={"width": 840, "height": 900})
    wait_until_live(page)
    expect(page.locator(".loading")).to_have_count(0)
    for width in (840, 780, 720, 640):  # the last is a window of 1280 pixels at twice the size
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
        assert page.evaluate(CUT) == []


def colour(page: Page, selector: str) -> str:
    found: str = page.locator(selector).first.evaluate("each => getComputedStyle(each).backgroundColor")
    return found


def test_bars_are_seen_in_the_colours_of_the_system(open_page: OpenPage, api: Api, running: str) -> None:
    page = open_page("/?q=state:running", forced_colors="active", color_scheme="dark")
    wait_for_state(page, running, "PROGRESS")
    bar = f'[data-task="{running}"] .bar'
    assert colour(page, bar) != colour(page, f"{bar}-fill")
    assert page.locator(bar).evaluate("each => getComputedStyle(each).borderTopStyle") == "solid"
    page.goto(f"/tasks/{running}")
    lane = '.lanes .span[data-kind="running"]'
    expect(page.locator(lane)).to_be_visible()
    assert colour(page, lane) != colour(page, "body")


def test_on_a_phone_the_name_of_a_step_stands_beside_what_it_says(open_page: OpenPage, api: Api, running: str) -> None:
    page = open_page(f"/tasks/{running}", viewport={"width": 390, "height": 844})
    expect(page.locator(".step-facts")).to_contain_text("left")
    page.locator(".step-facts").evaluate("each => each.append(', ' + 'and much more'.repeat(9))")
    assert page.locator(".step-name").evaluate("each => each.scrollWidth <= each.clientWidth")


def test_a_wide_window_is_used_and_has_room_for_a_task_beside_the_list(
    open_page: OpenPage, api: Api, running: str
) -> None:
    page = open_page("/?q=state:running", viewport={"width": 2560, "height": 1440})
    wait_for_state(page, running, "PROGRESS")
    table = page.locator(".table").bounding_box()
    assert table is not None
    assert table["width"] > 2400
    expect(row(page, running).locator(".cell-args")).to_have_text("600")
    expect(page.get_by_role("columnheader", name="Release")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Space")
    panel = page.locator(".peek")
    expect(panel).to_contain_text("Waiting")
    beside, place = row(page, running).bounding_box(), panel.bounding_box()
    assert beside is not None
    assert place is not None
    assert beside["x"] + beside["width"] <= place["x"]
