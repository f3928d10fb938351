"""Keys: each that works is told, each that is told works; and what they open takes the focus and gives it back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, name_of, row, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

KEYS = {"Space": " ", "Esc": "Escape"}
"""What the panel calls a key that types nothing to be seen."""


@pytest.fixture
def ids(api: Api, sample: Send) -> list[str]:
    """Two tasks of one queue that failed, the last one first."""
    made = [sample("refused", "no"), sample("refused", "no")]
    for task_id in made:
        api.ended(task_id)
    wait_until(
        lambda: any(job["name"] == "sample.refused" for job in api.get("/registry").json()["tasks"]),
        60,
        "the server knows the job, which it has to run again",
    )
    return made[::-1]


@pytest.fixture
def page(open_page: OpenPage, ids: list[str]) -> Page:
    """The list of failed tasks, with its newest row in focus."""
    page = open_page("/?q=name:refused", viewport={"width": 1440, "height": 900})
    wait_for_state(page, ids[0], "FAILURE")
    page.keyboard.press("j")
    expect(name_of(row(page, ids[0]))).to_be_focused()
    return page


def leads_to(address: str) -> Callable[[Page, list[str]], None]:
    return lambda page, _: expect(page).to_have_url(re.compile(f"{address}$"))


DOES: dict[str, Callable[[Page, list[str]], None]] = {
    "search": lambda page, _: expect(page.get_by_role("combobox", name="Search tasks")).to_be_focused(),
    "palette": lambda page, _: expect(page.get_by_role("combobox", name="Find anything, do anything")).to_be_focused(),
    "next": lambda page, ids: expect(name_of(row(page, ids[1]))).to_be_focused(),
    "previous": lambda page, ids: expect(name_of(row(page, ids[0]))).to_be_focused(),
    "open": lambda page, ids: expect(article(page, ids[0])).to_be_visible(),
    "peek": lambda page, ids: expect(page.locator(f'[data-peek="{ids[0]}"]')).to_be_focused(),
    "choose": lambda page, ids: expect(row(page, ids[0])).to_have_attribute("aria-selected", "true"),
    "retry": lambda page, ids: expect(page.locator(".bulk").get_by_role("status")).to_have_text("1 run again."),
    "leave": lambda page, ids: expect(page.locator('[aria-selected="true"]')).to_have_count(0),
    "tasks": leads_to("/"),
    "launch": leads_to("/launch"),
    "workers": leads_to("/workers"),
    "queues": leads_to("/queues"),
    "schedule": leads_to("/schedule"),
    "now": leads_to("/now"),
    "help": lambda page, _: expect(page.get_by_role("dialog", name="Keys")).to_be_visible(),
}
"""What each key of the table does to a list whose first row has the focus."""


def told(page: Page) -> dict[str, list[str]]:
    """The keys that the panel lists, by what they do."""
    page.keyboard.press("?")
    lines = page.locator("[data-shortcut]")
    expect(lines.first).to_be_visible()
    found: dict[str, list[str]] = lines.evaluate_all(
        "all => Object.fromEntries(all.map(line => [line.dataset.shortcut,"
        " [...line.querySelectorAll('kbd')].map(key => key.dataset.key ?? 'Control')]))"
    )
    page.keyboard.press("Escape")
    expect(lines).to_have_count(0)
    return found


def test_every_key_that_is_told_works_and_every_one_that_works_is_told(page: Page, ids: list[str], api: Api) -> None:
    keys = told(page)
    assert keys.keys() == DOES.keys()
    for name, pressed in keys.items():
        page.goto("/?q=name:refused")
        wait_for_state(page, ids[0], "FAILURE")
        page.keyboard.press("j")
        expect(name_of(row(page, ids[0]))).to_be_focused()
        if name == "leave":
            page.keyboard.press("x")
            expect(row(page, ids[0])).to_have_attribute("aria-selected", "true")
        if pressed[0] == "Control":
            page.keyboard.press("+".join(pressed))
        else:
            for key in pressed:
                page.keyboard.press("Space" if key == " " else key)
        DOES[name](page, ids)
        if name == "retry":  # its copy is the newest row from here on
            ids[:] = [api.ended(wait_until(lambda: copy_of(api, ids[0]), 60, "it is retried"))["id"], *ids]


def copy_of(api: Api, task_id: str) -> str:
    return str(api.task(task_id)["retried_as"] or "")


def test_space_looks_at_a_row_beside_the_list_and_the_focus_comes_back(page: Page, ids: list[str]) -> None:
    page.keyboard.press("Space")
    panel = page.locator(".peek")
    expect(panel).to_be_focused()
    expect(panel).to_contain_text("Refused: no")
    expect(panel.locator("pre")).to_contain_text('"no"')
    expect(row(page, ids[0])).to_have_attribute("data-peeked", "true")
    page.keyboard.press("j")  # the next one, in the same place
    expect(page.locator(f'[data-peek="{ids[1]}"]')).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel.get_by_role("link", name="Open")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(name_of(row(page, ids[1]))).to_be_focused()


def test_what_stands_beside_the_list_leads_on(page: Page, ids: list[str]) -> None:
    row(page, ids[0]).hover(position={"x": 300, "y": 10})
    row(page, ids[0]).get_by_role("button", name="Look at refused beside the list").click()
    panel = page.locator(".peek")
    for name, search in (
        ("refused", "name:sample.refused"),
        ("sample", "queue:sample"),
        ("All that failed with Refused", "error:Refused"),
    ):
        link = panel.get_by_role("link", name=name, exact=True)
        expect(link).to_have_attribute("href", re.compile(rf"\?q={search}$"))
    panel.get_by_role("link", name="sample", exact=True).click()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value("queue:sample")


def test_a_queue_and_a_worker_of_a_row_lead_to_their_lists(page: Page, ids: list[str]) -> None:
    row(page, ids[0]).locator(".cell-worker a").click()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(re.compile("^worker:.*@"))
    row(page, ids[0]).locator(".cell-queue a").click()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value("queue:sample")


def find(page: Page, text: str) -> None:
    """Types into the list of commands, once it is there."""
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find anything, do anything")).to_be_focused()
    page.keyboard.type(text)


@pytest.fixture
def shared_view(api: Api) -> Iterator[None]:
    api.post("/views", json={"name": "Mornings", "search": "age:<1h"})
    yield
    api.session.delete(f"{api.url}/api/v1/views/Mornings")


@pytest.mark.usefixtures("shared_view")
def test_the_list_of_commands_finds_tasks_jobs_queues_workers_pages_and_views(page: Page, ids: list[str]) -> None:
    page.evaluate("""localStorage.setItem("phloem.views", JSON.stringify([{name: "Nights", search: "age:<1h"}]))""")
    page.reload()
    wait_until_live(page)
    found = page.get_by_role("option")
    for typed, kind in (
        (ids[1], "tasks"),
        ("countdown", "jobs"),
        ("queues sample", "queues"),
        ("workers", "workers"),
        ("schedule", "pages"),
        ("nights", "views"),
        ("mornings", "views"),
        ("theme", "commands"),
    ):
        find(page, typed)
        expect(found.and_(page.locator(f'[data-kind="{kind}"]')).first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("combobox", name="Find anything, do anything")).to_have_count(0)


def test_the_list_of_commands_does_what_is_chosen(page: Page, ids: list[str]) -> None:
    page.keyboard.press("x")
    find(page, "run chosen")
    page.keyboard.press("Enter")
    expect(page.locator(".bulk").get_by_role("status")).to_have_text("1 run again.")
    find(page, "theme")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "paper")
    find(page, "launch countdown")
    expect(page.locator('[data-kind="jobs"]')).to_be_visible()  # the jobs are asked for anew each time
    page.keyboard.press("Enter")
    expect(page.locator('[data-form="phloem.jobs.countdown"]')).to_be_visible()


def test_while_tasks_are_chosen_tab_leads_to_what_can_be_done_and_escape_back(page: Page, ids: list[str]) -> None:
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Tab")
    bulk = page.get_by_role("region", name="What can be done to the chosen tasks")
    again = bulk.get_by_role("button", name="Retry 2")
    expect(again).to_be_focused()
    page.keyboard.press("Enter")
    expect(bulk.get_by_role("button", name="Leave them as they are")).to_be_focused()
    harm = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--failed')")
    for button in bulk.get_by_role("button").all():
        assert button.evaluate("each => getComputedStyle(each).backgroundColor") != harm
    expect(bulk.locator("[data-danger]")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(again).to_be_focused()
    expect(bulk.get_by_role("button", name="Clear selection")).to_be_visible()
    page.keyboard.press("Escape")
    expect(bulk).to_have_count(0)
    expect(name_of(row(page, ids[1]))).to_be_focused()


def test_a_failure_that_was_run_again_looks_so(page: Page, ids: list[str]) -> None:
    page.keyboard.press("r")
    made = page.locator(".made [data-made-task]")
    expect(made).to_have_attribute("data-state", "FAILURE")
    expect(page.locator(".made")).to_contain_text("1 failed")
    expect(row(page, ids[0])).to_have_attribute("data-retried", "true")
    expect(row(page, ids[0]).get_by_role("link", name="retried")).to_be_visible()
    name_of(row(page, ids[0])).click()
    title = article(page, ids[0]).locator(".task-title")
    expect(title).to_have_attribute("data-retried", "true")
    expect(title.locator(".outcome")).to_contain_text("retried")
