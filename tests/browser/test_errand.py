"""An errand, by keyboard and by touch: what failed for a customer since midnight is looked at and run again."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, row, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def customer() -> str:
    """Whose tasks failed: another in each test."""
    return f"Contoso-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def failures(api: Api, sample: Send, customer: str) -> list[str]:
    """What failed for the customer, and will succeed next time; beside what failed for another."""
    ids = [sample("once", f"{customer} {number}", shadow=customer) for number in range(3)]
    other = sample("refused", "no", shadow="Fabrikam")
    wait_until(
        lambda: any(job["name"] == "sample.once" for job in api.get("/registry").json()["tasks"]),
        60,
        "the server knows the job, which it has to run again",
    )
    for task_id in (*ids, other):
        assert api.ended(task_id)["state"] == "FAILURE"
    return ids


def search(customer: str) -> str:
    return f"state:failed since:midnight label:{customer}"


def made(page: Page) -> Locator:
    return page.locator(".made [data-made-task]")


def test_by_keyboard_alone(open_page: OpenPage, api: Api, failures: list[str], customer: str) -> None:
    page = open_page("/")
    wait_until_live(page)
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search tasks")).to_be_focused()
    page.keyboard.type(search(customer))
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".row[data-task]")).to_have_count(len(failures))
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator(".peek")).to_contain_text("Refused")
    page.keyboard.press("Escape")
    for number in range(len(failures)):
        if number:
            page.keyboard.press("j")
        page.keyboard.press("x")
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Leave them as they are")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Run them again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".bulk")).to_contain_text("3 done")
    assert set(made(page).evaluate_all("all => all.map(each => each.dataset.state)")) == {"SUCCESS"}
    for task_id in failures:
        expect(row(page, task_id)).to_have_attribute("data-retried", "true")


class Finger:
    """Taps, and counts how often."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, target: Locator) -> None:
        target.tap()
        self.taps += 1


@pytest.fixture
def phone(open_page: OpenPage, failures: list[str]) -> Page:
    return open_page("/", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)


def test_by_touch_with_five_taps_after_the_search(phone: Page, api: Api, failures: list[str], customer: str) -> None:
    page, finger = phone, Finger()
    wait_until_live(page)
    page.get_by_role("combobox", name="Search tasks").fill(search(customer))
    page.get_by_role("combobox", name="Search tasks").press("Enter")
    expect(page.locator(".row[data-task]")).to_have_count(len(failures))
    finger.tap(row(page, failures[0]).locator(".cell-name"))
    expect(article(page, failures[0])).to_contain_text("Refused")
    finger.tap(page.get_by_role("link", name="Tasks").and_(page.locator(".task-back")))
    wait_for_state(page, failures[0], "FAILURE")
    finger.tap(page.get_by_role("checkbox", name="Choose all that are shown"))
    bulk = page.get_by_role("region", name=re.compile("chosen tasks"))
    again = bulk.get_by_role("button", name="Retry 3")
    expect(again).to_be_in_viewport(ratio=1)
    place = again.bounding_box()
    assert place is not None
    assert place["height"] >= 44
    finger.tap(again)
    finger.tap(bulk.get_by_role("button", name="Run them again"))
    expect(bulk).to_contain_text("3 done")
    assert finger.taps <= 5


def test_by_touch_a_task_is_looked_at_beside_the_list(phone: Page, failures: list[str], customer: str) -> None:
    page = phone
    wait_until_live(page)
    page.get_by_role("combobox", name="Search tasks").fill(search(customer))
    page.get_by_role("combobox", name="Search tasks").press("Enter")
    expect(page.locator(".row[data-task]")).to_have_count(len(failures))
    look = row(page, failures[0]).locator(".row-peek")
    place, name = look.bounding_box(), row(page, failures[0]).locator(".cell-told").bounding_box()
    assert place is not None
    assert name is not None
    assert min(place["width"], place["height"]) >= 44
    assert name["x"] + name["width"] <= place["x"], "it covers nothing"
    look.tap()
    expect(page.locator(".peek")).to_contain_text("Refused")
    page.locator(".peek").get_by_role("button", name="Close").tap()
    expect(page.locator(".peek")).to_have_count(0)
