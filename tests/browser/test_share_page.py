"""A task is shared from its page, and whoever has the link sees it without signing in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.beside import Web
from tests.browser.conftest import Send
from tests.browser.screen import article, wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack

pytestmark = pytest.mark.browser

PASSWORD = "open sesame"


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[Web]:
    """A server with a password."""
    with Web(stack, {"PHLOEM_PASSWORD": PASSWORD}) as running:
        yield running


@pytest.fixture
def colleague(web: Web, open_page: OpenPage) -> Page:
    """The page of somebody who has signed in."""
    page = open_page("about:blank", base_url=web.url)
    page.request.post("/sign-in", form={"password": PASSWORD}, headers={"Origin": web.url})
    return page


@pytest.fixture
def visitor(web: Web, open_page: OpenPage) -> Page:
    """The page of somebody who has not."""
    return open_page("about:blank", base_url=web.url)


def token(web: Web, **order: str) -> str:
    """A token for what was ordered, valid for an hour unless that says something else."""
    asked = {"expires": "1h", **order}
    bearer = {"Authorization": f"Bearer {PASSWORD}"}
    answer = requests.post(f"{web.url}/api/v1/tokens", json=asked, headers=bearer, timeout=40)
    return str(answer.json()["token"])


def share(page: Page, task_id: str) -> str:
    """Shares a task from its page; the link."""
    page.goto(f"/tasks/{task_id}")
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_label("For how long").select_option("a week")
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator("[data-shared]")).to_contain_text("sees this task until")
    expect(page.get_by_label("Tag for a page of yours")).to_have_value(re.compile(f'task="{task_id}" token="share'))
    expect(page.get_by_label("Link")).to_be_focused()
    return page.get_by_label("Link").input_value()


@pytest.mark.console_errors  # the browser notes each refusal
def test_a_link_shows_its_task_and_nothing_else_until_it_is_taken_back(
    colleague: Page, visitor: Page, sample: Send
) -> None:
    task_id = sample("talk", [("info", "a line for everybody")])
    link = share(colleague, task_id)
    visitor.goto(link)
    wait_until_live(visitor)
    expect(article(visitor, task_id)).to_have_attribute("data-state", "SUCCESS")
    expect(visitor.get_by_role("log")).to_contain_text("a line for everybody")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("talk")
    expect(visitor.get_by_role("navigation")).to_have_count(0)
    expect(visitor.get_by_role("link")).to_have_count(0)
    expect(visitor.get_by_role("button", name=re.compile("Retry|Share"))).to_have_count(0)
    assert [visitor.request.get(path).status for path in ("/", f"/tasks/{task_id}", "/api/v1/tasks")] == [401] * 3
    colleague.get_by_role("button", name="Take it back").click()
    expect(colleague.locator("[data-shared]")).to_contain_text("Taken back")
    expect(visitor.get_by_role("main")).to_contain_text("This link was taken back.")


@pytest.mark.console_errors  # as above
def test_a_link_that_expires_says_so(web: Web, visitor: Page, sample: Send) -> None:
    visitor.goto(f"/share#token={token(web, task=sample('echo', 1), expires='2s')}")
    expect(visitor.get_by_role("main")).to_contain_text("This link has expired.")
    visitor.goto("/share#token=share.cut")
    expect(visitor.get_by_role("main")).to_contain_text("a part of it is missing")


def test_a_link_shows_the_tries_of_its_task_on_one_axis_and_what_was_said_in_each_step(
    web: Web, visitor: Page, sample: Send
) -> None:
    task_id = sample("stepwise")
    visitor.goto(f"/share#token={token(web, task=task_id)}")
    expect(article(visitor, task_id)).to_have_attribute("data-state", "SUCCESS")
    lanes = visitor.locator(".lanes > .lane")
    expect(lanes).to_have_count(2)
    expect(lanes.first).to_contain_text("Refused not yet")
    lanes.last.get_by_role("button", name="Writing").click()
    expect(visitor.locator('.log-line[data-kind="log"] .log-message')).to_have_text(["written"])
    expect(visitor.get_by_role("link")).to_have_count(0)


def test_a_link_to_a_workflow_lists_its_tasks_and_opens_each(web: Web, visitor: Page, sample: Send) -> None:
    task_id = sample("echo", "the first")
    sample("echo", "of another workflow")
    visitor.goto(f"/share#token={token(web, root=task_id)}")
    expect(visitor.get_by_role("main")).to_contain_text("1 of 1 task ended")
    expect(visitor.locator("[data-shared-task]")).to_have_count(1)
    visitor.locator(f'[data-shared-task="{task_id}"]').get_by_role("link").click()
    expect(article(visitor, task_id)).to_be_visible()
    visitor.get_by_role("link", name="All of these tasks").click()
    expect(visitor.locator("[data-shared-task]")).to_have_count(1)


def test_whoever_has_the_link_of_an_owner_reads_that_these_are_tasks_and_no_workflow(web: Web, visitor: Page) -> None:
    visitor.goto(f"/share#token={token(web, owner='nobody so far')}")
    expect(visitor.get_by_role("heading", name="Tasks")).to_be_visible()
    expect(visitor.get_by_text("No task is on record.")).to_be_visible()
