"""The page on every screen, in both themes and without a mouse; and its policy for what may run on it."""

from __future__ import annotations

from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, open_form, row, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.pictures import jpeg

pytestmark = pytest.mark.browser

LUMINANCE = """
(property) => {
  const [r, g, b] = getComputedStyle(document.documentElement)[property].match(/[0-9.]+/g).map(Number).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
"""
"""Relative luminance of a colour of the page, 0 to 1 (WCAG 2.2)."""

OUTLINED = """
() => {
  const focused = document.activeElement;
  return [[focused], [focused, "::after"], [focused.closest(".search-line") ?? focused]].some(([element, part]) => {
    const { content, outlineStyle, outlineWidth } = getComputedStyle(element, part);
    if (part && content === "none") return false;
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
}
"""
"""Whether one sees where the focus is: at the element itself, in a list at what it lays over its row, and in the field
of the search around all its parts.
"""

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

CONTRAST = 7
"""Of text and ground, at least (WCAG 2.2, level AAA)."""

LONG_NAME = f"{'a-name-without-a-place-to-break' * 4}.jpg"


@pytest.fixture
def every_page(api: Api, send: Send) -> list[str]:
    """Addresses of every kind of page, with something long on each."""
    upload = api.post("/uploads", files={"file": (LONG_NAME, jpeg(), "image/jpeg")}).json()["id"]
    picture = api.submit("resize_image", upload=upload)
    failed = send(**{"x" * 300: 1})
    for task_id, state in ((picture, "SUCCESS"), (failed, "FAILURE")):
        assert api.ended(task_id)["state"] == state
    lists = ["/", "/?state=failed", "/launch", "/launch?job=phloem.jobs.resize_image", "/launch?job=unknown"]
    boards = ["/workers", "/queues", "/schedule", "/now"]
    return [*lists, *boards, f"/tasks/{picture}", f"/tasks/{failed}", "/tasks/unknown"]


def test_no_page_scrolls_sideways_and_each_shows_the_connection_wide_and_narrow_light_and_dark(
    open_page: OpenPage, api: Api, every_page: list[str]
) -> None:
    page = open_page("about:blank")
    api.submit("countdown", duration=3)  # a bar to see in the first list
    for address in every_page:
        page.goto(address)
        wait_until_live(page)
        expect(page.locator("main")).not_to_contain_text("Asking for")
        for width, scheme in product((1440, 390), SCHEMES):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("[data-connection]")).to_be_in_viewport(ratio=1)
            expect(page.get_by_role("navigation", name="Pages")).to_be_in_viewport(ratio=1)
            page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
            ground, ink = page.evaluate(LUMINANCE, "backgroundColor"), page.evaluate(LUMINANCE, "color")
            assert (ground > 0.7) if scheme == "light" else (ground < 0.05)
            assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= CONTRAST


def test_a_task_is_reached_and_opened_with_the_keyboard_and_the_focus_is_always_seen(
    open_page: OpenPage, api: Api
) -> None:
    task_id = api.submit("countdown", duration=0)
    page = open_page("/")
    wait_for_state(page, task_id)
    reached = row(page, task_id).locator(":focus")
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(OUTLINED), page.evaluate("document.activeElement.outerHTML")
        if reached.count():
            break
    expect(reached).to_be_visible()
    page.keyboard.press("Enter")
    expect(article(page, task_id)).to_be_visible()


def test_a_job_is_launched_with_the_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page("about:blank")
    duration = open_form(page, "countdown").locator('[name="duration"]')
    for _ in range(30):
        page.keyboard.press("Tab")
        if duration.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(page.locator(".launched [data-task]")).to_have_attribute("data-state", "SUCCESS")


def report_violations(page: Page) -> list[str]:
    reports: list[str] = []
    page.expose_function("report", lambda report: reports.append(report))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>"
        " report(`${location.pathname}: ${violatedDirective} ${blockedURI} ${sourceFile}`))"
    )
    return reports


def test_no_page_does_what_the_policy_forbids(open_page: OpenPage, every_page: list[str]) -> None:
    page = open_page("about:blank")
    reports = report_violations(page)
    for address in every_page:
        page.goto(address)
        wait_until_live(page)
    assert reports == []


@pytest.mark.console_errors
def test_a_script_that_found_its_way_into_the_page_does_not_run(open_page: OpenPage) -> None:
    page = open_page("about:blank")
    reports = report_violations(page)
    page.goto("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=/nothing onerror=\"window.ran=1\">')")
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = 1";
      document.body.append(script);
    }""")
    # A function: an expression would be evaluated again and again, which the page's policy forbids to us as well.
    page.wait_for_function("() => document.querySelector('img[onerror]').complete")
    assert page.evaluate("window.ran") is None
    assert {report.split()[1].split("-")[0] for report in reports} == {"script"}
