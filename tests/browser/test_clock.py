"""A page on a machine whose clock is wrong: what it says of times is counted on the server's clock."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.line import Line
from tests.browser.screen import article, row, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

HOUR = 3600

SKEWED = """
(seconds) => {
  // The clock of the machine is wrong by so many seconds, and `window.skew` sets it while the page is open.
  window.skew = seconds;
  const Right = Date;
  const origin = performance.timeOrigin + 1000 * seconds;
  Object.defineProperty(Performance.prototype, "timeOrigin", { get: () => origin });
  window.Date = class extends Right {
    constructor(...given) {
      super(...(given.length ? given : [window.Date.now()]));
    }
    static now() {
      return Right.now() + 1000 * window.skew;
    }
  };
}
"""

MINUTES = r"(9|10)\smin"
"""What is left of ten minutes, a little later."""

RECENT = r"just now|\d+\ss ago|[1-4]\smin ago"
SHORT = r"[0-4]:\d\d"


class Tasks:
    """One that runs for ten minutes, one that is tried again in as many, and one that has just ended."""

    def __init__(self, sample: Send, api: Api) -> None:
        self.running = sample("patient", 600)
        self.retrying = sample("unreliable", 1, 600)
        self.ended = sample("echo", 1)
        api.ended(self.ended)


@pytest.fixture
def tasks(sample: Send, api: Api) -> Iterator[Tasks]:
    """They; none of them stays."""
    made = Tasks(sample, api)
    yield made
    for task_id, how in ((made.running, {"terminate": True}), (made.retrying, {})):
        api.post(f"/tasks/{task_id}/revoke", json=how)


def open_skewed(open_page: OpenPage, seconds: float) -> Page:
    """A page, still empty, on a machine whose clock is wrong by so many seconds."""
    page = open_page("about:blank")
    page.add_init_script(f"({SKEWED})({seconds})")
    return page


def truth(page: Page, tasks: Tasks) -> None:
    """Everything that the list says of times is so."""
    expect(row(page, tasks.running).locator(".cell-left")).to_have_text(re.compile(f"^{MINUTES} left$"))
    expect(row(page, tasks.running).locator(".cell-ran")).to_have_text(re.compile(f"^{SHORT}$"))
    expect(row(page, tasks.retrying).locator(".told-note")).to_have_text(re.compile(f"^tries again in {MINUTES}$"))
    expect(row(page, tasks.ended).locator(".cell-age")).to_have_text(re.compile(f"^({RECENT})$"))


@pytest.mark.parametrize("wrong", [HOUR, -HOUR], ids=["fast", "slow"])
def test_a_clock_that_is_wrong_by_an_hour_makes_nothing_on_the_page_wrong(
    open_page: OpenPage, tasks: Tasks, wrong: int
) -> None:
    page = open_skewed(open_page, wrong)
    page.goto("/")
    wait_for_state(page, tasks.retrying, "RETRY")
    truth(page, tasks)
    # Corrected while the page is open, and set wrong the other way.
    page.evaluate("(seconds) => { window.skew = seconds }", -wrong)
    before = row(page, tasks.running).locator(".cell-ran").inner_text()
    expect(row(page, tasks.running).locator(".cell-ran")).not_to_have_text(before)
    wait_until_live(page)
    truth(page, tasks)

    page.goto(f"/tasks/{tasks.running}")
    task = article(page, tasks.running)
    expect(task.locator(".task-pace")).to_contain_text(re.compile(f"{MINUTES} left"))
    ran = task.locator(".fact", has_text="Ran").locator("dd")
    expect(ran).to_have_text(re.compile(r"^(0\sms|[0-9.]+\sm?s|[1-4]\smin.*)$"))
    page.goto(f"/tasks/{tasks.retrying}")
    expect(article(page, tasks.retrying).locator(".task-pace")).to_have_text(re.compile(f"tries again in {MINUTES}"))


def test_a_page_that_is_not_told_the_time_has_only_the_clock_of_its_machine(open_page: OpenPage, tasks: Tasks) -> None:
    page = open_skewed(open_page, HOUR)
    Line(page, lambda message: re.sub(r'"now":[\d.]+', '"now":null', message))
    page.goto("/?q=name:sample*")  # the page of all tasks tells the time with the rows that it brings along
    wait_for_state(page, tasks.retrying, "RETRY")
    expect(row(page, tasks.ended).locator(".cell-age")).to_have_text(re.compile(r"^1\sh ago$"))
    expect(row(page, tasks.retrying).locator(".told-note")).to_have_text("tries again")
