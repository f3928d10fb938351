"""More tasks than one view holds: who scrolls down finds all of them, as live as the newest."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.browser.screen import row, wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

MANY = 700
PAGE = 200


class Record:
    """What workers would say of many tasks, written straight into the record."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.name = name
        self._channel = RedisChannel(Settings.from_environment(stack.environment))
        self._said = 0
        self._end = 0

    def task(self, number: int) -> str:
        """The id of that one; the higher, the newer."""
        return f"{self.name}-{number}"

    def say(self, numbers: range, state: State) -> None:
        """All of these are in that state now."""
        self._end = max(self._end, numbers.stop)
        events = []
        for number in numbers:
            self._said += 1
            events.append(
                Event(
                    id=self.task(number),
                    at=time.time(),
                    source=self.name,
                    seq=self._said,
                    run="r1",
                    state=state,
                    name=self.name,
                )
            )
        for first in range(0, len(events), 100):
            self._channel.record(events[first : first + 100])

    def close(self) -> None:
        """None of its tasks waits or runs any more."""
        self.say(range(self._end), State.SUCCESS)


@pytest.fixture
def record(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Record]:
    """It, with that many tasks that wait. They end with the test: the stack is that of the others, too."""
    stack.ensure("redis")
    made = Record(stack, f"many.{request.node.name}")
    made.say(range(MANY), State.RECEIVED)
    yield made
    made.close()


def table(page: Page) -> Locator:
    return page.get_by_role("table", name="Tasks")


def go_down(page: Page, rows: int) -> None:
    """Scrolls until the list has so many rows, and to its end."""
    # A page that is connected may have no rows yet, and nothing to scroll.
    page.wait_for_function("() => document.documentElement.scrollHeight > 2 * innerHeight")
    for number in (*range(2 * PAGE, rows, PAGE), rows):
        page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
        expect(table(page)).to_have_attribute("aria-rowcount", str(number + 1))
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")


def shown(page: Page) -> list[str]:
    """All tasks of the list, in its order."""
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="As JSON").click()
    return [task["id"] for task in json.loads(Path(download.value.path()).read_text())]


def in_the_middle(page: Page) -> str:
    """The task whose row is in the middle of the window. Rows follow a scroll with the next picture, not at once."""
    found: str = page.wait_for_function(
        "() => document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('[data-task]')?.dataset.task"
    ).json_value()
    return found


def top(page: Page, task_id: str) -> float:
    """How far its row stands from the top of the window."""
    found: float = row(page, task_id).evaluate("row => row.getBoundingClientRect().top")
    return found


def test_who_scrolls_down_finds_every_task_once_and_all_of_them_move(open_page: OpenPage, record: Record) -> None:
    page = open_page(f"/?q=name:{record.name}", viewport={"width": 1440, "height": 900})
    wait_until_live(page)
    expect(page.get_by_text(f"The newest 200 tasks of {MANY} are shown.")).to_have_count(1)
    go_down(page, MANY)
    expect(row(page, record.task(0))).to_be_in_viewport()
    for number in (0, 5):  # the head of the table is the first row
        expect(row(page, record.task(number))).to_have_attribute("aria-rowindex", str(MANY - number + 1))
    assert shown(page) == [record.task(number) for number in reversed(range(MANY))]
    expect(page.get_by_text("are shown.")).to_have_count(0)
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
    for number in (0, 1):
        record.say(range(number, number + 1), State.SUCCESS)
        expect(row(page, record.task(number))).to_have_attribute("data-state", "SUCCESS")
    record.say(range(MANY), State.STARTED)
    page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight / 2)")
    expect(page.locator('.table-slice [data-state="STARTED"]').first).to_be_visible()
    expect(page.locator('.table-slice [data-state="RECEIVED"]')).to_have_count(0)


def test_rows_below_stay_where_they_are_and_live_however_many_come_above(open_page: OpenPage, record: Record) -> None:
    page = open_page(f"/?q=name:{record.name}", viewport={"width": 1440, "height": 900})
    wait_until_live(page)
    go_down(page, 2 * PAGE)
    page.evaluate("() => scrollBy(0, -400)")
    middle = in_the_middle(page)
    before = top(page, middle)
    record.say(range(MANY, MANY + 3), State.RECEIVED)
    expect(page.get_by_role("button", name="3 new", exact=True)).to_have_count(1)
    record.say(range(MANY + 3, MANY + PAGE + 50), State.RECEIVED)
    above = page.get_by_role("button", name="200 or more new")
    expect(above).to_have_count(1)
    assert top(page, middle) == before
    expect(page.locator(".table-slice [data-gone]")).to_have_count(0)
    number = int(middle.rsplit("-", 1)[1])
    record.say(range(number, number + 1), State.SUCCESS)
    expect(row(page, middle)).to_have_attribute("data-state", "SUCCESS")

    above.evaluate("button => button.click()")
    expect(row(page, record.task(MANY + PAGE + 49))).to_be_in_viewport()
    page.mouse.move(5, 5)
    expect(table(page)).to_have_attribute("aria-rowcount", str(PAGE + 1))
    assert shown(page) == [record.task(number) for number in range(MANY + PAGE + 49, MANY + 49, -1)]
