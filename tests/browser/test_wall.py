"""The wall: what a room sees of the tasks, with nobody at the keyboard."""

from __future__ import annotations

import re
import secrets
import time

import pytest
from msgspec.structs import replace
from playwright.sync_api import Locator, Page, Route, expect

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

LIMITED = {"name": "olga", "kind": "session", "roles": ["viewer"], "actions": ["see"], "owner": "shop-7"}

CUT = """
() => [...document.querySelectorAll(".wall *")]
  .filter((each) => each.children.length === 0 && each.textContent && each.getClientRects().length)
  .filter((each) => {
    const { left, right } = each.getBoundingClientRect();
    return left < -1 || right > innerWidth + 1;
  })
  .map((each) => each.outerHTML.slice(0, 80))
"""
"""What is beyond the edges of the wall."""


def slot(page: Page, task_id: str) -> Locator:
    """The slot that runs a task."""
    return page.locator(f'.slot[data-task="{task_id}"]')


def vessel(page: Page, queue: str) -> Locator:
    """The vessel of a queue."""
    return page.locator(f'.vessel[data-queue="{queue}"]')


def record(stack: Stack, *events: Event) -> None:
    """What a process would tell that is attached."""
    RedisChannel(Settings(redis_url=stack.redis.url, namespace="test")).record(events)


def test_a_task_passes_from_its_vessel_to_a_slot_and_its_bar_moves(open_page: OpenPage, api: Api, sample: Send) -> None:
    sample("echo", 1)
    page = open_page("/wall", reduced_motion="no-preference")
    wait_until_live(page)
    expect(vessel(page, "sample")).to_be_visible(timeout=60_000)
    task_id = sample("patient", 600)
    expect(slot(page, task_id)).to_contain_text("patient")
    bar = slot(page, task_id).get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
    wait_until(lambda: page.locator(".wall-drops i").count() > 0, 60, "a drop passes")
    api.post(f"/tasks/{task_id}/revoke", json={"terminate": True})
    expect(slot(page, task_id)).to_have_count(0)


def test_a_queue_that_nobody_draws_from_and_a_new_failure_stand_out(
    open_page: OpenPage, stack: Stack, sample: Send
) -> None:
    page = open_page("/wall")
    wait_until_live(page)
    name = f"unserved-{secrets.token_hex(4)}"
    waits = Event(id=name, at=time.time(), source=name, seq=1, state=State.PENDING, name="job", queue=name)
    record(stack, waits)
    expect(vessel(page, name)).to_have_attribute("data-trouble", "true")
    expect(vessel(page, name)).to_contain_text("nobody takes")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nobody takes from")
    failed = sample("refused", "the warehouse is closed")
    failure = page.locator(f'.failure[data-task="{failed}"]')
    expect(failure).to_contain_text("Refused: the warehouse is closed")
    expect(failure).to_have_attribute("data-age", re.compile("new|fresh"))  # new for 20 seconds, which may have passed
    record(stack, replace(waits, seq=2, state=State.REVOKED, finished_at=time.time()))
    expect(page.locator(f'.vessel[data-queue="{name}"][data-trouble]')).to_have_count(0)


def test_the_hour_has_a_mark_where_a_release_began_here_and_on_the_page_of_the_hour(
    open_page: OpenPage, api: Api, stack: Stack
) -> None:
    ids, release, now = secrets.token_hex(8), f"2.{secrets.token_hex(3)}", time.time()
    for place, (named, at) in enumerate((("before", now - 900), (release, now - 600))):
        told = Event(id=f"{ids}-{place}", source=ids, seq=place + 1, run=named, begins=True, at=at, name=f"job-{ids}")
        times = {"created_at": at, "received_at": at, "started_at": at, "finished_at": at + 1}
        record(stack, replace(told, state=State.SUCCESS, release=named, **times))
    page = open_page("/wall")
    expect(page.locator(f'.stem-node[data-release="{release}"]')).to_have_text(f"release {release}")
    page.goto("/now")
    mark = page.locator(f'.hour-releases [data-release="{release}"]')
    expect(mark.get_by_role("link", name=release)).to_have_attribute("href", f"/?q=release:{release}")
    page.get_by_role("link", name="Show it on a wall").click()
    expect(page.locator(".wall")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Search tasks")).to_be_visible()


def test_somebody_limited_to_an_owner_sees_their_own_tasks_and_no_queue_or_worker(
    open_page: OpenPage, api: Api
) -> None:
    page = open_page("about:blank")
    page.route("**/api/v1/me", lambda route: route.fulfill(json=LIMITED))
    page.goto("/wall")
    wait_until_live(page)
    expect(page.locator(".wall")).to_contain_text("of your tasks running")
    expect(page.locator(".vessel, .wall-worker, .stem")).to_have_count(0)


@pytest.mark.console_errors  # the browser notes the page that is refused
def test_it_goes_on_to_another_build_by_itself_once_the_server_has_one(open_page: OpenPage, api: Api) -> None:
    page = open_page("about:blank")
    answers = {"status": 200}

    def older(route: Route) -> None:
        real = route.fetch()
        body = real.text().replace('<meta name="build" content="', '<meta name="build" content="0123')
        route.fulfill(response=real, status=answers["status"], body=body)

    page.route("**/wall", older)
    page.goto("/wall")
    wait_until_live(page)
    page.evaluate("window.neverReloaded = true")
    answers["status"] = 502
    with page.expect_response(lambda response: response.status == 502, timeout=60_000):
        pass
    assert page.evaluate("window.neverReloaded"), "a proxy's page of errors is nothing to go on to"
    page.unroute("**/wall", older)
    expect(page.locator('meta[name="build"][content^="0123"]')).to_have_count(0, timeout=60_000)
    wait_until_live(page)
    assert page.evaluate("window.neverReloaded") is None


@pytest.mark.console_errors  # as above
def test_one_that_is_signed_out_says_so_and_comes_back_by_itself(open_page: OpenPage, api: Api) -> None:
    page = open_page("about:blank")
    page.add_init_script("window.WebSocket = class { constructor() { setTimeout(() => this.onerror({})) } close() {} }")
    page.route("**/socket.io/**", lambda route: route.fulfill(status=401))
    page.goto("/wall")
    expect(page.get_by_role("heading", level=1)).to_contain_text("This wall is signed out.")
    page.unroute("**/socket.io/**")
    page.evaluate("dispatchEvent(new Event('focus'))")  # instead of waiting until it is tried again
    wait_until_live(page)
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("signed out")


def test_it_is_dimmed_in_the_hours_that_its_address_names(open_page: OpenPage, api: Api) -> None:
    page = open_page("/wall?dim=tonight")
    expect(page.locator(".wall-head")).to_contain_text("dim=tonight is no part of a day")
    hour = page.evaluate("new Date().getHours()")
    page.goto(f"/wall?dim={hour}-{(hour + 2) % 24}")
    expect(page.locator(".wall-dim")).to_have_attribute("data-night", "true")
    page.goto(f"/wall?dim={(hour + 3) % 24}-{(hour + 5) % 24}")
    wait_until_live(page)
    expect(page.locator(".wall-dim:not([data-night])")).to_have_count(1)


@pytest.mark.parametrize(("width", "height"), [(2560, 1440), (1366, 768), (390, 844)])
def test_it_is_night_on_every_screen_and_nothing_is_cut(
    open_page: OpenPage, api: Api, sample: Send, width: int, height: int
) -> None:
    sample("echo", 1)
    page = open_page("/wall", viewport={"width": width, "height": height}, color_scheme="light")
    wait_until_live(page)
    expect(page.locator(".stem svg, .wall-slots")).to_have_count(2)
    ground = page.locator(".wall").evaluate("each => getComputedStyle(each).backgroundColor")
    assert max(map(int, re.findall(r"\d+", ground))) < 64
    assert page.evaluate(CUT) == []
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


def test_on_a_phone_the_sentence_has_all_the_width_below_mark_and_clock(open_page: OpenPage, api: Api) -> None:
    page = open_page("/wall", viewport={"width": 390, "height": 844})
    wait_until_live(page)
    head, clock, said = (page.locator(f".wall-{part}").bounding_box() for part in ("head", "clock", "said"))
    assert head is not None
    assert clock is not None
    assert said is not None
    assert said["y"] >= clock["y"] + clock["height"]
    assert said["width"] == head["width"]
