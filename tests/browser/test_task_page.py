"""The page of one task: what it tells, how one comes to it, and that it is only ever text."""

from __future__ import annotations

import re
import time
import uuid
from contextlib import closing
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings
from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, name_of, row, wait_for_percents, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack

pytestmark = pytest.mark.browser

HTML = "<img src=x onerror=window.ran=1>"

WORDS = {
    "PENDING": "waits",
    "RECEIVED": "received by a worker",
    "STARTED": "started",
    "PROGRESS": "reports progress",
    "SUCCESS": "done",
}
"""What the log of the page calls each state."""


def test_a_task_page_tells_steps_log_result_and_arguments(open_page: OpenPage, api: Api, send: Send) -> None:
    task_id = str(uuid.uuid4())
    page = open_page(f"/tasks/{task_id}")
    wait_until_live(page)
    send(task_id, duration=2)
    task = article(page, task_id)
    expect(task.locator("[data-step]")).to_contain_text("s left")
    wait_for_percents(page, task_id, 3)
    wait_for_state(page, task_id)
    expect(task.locator("[data-step][data-done]")).to_have_count(1)
    told = [WORDS[state] for state in api.states(task_id)]
    expect(task.locator('.log-line[data-kind="state"] .log-message')).to_have_text(told)
    expect(task.locator('.log-line[data-kind="log"] .log-message')).to_have_text(["2 s have passed"])
    expect(task.locator(".task-says")).to_have_text("2 s have passed")
    expect(task.locator("[data-result]")).to_contain_text("2 s have passed")
    expect(task.locator(".task-side")).to_contain_text(task_id)
    expect(task.locator(".task-side")).to_contain_text('"duration": 2')
    assert "done" in page.title()
    assert "countdown" in page.title()


def test_a_task_tells_its_owner_by_whom_it_is_found_in_the_list(open_page: OpenPage, sample: Send) -> None:
    theirs, other = sample("echo", headers={"phloem_owner": "<b>acme</b>"}), sample("echo")
    page = open_page(f"/tasks/{theirs}")
    expect(article(page, theirs).locator(".fact", has_text="Owner")).to_have_text(re.compile("Owner\\s*<b>acme</b>"))
    page.goto("/?q=owner:%3Cb%3Eacme%3C/b%3E")
    expect(row(page, theirs)).to_be_visible()
    expect(row(page, other)).to_have_count(0)
    page.goto(f"/tasks/{other}")
    wait_for_state(page, other)
    expect(article(page, other).locator(".fact", has_text="Owner")).to_have_count(0)


def test_a_task_tells_who_launched_it(open_page: OpenPage, stack: Stack) -> None:
    with closing(RedisChannel(RecordSettings.of_record(stack.environment))) as channel:
        channel.record([Event(id="of-ada", at=1.0, state=State.PENDING, name="echo", launched_by="<b>ada</b>")])
    fact = article(open_page("/tasks/of-ada"), "of-ada").locator(".fact", has_text="Launched by")
    expect(fact).to_have_text(re.compile("Launched by\\s*<b>ada</b>$"))


def test_a_waiting_task_that_a_user_revoked_says_so_and_cannot_be_revoked_again(
    open_page: OpenPage, stack: Stack
) -> None:
    task_id, now = str(uuid.uuid4()), time.time()
    log = (Line(at=now, level="info", message="Asked by ann to be revoked. A worker drops it when its turn comes."),)
    with closing(RedisChannel(RecordSettings.of_record(stack.environment))) as channel:
        channel.record([Event(id=task_id, at=now, name="jobs.waits", state=State.PENDING)])
        page = open_page(f"/tasks/{task_id}")
        task = article(page, task_id)
        expect(task.get_by_role("button", name="Revoke")).to_be_visible()
        channel.record([Event(id=task_id, at=now, seq=1, revoked_at=now, log=log)])
    expect(task.locator(".outcome")).to_have_text("revoked, dropped when its turn comes")
    expect(task.get_by_role("button", name="Revoke")).to_have_count(0)


def test_a_failed_task_shows_its_error_and_the_traceback_as_text(open_page: OpenPage, send: Send) -> None:
    page = open_page("/")
    wait_until_live(page)
    task_id = send(duration=1, **{HTML: 1})
    wait_for_state(page, task_id, "FAILURE")
    expect(row(page, task_id)).to_contain_text(HTML)
    name_of(row(page, task_id)).click()
    failure = article(page, task_id).locator(".failure")
    expect(failure.locator(".failure-message")).to_contain_text("TypeError")
    expect(failure.locator(".failure-message")).to_contain_text(HTML)
    trace = article(page, task_id).locator(".trace")
    expect(trace).to_contain_text("Traceback (most recent call last):")
    expect(trace).to_contain_text(f"argument '{HTML}'")
    assert page.locator("[onerror], img").count() == 0
    assert page.evaluate("window.ran") is None


def test_a_page_that_was_opened_before_its_task_was_sent_shows_it_then(open_page: OpenPage, send: Send) -> None:
    task_id = str(uuid.uuid4())
    page = open_page(f"/tasks/{task_id}")
    expect(page.get_by_role("heading", name="Task not known")).to_be_visible()
    expect(article(page, task_id)).to_contain_text(task_id)
    send(task_id, duration=0)
    wait_for_state(page, task_id)


@pytest.mark.parametrize(
    ("task_id", "said"),
    [
        (HTML, "Task not known"),
        ("../ä b?c#d%", "Task not known"),
        ("x" * 300, "Task not known"),
    ],
)
def test_an_address_with_an_id_that_nobody_knows_says_so(open_page: OpenPage, task_id: str, said: str) -> None:
    page = open_page(f"/tasks/{quote(task_id, safe='')}")
    expect(page.locator("main")).to_contain_text(said)
    if len(task_id) < 100:
        expect(page.locator("main")).to_contain_text(task_id)
    assert page.locator("[onerror], img").count() == 0


def test_back_and_forward_move_between_list_and_task_without_loading_anew(open_page: OpenPage, api: Api) -> None:
    task_id = api.submit("countdown", duration=0)
    page = open_page("/")
    wait_for_state(page, task_id)
    page.evaluate("window.neverReloaded = true")
    name_of(row(page, task_id)).click()
    expect(page).to_have_url(re.compile(f"/tasks/{task_id}$"))
    expect(article(page, task_id)).to_be_visible()
    page.go_back()
    expect(page).to_have_url(f"{api.url}/")
    expect(row(page, task_id)).to_be_visible()
    page.go_forward()
    expect(article(page, task_id)).to_be_visible()
    assert page.evaluate("window.neverReloaded")


def test_the_list_can_be_narrowed_to_a_state_that_stands_in_the_address(
    open_page: OpenPage, api: Api, send: Send
) -> None:
    done, failed = api.submit("countdown", duration=0), send(nonsense=1)
    page = open_page("/")
    wait_for_state(page, done)
    wait_for_state(page, failed, "FAILURE")
    page.locator('[data-group="failed"]').click()
    expect(row(page, done)).to_have_count(0)
    expect(row(page, failed)).to_be_visible()
    reopened = open_page(page.url)
    expect(row(reopened, failed)).to_be_visible()
    expect(row(reopened, done)).to_have_count(0)


@pytest.mark.parametrize("task_id", [".", ".."])
def test_a_task_whose_id_browsers_take_out_of_addresses_has_a_page_and_a_link_to_it(
    open_page: OpenPage, api: Api, send: Send, task_id: str
) -> None:
    send(task_id, duration=0)
    page = open_page("/")
    row(page, task_id).locator(".cell-name a").click()
    expect(article(page, task_id)).to_be_visible()
    page.reload()
    expect(article(page, task_id)).to_be_visible()
    assert (
        page.evaluate(
            "async () => (await fetch(location.pathname.replace('/tasks/', '/api/v1/tasks/') + '/log')).status"
        )
        == 200
    )
