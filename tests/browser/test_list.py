"""The list of tasks: its one box, rows that stay where one points, what can be chosen, kept and taken along."""

from __future__ import annotations

import csv
import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import RecordSettings
from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import name_of, row, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


def box(page: Page) -> Locator:
    """The field that narrows the list."""
    return page.get_by_role("combobox", name="Search tasks")


def order(page: Page) -> list[str]:
    """The tasks that the list shows, from its top."""
    found: list[str] = page.locator(".table-slice [data-task]").evaluate_all(
        "rows => rows.map(row => row.dataset.task)"
    )
    return found


def test_a_count_of_a_state_narrows_the_list_and_stands_in_the_box(open_page: OpenPage, api: Api, sample: Send) -> None:
    done, failed = sample("echo", "a"), sample("refused", "no")
    api.ended(done), api.ended(failed)
    page = open_page("/")
    wait_for_state(page, failed, "FAILURE")
    page.locator('[data-group="failed"]').click()
    expect(row(page, done)).to_have_count(0)
    expect(row(page, failed)).to_be_visible()
    expect(box(page)).to_have_value("state:failed")
    expect(page).to_have_url(f"{api.url}/?q=state:failed")
    expect(page.locator('[data-group="failed"]')).to_have_attribute("aria-current", "true")
    page.locator('[data-group="all"]').click()
    expect(row(page, done)).to_be_visible()


def test_the_box_completes_what_is_typed_and_says_what_it_does_not_understand(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    echo, refused = sample("echo", "a"), sample("refused", "no")
    api.ended(echo), api.ended(refused)
    page = open_page("/")
    wait_for_state(page, echo)
    expect(row(page, refused)).to_be_visible()  # what is proposed are names that the page has met
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type("na")
    proposals = page.get_by_role("option")
    expect(proposals.locator("code")).to_have_text(["name:"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("name:")
    page.keyboard.type("sample.ref")
    expect(proposals).to_have_text(["name:sample.refused"])
    proposals.first.click()
    expect(row(page, echo)).to_have_count(0)
    expect(row(page, refused)).to_be_visible()
    box(page).fill("state:finished")
    expect(page.locator(".search-fault")).to_contain_text("No state is called \u201cfinished\u201d.")
    box(page).fill("nmae:refused")
    expect(page.locator(".search-fault")).to_have_text("There is no field nmae; it is looked for as text.")
    expect(box(page)).not_to_have_attribute("aria-invalid", "true")
    box(page).fill("")
    expect(page.locator(".search-fault")).to_have_count(0)


def test_rows_stay_where_they_are_while_the_pointer_is_among_them(open_page: OpenPage, api: Api, sample: Send) -> None:
    first = sample("echo", "a")
    page = open_page("/")
    wait_for_state(page, first)
    wait_until_live(page)  # the document brings the first rows, and the others come after them
    before = order(page)
    row(page, first).hover(position={"x": 300, "y": 10})
    later = [sample("echo", "b"), sample("echo", "c")]
    waiting = page.get_by_role("button", name="2 new")
    expect(waiting).to_be_visible()
    assert order(page) == before
    waiting.click()
    expect(waiting).to_have_count(0)
    assert order(page)[:2] == later[::-1]
    page.mouse.move(5, 5)
    last = sample("echo", "d")
    expect(row(page, last)).to_be_visible()
    assert order(page)[0] == last


STILL = """
id => document.documentElement.matches("[data-rush]")
  && getComputedStyle(document.querySelector(`[data-task="${id}"] .bar-fill`)).transitionDuration === "0s"
"""
"""Whether the bar of a task jumps to where it is."""

TINTED = "() => document.getAnimations().filter(each => each.animationName?.startsWith('tint')).length"
"""How many rows have a colour that fades."""


def test_nothing_moves_while_more_changes_than_eyes_could_follow(open_page: OpenPage, api: Api, stack: Stack) -> None:
    page = open_page("/", reduced_motion="no-preference")
    wait_until_live(page)
    ids, rounds = [secrets.token_hex(8) for _ in range(150)], count(1)
    with closing(RedisChannel(RecordSettings.of_record(stack.environment))) as channel:

        def is_still() -> bool:
            number = next(rounds)
            told = [report(each, number, State.STARTED if number < 3 else State.PROGRESS) for each in ids]
            channel.record(told[:100])
            channel.record(told[100:])
            # The states of rows that are shown have changed by then.
            return number > 5 and bool(row(page, ids[-1]).count() and page.evaluate(STILL, ids[-1]))

        try:
            wait_until(is_still, 30, "bars stand still")
            expect(page.locator("html[data-rush]")).to_have_count(0)
            assert page.evaluate(TINTED) == 0
            expect(row(page, ids[-1]).locator(".bar-fill")).to_have_css("transition-duration", "0.15s")
        finally:
            channel.record([report(each, 1000, State.SUCCESS) for each in ids[:100]])
            channel.record([report(each, 1000, State.SUCCESS) for each in ids[100:]])
    expect(row(page, ids[-1])).to_have_attribute("data-state", "SUCCESS")


def report(task_id: str, number: int, state: State) -> Event:
    """A task's report of that number, by which it is so far."""
    now, percent = time.time(), min(number, 100)
    return Event(id=task_id, at=now, source=task_id, seq=number, run="r", state=state, name="swift", percent=percent)


def test_rows_stay_where_they_are_while_the_keyboard_is_among_them(open_page: OpenPage, api: Api, sample: Send) -> None:
    first, second = sample("echo", "a"), sample("echo", "b")
    api.ended(second)
    page = open_page("/?q=name:echo")
    wait_for_state(page, second)
    wait_for_state(page, first)
    page.keyboard.press("j")
    expect(name_of(row(page, second))).to_be_focused()
    later = sample("echo", "c")
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    page.keyboard.press("j")
    expect(name_of(row(page, first))).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(row(page, second)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(row(page, second)).to_have_attribute("aria-selected", "false")
    expect(row(page, later)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(second))


def test_a_row_that_leaves_the_list_keeps_its_place_until_one_looks_elsewhere(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("patient")
    page = open_page("/?q=state:running")
    row(page, task_id).hover(position={"x": 300, "y": 10})
    assert api.post(f"/tasks/{task_id}/revoke", json={"terminate": True}).status_code == 202
    expect(row(page, task_id)).to_have_attribute("data-gone", "true")
    page.mouse.move(5, 5)
    expect(row(page, task_id)).to_have_count(0)


@pytest.mark.console_errors  # the browser notes the refusal
def test_what_was_chosen_is_acted_on_together_and_what_was_refused_is_said(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    ids = [sample("echo", number) for number in range(4)]
    for task_id in ids:
        api.ended(task_id)
    page = open_page("/?q=name:echo")
    made: list[str] = []

    def answer(route: Any) -> None:
        made.append(route.request.url.split("/")[-2])
        status = 409 if made[-1] == ids[0] else 202
        route.fulfill(status=status, json={"id": "1", "url": "/", "detail": "Its arguments were not kept."})

    page.route("**/api/v1/tasks/*/retry", answer)
    wait_for_state(page, ids[0])
    row(page, ids[3]).get_by_role("checkbox").check()
    row(page, ids[0]).get_by_role("checkbox").click(modifiers=["Shift"])
    bulk = page.get_by_role("region", name="What can be done to the chosen tasks")
    expect(bulk).to_contain_text("4 chosen")
    bulk.get_by_role("button", name="Retry 4").click()
    assert made == []
    bulk.get_by_role("button", name="Run them again").click()
    expect(bulk.get_by_role("status")).to_have_text("3 run again. 1 refused: Its arguments were not kept.")
    assert sorted(made) == sorted(ids)
    expect(page.locator('[aria-selected="true"]')).to_have_count(0)


def choose(page: Page, *task_ids: str) -> Locator:
    """What can be done to these, once they are chosen."""
    for task_id in task_ids:
        row(page, task_id).get_by_role("checkbox").check()
    return page.get_by_role("region", name="What can be done to the chosen tasks")


def test_what_can_be_done_follows_the_tasks_while_it_is_asked_about(
    open_page: OpenPage, api: Api, stack: Stack, sample: Send
) -> None:
    source, now = secrets.token_hex(8), time.time()
    channel = RedisChannel(RecordSettings(redis_url=stack.redis.url, namespace="test"))

    def tell(number: int, seq: int, state: State, **fields: Any) -> None:
        channel.record([Event(id=f"{source}-{number}", at=now, source=source, seq=seq, state=state, **fields)])

    for number in range(3):
        tell(number, number + 1, State.PENDING, name=f"job-{source}")
    page = open_page(f"/?q=name:job-{source}")
    wait_for_state(page, f"{source}-2", "PENDING")
    bulk = choose(page, *(f"{source}-{number}" for number in range(3)))
    bulk.get_by_role("button", name="Revoke 3").click()
    tell(0, 4, State.STARTED, started_at=now, run="r0", begins=True)
    expect(bulk).to_contain_text("2\u00a0tasks will not run.")
    for number in (1, 2):
        tell(number, 4 + number, State.STARTED, started_at=now, run=f"r{number}", begins=True)
    expect(bulk.get_by_role("alertdialog")).to_have_count(0)
    expect(bulk.get_by_role("button", name="Terminate 3")).to_be_visible()
    expect(bulk).to_be_focused()
    for number in range(3):
        tell(number, 10 + number, State.SUCCESS, finished_at=now, run=f"r{number}")
    expect(bulk.get_by_role("button", name="Retry 3")).to_be_visible()


@pytest.mark.console_errors  # the browser notes the call without an answer
def test_what_nobody_answered_stays_chosen_to_be_tried_again(open_page: OpenPage, api: Api, sample: Send) -> None:
    ids = [sample("echo", number) for number in range(2)]
    for task_id in ids:
        api.ended(task_id)
    page = open_page("/?q=name:echo")
    page.route(f"**/api/v1/tasks/{ids[0]}/retry", lambda route: route.abort())
    page.route(f"**/api/v1/tasks/{ids[1]}/retry", lambda route: route.fulfill(status=202, json={"id": "1", "url": "/"}))
    wait_for_state(page, ids[0])
    bulk = choose(page, *ids)
    bulk.get_by_role("button", name="Retry 2").click()
    bulk.get_by_role("button", name="Run them again").click()
    expect(bulk.get_by_role("status")).to_contain_text("1 run again. 1 without an answer:")
    expect(bulk.get_by_role("button", name="Retry 1")).to_be_visible()
    expect(row(page, ids[0])).to_have_attribute("aria-selected", "true")
    row(page, ids[1]).get_by_role("checkbox").check()
    expect(bulk.get_by_role("status")).to_have_count(0)


@pytest.fixture
def running(api: Api) -> Iterator[list[str]]:
    """As many tasks as the worker has slots, which last until somebody ends them."""
    task_ids: list[str] = []
    try:
        for _ in range(2):
            task_ids.append(api.submit("countdown", duration=600))
        yield task_ids
    finally:
        for task_id in task_ids:
            api.post(f"/tasks/{task_id}/revoke", json={"terminate": True})


def test_a_worker_drops_ends_and_runs_again_what_was_chosen(open_page: OpenPage, api: Api, running: list[str]) -> None:
    page = open_page("/?q=name:countdown")
    for task_id in running:
        wait_for_state(page, task_id, "PROGRESS")
    waiting = [api.submit("countdown", duration=0) for _ in range(2)]
    for task_id in waiting:
        wait_for_state(page, task_id, "RECEIVED")

    bulk = choose(page, *running, *waiting)
    expect(bulk).to_contain_text("4 chosen")
    bulk.get_by_role("button", name="Revoke 2").click()
    bulk.get_by_role("button", name="Revoke them").click()
    expect(bulk.get_by_role("status")).to_have_text("2 revoked.")

    choose(page, *running).get_by_role("button", name="Terminate 2").click()
    bulk.get_by_role("button", name="Terminate them").click()
    expect(bulk.get_by_role("status")).to_have_text("2 asked to end.")
    for task_id in (*running, *waiting):
        wait_for_state(page, task_id, "REVOKED")
    assert [api.task(task_id)["started_at"] for task_id in waiting] == [None, None]

    choose(page, *waiting).get_by_role("button", name="Retry 2").click()
    bulk.get_by_role("button", name="Run them again").click()
    expect(bulk.get_by_role("status")).to_have_text("2 run again.")
    page.mouse.move(0, 0)  # rows wait while one points at them
    found = api.get("/tasks", params={"name": "*countdown", "limit": 2}).json()["tasks"]
    assert {task["retry_of"] for task in found} == set(waiting)
    for task in found:
        wait_for_state(page, task["id"])


def test_columns_density_and_searches_are_remembered(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id = sample("echo", 1)
    api.ended(task_id)
    page = open_page("/?q=name:echo", viewport={"width": 1440, "height": 900})
    wait_for_state(page, task_id)
    expect(page.locator(".row-head .cell-queue")).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Queue").uncheck()
    page.get_by_role("checkbox", name="State").check()
    page.get_by_role("checkbox", name="Compact rows").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Columns")).to_be_focused()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Name of this view").fill("Echoes")
    page.get_by_role("button", name="Save").click()
    page.goto("/")
    wait_for_state(page, task_id)
    expect(page.locator(".row-head .cell-queue")).to_have_count(0)
    expect(row(page, task_id).locator(".cell-state")).to_have_text("done")
    assert row(page, task_id).evaluate("row => row.offsetHeight") == 32
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="Echoes").click()
    expect(box(page)).to_have_value("name:echo")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Forget Echoes").click()
    expect(page.get_by_role("link", name="Echoes")).to_have_count(0)


def test_what_is_shown_is_taken_along_as_csv_and_json(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id = sample("refused", '=cmd()|"no"\nreally')
    api.ended(task_id)
    page = open_page(f"/?q={task_id}")
    wait_for_state(page, task_id, "FAILURE")
    files = {}
    for kind in ("CSV", "JSON"):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=f"As {kind}").click()
        files[download.value.suggested_filename] = Path(download.value.path()).read_bytes().decode()
    (line,) = csv.DictReader(files["tasks.csv"].splitlines(keepends=True))
    assert (line["id"], line["state"]) == (task_id, "FAILURE")
    assert line["error"] == 'Refused: =cmd()|"no"\nreally'
    (task,) = json.loads(files["tasks.json"])
    assert task["error"]["message"] == '=cmd()|"no"\nreally'


def test_the_keys_are_told_by_one_of_them(open_page: OpenPage, api: Api) -> None:
    api.submit("countdown", duration=0)  # without any task there is nothing to search
    page = open_page("/workers")
    wait_until_live(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Search the tasks")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", name="Launch")).to_be_visible()


def test_times_are_relative_or_exact_here_or_in_utc_and_that_is_remembered(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("echo", 1)
    ended = api.ended(task_id)["finished_at"]
    page = open_page("/?q=name:echo", timezone_id="Asia/Tokyo")
    wait_for_state(page, task_id)
    age = row(page, task_id).locator(".cell-age")
    expect(age).to_have_text(re.compile("just now|ago$"))
    page.get_by_role("button", name="Times").click()
    page.get_by_role("radio", name="as the clock has them").check()
    local, utc = datetime.fromtimestamp(ended, ZoneInfo("Asia/Tokyo")), datetime.fromtimestamp(ended, UTC)
    expect(age).to_have_text(f"{local:%H:%M:%S}")
    page.get_by_role("radio", name="UTC").check()
    expect(age).to_have_text(f"{utc:%H:%M:%S}")
    page.goto(f"/tasks/{task_id}")
    expect(page.locator(".facts")).to_contain_text(f"{utc:%Y-%m-%d %H:%M:%S}\u00a0UTC")
