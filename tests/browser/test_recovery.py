"""What pages show while a process is away, and afterwards: nobody reloads anything."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import (
    article,
    open_form,
    percents,
    row,
    states,
    wait_for_connection,
    wait_for_percents,
    wait_for_state,
    wait_until_live,
)
from tests.conftest import OpenPage
from tests.processes import Stack
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.console_errors,  # the browser itself notes each connection that failed
    pytest.mark.timeout(400),
]

Pages = tuple[str, Page, Page]

OPACITY = """
element => {
  let all = 1;
  for (; element; element = element.parentElement) all *= Number(getComputedStyle(element).opacity);
  return all;
}
"""
"""How opaque an element is, what it stands in included."""

REFUSED_WEBSOCKET = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onerror(new Event("error"))); }
  close() {}
};
"""
"""What is left is polling, which a test can refuse."""

LOADED_AHEAD = "() => performance.getEntriesByName('loaded ahead').length > 0"
"""Whether all scripts of the pages that are opened most have come: a single one that is missing, and none opens."""

BELOW = "([above, below]) => below.getBoundingClientRect().top - above.getBoundingClientRect().bottom"
"""Pixels between two elements; less than none where they overlap."""


@pytest.fixture
def pages(open_page: OpenPage, send: Send) -> Pages:
    """A countdown under way, the list that shows it, and its own page."""
    task_id = str(uuid.uuid4())
    both = open_page("/"), open_page(f"/tasks/{task_id}")
    for page in both:
        wait_until_live(page)
        page.evaluate("window.neverReloaded = true")
    send(task_id, duration=4)
    for page in both:
        wait_for_percents(page, task_id, 3)
    return task_id, *both


def both_come_back(pages: Pages, restart: Callable[[], object], api: Api, *, said: str, sentence: str) -> None:
    task_id, *both = pages
    for page, shown in zip(both, (row, article), strict=True):
        wait_for_connection(page, said)
        expect(page.get_by_text(sentence)).to_be_visible()
        expect(page.locator(f'main[data-stale="{said}"]')).to_be_visible()
        expect(shown(page, task_id)).to_be_visible()
    restart()
    for page in both:
        wait_until_live(page)
        wait_for_state(page, task_id)
        expect(page.locator("main[data-stale]")).to_have_count(0)
        assert percents(page, task_id) == sorted(percents(page, task_id))
        assert percents(page, task_id)[-1] == 100
        assert states(page, task_id)[-1:] == ["SUCCESS"]
        assert page.evaluate("window.neverReloaded")
    assert api.task(task_id)["state"] == "SUCCESS"


def test_pages_come_back_by_themselves_when_the_web_process_was_killed(stack: Stack, pages: Pages, api: Api) -> None:
    stack.kill("web")
    both_come_back(pages, lambda: stack.start("web"), api, said="reconnecting", sentence="No connection to the server.")


def test_pages_come_back_by_themselves_when_redis_was_restarted(stack: Stack, pages: Pages, api: Api) -> None:
    stack.stop("redis")
    both_come_back(pages, lambda: stack.start("redis"), api, said="stale", sentence="The server waits for Redis.")


def test_what_an_outage_prevented_is_said_clearly_until_the_server_is_back(stack: Stack, open_page: OpenPage) -> None:
    page = open_page("about:blank", viewport={"width": 390, "height": 700})
    form = open_form(page, "countdown")
    wait_until_live(page)
    stack.kill("web")
    wait_for_connection(page, "reconnecting")
    form.get_by_role("button", name="Launch").click()
    said = form.get_by_role("alert")
    expect(said).to_contain_text("The server did not answer. It may have launched the task all the same")
    covering = page.locator(".truth")
    expect(covering).to_be_visible()
    expect(said).to_be_in_viewport(ratio=1)
    assert page.evaluate(BELOW, [said.element_handle(), covering.element_handle()]) >= 0
    assert page.evaluate(OPACITY, said.element_handle()) == 1
    stack.start("web")
    wait_until_live(page)
    expect(said).to_have_count(0)


def test_what_can_be_launched_is_asked_again_when_the_server_is_back(stack: Stack, open_page: OpenPage) -> None:
    page = open_page("/")
    wait_until_live(page)
    page.wait_for_function(LOADED_AHEAD)
    stack.kill("web")
    wait_for_connection(page, "reconnecting")
    page.get_by_role("link", name="Launch").click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer.")
    stack.start("web")
    expect(page.locator('[data-job="phloem.jobs.countdown"]')).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_job_that_ended_unseen_is_shown_as_it_ended(stack: Stack, pages: Pages) -> None:
    task_id, *both = pages
    stack.kill("web")
    wait_until(lambda: stack.log("worker").count(task_id) >= 2, 60, "the job has ended")
    stack.start("web")
    for page in both:
        wait_for_state(page, task_id)
        wait_until_live(page)
        assert page.evaluate("window.neverReloaded")


def test_a_page_that_is_signed_out_tries_again_seldom_and_at_once_when_one_looks_at_it(open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.clock.install()
    page.add_init_script(REFUSED_WEBSOCKET)
    page.route("**/api/v1/me", lambda route: route.fulfill(json={**route.fetch().json(), "kind": "session"}))
    tried: list[str] = []

    def refuse(route: Route) -> None:
        tried.append(route.request.url)
        route.fulfill(status=401, json={})

    polls = re.compile(r"/socket\.io/")
    page.route(polls, refuse)
    page.goto("/")
    again = page.get_by_role("link", name="Sign in again")
    expect(again).to_be_visible()
    expect(page.get_by_role("button", name="With the shared password")).to_have_count(0)
    assert len(tried) == 1
    page.clock.run_for(14_000)
    assert len(tried) == 1
    page.clock.run_for(1_500)
    wait_until(lambda: page.evaluate("0") or len(tried) == 2, 10, "it is tried after 15 seconds")
    look = "dispatchEvent(new Event('focus'))"
    wait_until(lambda: page.evaluate(look) or len(tried) == 3, 10, "it is tried when one looks at it")
    page.unroute(polls)
    wait_until(lambda: page.evaluate(look) or again.count() == 0, 10, "it is let in when one looks at it")
    wait_until_live(page)
    expect(again).to_have_count(0)
    expect(page.get_by_role("button", name="With the shared password")).to_be_visible()
