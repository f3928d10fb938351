"""The pages of workers, queues and the schedule, as a person sees them move."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api import Api
from tests.browser.beside import Web
from tests.browser.screen import name_of, row, wait_until_live
from tests.conftest import OpenPage
from tests.processes import ROOT, Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

APP = "tests.acceptance.clockwork"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own, since its workers come and go, with an app that has a schedule."""
    environment = {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with Stack(tmp_path_factory.mktemp("boards"), environment, APP) as running:
        running.add("second", f"exec celery -A {APP} worker -Q own -n second@%h -c 1")
        yield running


def slow(api: Api, seconds: float, queue: str = "slow") -> str:
    answer = api.post("/tasks", json={"name": "clockwork.slow", "args": [seconds], "queue": queue})
    return str(answer.json()["id"])


def worker(page: Page, name: str) -> Locator:
    """The last worker of that name to begin."""
    return page.locator(f'[data-worker^="{name}@"]').last


def requests_to_api(page: Page) -> list[str]:
    """Calls that the page makes from now on."""
    made: list[str] = []
    page.on("request", lambda request: made.append(request.url) if "/api/" in request.url else None)
    return made


def test_the_page_of_workers_shows_who_is_there_and_what_each_slot_does(
    open_page: OpenPage, api: Api, stack: Stack
) -> None:
    page = open_page("/workers")
    wait_until_live(page)
    made = requests_to_api(page)
    first = worker(page, "celery")
    expect(first).to_have_attribute("data-online", "true")
    expect(first).to_contain_text("prefork, 2 slots")
    expect(first).to_contain_text("2 slots are free")
    task = slow(api, 600)
    expect(first.locator(f'[data-task="{task}"]')).to_contain_text("slow")
    expect(first).to_contain_text("1 slot is free")
    name_of(row(page, task)).click()
    expect(page.locator(f'[data-task-page="{task}"]')).to_be_visible()
    page.go_back()
    api.post(f"/tasks/{task}/revoke", json={"terminate": True})
    expect(first).to_contain_text("2 slots are free", timeout=90_000)
    stack.start("second")
    expect(worker(page, "second")).to_contain_text("takes from own", timeout=90_000)
    stack.kill("second")
    expect(worker(page, "second")).to_have_attribute("data-online", "false", timeout=90_000)
    expect(worker(page, "second")).to_contain_text("gone, last heard")
    assert [url for url in made if "/workers" in url or "/queues" in url] == []


def test_a_worker_is_asked_for_all_that_it_tells_when_that_is_opened(open_page: OpenPage, stack: Stack) -> None:
    page = open_page("/workers")
    first = worker(page, "celery")
    first.get_by_text("All that it tells").click()
    details = first.locator("details")
    expect(details).to_contain_text("celery.concurrency.prefork:TaskPool")
    expect(details).to_contain_text("clockwork.slow")
    expect(details).to_contain_text("task_default_queue")
    expect(details.get_by_role("button", name="Ask again")).to_be_visible()


def test_the_page_of_queues_shows_what_waits_and_who_takes_from_it(open_page: OpenPage, api: Api, stack: Stack) -> None:
    page = open_page("/queues")
    wait_until_live(page)
    mine = page.locator('[data-queue="nobody"]')
    stack.kill("worker")
    task = slow(api, 0, "nobody")
    expect(mine.locator(".queue-figure")).to_have_text("1", timeout=90_000)
    expect(mine).to_contain_text("nobody takes from it", timeout=90_000)
    expect(mine.locator(".queue-oldest")).to_have_text(re.compile(r"\d+\ss"))
    expect(page.locator("[data-queue]").first).to_have_attribute("data-queue", "nobody")  # trouble comes first
    expect(mine.locator(".queue-flow")).to_have_text("1 in, 0 out")
    expect(mine.locator(".queue-waiting").get_by_role("link")).to_have_attribute(
        "href", "/?q=state:waiting+queue:nobody"
    )
    assert api.task(task)["state"] == "PENDING"
    page.set_viewport_size({"width": 390, "height": 800})
    edge, name = mine.bounding_box(), mine.locator(".queue-name a").bounding_box()
    assert edge is not None
    assert name is not None
    assert name["x"] - edge["x"] > 3, "the red edge is beside the text"
    stack.start("worker")
    expect(mine.locator(".queue-consumers")).not_to_have_text("nobody takes from it", timeout=90_000)


def test_the_page_of_the_schedule_counts_down_and_runs_an_entry_now(
    open_page: OpenPage, api: Api, stack: Stack
) -> None:
    page = open_page("/schedule")
    wait_until_live(page)
    far, clock = page.locator('[data-entry="far away"]'), page.locator('[data-entry="by the clock"]')
    expect(far).to_contain_text("every day at 02:00")
    expect(clock).to_contain_text("every minute")
    expect(page.locator("main")).to_contain_text("Times of day are those of UTC.")
    left = clock.locator("time")
    before = left.inner_text()
    expect(left).not_to_have_text(before)
    expect(far).to_contain_text("no run on record")
    columns = "row => [...row.children].map(cell => cell.getBoundingClientRect().left)"
    places = far.evaluate(columns)
    far.get_by_role("button", name="Run now: far away").click()
    expect(far.get_by_role("link", name="launched")).to_be_visible()
    assert far.evaluate(columns) == places
    expect(far.locator(".entry-last")).to_contain_text("done", timeout=90_000)
    expect(far.locator(".entry-last")).to_contain_text("by hand")
    far.locator(".entry-last").get_by_role("link").click()
    expect(page.locator("[data-task-page]")).to_have_attribute("data-state", "SUCCESS")


def test_missed_runs_are_said(open_page: OpenPage, api: Api, stack: Stack) -> None:
    stack.start("beat")
    page = open_page("/schedule")
    wait_until_live(page)
    often = page.locator('[data-entry="often"]')
    expect(often.locator(".entry-last")).to_contain_text("done", timeout=90_000)
    stack.stop("beat")
    expect(often).to_contain_text("does beat run?", timeout=90_000)
    expect(often).to_contain_text("missed")


@pytest.mark.parametrize("address", ["/workers", "/queues", "/schedule"])
def test_no_board_scrolls_sideways(open_page: OpenPage, api: Api, stack: Stack, address: str) -> None:
    page = open_page(address)
    wait_until_live(page)
    expect(page.locator(".board")).to_be_visible()
    for width in (1440, 900, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


@pytest.mark.console_errors
def test_a_broker_that_is_away_leaves_what_was_there_and_says_since_when(
    open_page: OpenPage, api: Api, stack: Stack
) -> None:
    page = open_page("/workers")
    wait_until_live(page)
    expect(worker(page, "celery")).to_be_visible()
    stack.kill("redis")
    expect(page.locator(".board-old")).to_contain_text("What you see is from", timeout=90_000)
    expect(worker(page, "celery")).to_be_visible()
    stack.start("redis")
    wait_until(stack.ready, 60, "all is well again")
    expect(page.locator(".board-old")).to_have_count(0, timeout=90_000)


def test_an_empty_list_says_that_workers_run_what_is_not_on_record(stack: Stack, open_page: OpenPage, api: Api) -> None:
    api.ended(slow(api, 0))
    with Web(stack, {"PHLOEM_NAMESPACE": "another"}) as web:
        page = open_page("/", base_url=web.url)
        expect(page.locator("[data-unrecorded]")).to_contain_text("and none is on record")
        expect(page.get_by_text("Nothing has run yet.")).to_have_count(0)
        page.close()  # before its server ends, which it would note as an error
