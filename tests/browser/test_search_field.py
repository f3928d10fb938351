"""The search field: its tokens, what it proposes, and what it says of mistakes, on a wide page and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import row, wait_for_state
from tests.browser.test_axe import AXE, violations
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

WIDE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search tasks")


def tokens(page: Page) -> Locator:
    return page.locator(".search-tokens mark")


def examined(page: Page) -> list[str]:
    """What axe-core says against the page as it is now. It is put in past the policy of the page."""
    page.context.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
    page.evaluate(AXE.read_text())
    return violations(page)


def fits(page: Page) -> bool:
    """Whether nothing stands out of the window at its side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_failures_of_one_kind_are_found_by_keyboard_alone(open_page: OpenPage, api: Api, sample: Send) -> None:
    refused, broken = sample("refused", "the door is shut"), sample("broken", "{")
    api.ended(refused), api.ended(broken)
    page = open_page("/", **WIDE)
    wait_for_state(page, broken, "FAILURE")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("option").first).to_contain_text("state:waiting, running")
    assert examined(page) == []
    page.keyboard.type("err")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("Ref")
    expect(page.get_by_role("option")).to_have_text(["error:Refused"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("since:midnight DOOR")
    expect(row(page, broken)).to_have_count(0)
    expect(row(page, refused)).to_be_visible()
    expect(tokens(page)).to_have_text(["error:Refused", "since:midnight"])
    expect(page).to_have_url(f"{api.url}/?q=error:Refused+since:midnight+DOOR")


def test_backspace_selects_a_token_and_then_takes_it_away(open_page: OpenPage, api: Api, sample: Send) -> None:
    api.ended(sample("echo"))
    page = open_page("/?q=queue:sample+state:done", **WIDE)
    expect(tokens(page)).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.press("End")
    page.keyboard.type(" ")
    page.keyboard.press("Backspace")
    expect(field(page)).to_have_value("queue:sample state:done ")
    page.keyboard.press("Backspace")
    expect(field(page)).to_have_value("queue:sample ")
    expect(tokens(page)).to_have_text(["queue:sample"])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    expect(field(page)).to_have_value("queue:sampl ")


def test_by_touch_a_search_is_put_together_of_what_is_proposed(open_page: OpenPage, api: Api, sample: Send) -> None:
    refused, echo = sample("refused", "no"), sample("echo", "a", kwargs={"customer": "ACME Corp"})
    api.ended(refused), api.ended(echo)
    page = open_page("/", **PHONE)
    wait_for_state(page, echo)
    field(page).tap()
    expect(page.get_by_role("option", name="args.")).to_contain_text("an argument")
    assert examined(page) == []
    assert fits(page)
    for option in ("args.", "args.customer:", 'args.customer:"ACME Corp"'):
        page.get_by_role("option").filter(has=page.locator("code", has_text=option)).first.tap()
    expect(row(page, refused)).to_have_count(0)
    expect(row(page, echo)).to_be_visible()
    page.get_by_role("button", name="Clear the search").tap()
    expect(row(page, refused)).to_be_visible()
    expect(field(page)).to_have_value("")


@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_mistake_is_named_beside_the_field(open_page: OpenPage, api: Api, sample: Send, window: Any) -> None:
    task_id = sample("echo")
    api.ended(task_id)
    page = open_page("/", **window)
    wait_for_state(page, task_id)
    for typed, said in (
        ("since:noon", "\u201cnoon\u201d is no time. After \u201csince:\u201d comes 14:30"),
        ("ran:10s", "\u201c10s\u201d is no comparison"),
        ("group:x", "group_id:"),
        (" ".join(f"x{number}" for number in range(21)), "At most 20 words can be looked for."),
    ):
        field(page).fill(typed)
        page.keyboard.press("Enter")
        fault = page.locator(".search-fault")
        expect(fault).to_contain_text(said)
        expect(field(page)).to_have_attribute("aria-invalid", "true")
        expect(field(page)).to_have_accessible_description(fault.inner_text())
        assert fits(page)
    assert examined(page) == []
    field(page).fill("since:noon cat")
    expect(page.locator(".search-tokens mark[data-wrong]")).to_have_text("since:noon")


def test_a_mistake_is_not_named_while_the_term_is_still_typed(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id = sample("echo")
    api.ended(task_id)
    page = open_page("/", **WIDE)
    wait_for_state(page, task_id)
    field(page).fill("state:fai")  # at once: what stands before the colon would be asked for after a rest
    expect(page.get_by_role("option")).to_have_text(["state:failed"])
    expect(page.locator(".search-fault")).to_have_count(0)
    expect(page).to_have_url(f"{api.url}/")
    page.keyboard.press("Escape")
    expect(page.locator(".search-fault")).to_contain_text("No state is called")
