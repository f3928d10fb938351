"""The page of one task over time: how it ended, when, what its tries and steps took, and what they said."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, wait_for_state
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_task_that_is_over_leads_with_how_it_ended_and_with_its_times_as_a_chain(
    open_page: OpenPage, api: Api, sample: Send, viewport: dict[str, int]
) -> None:
    task_id = sample("unreliable", 1, 0.1)
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}", viewport=viewport)
    wait_for_state(page, task_id)
    task = article(page, task_id)
    expect(task.locator(".task-title .outcome")).to_have_text(re.compile("^done in"))
    moments = task.get_by_role("list", name="Times").get_by_role("listitem")
    words = ("\\d\\d:\\d\\d:\\d\\d\\.\\d retried", "\\+.+s received", "\\+.+s started", "\\+.+s done")
    expect(moments).to_have_text([re.compile(f"^{word}$") for word in words])
    assert task.locator(".task-head .bar").bounding_box()["height"] == 4  # type: ignore[index]
    expect(task.locator(".facts").get_by_role("link", name="sample", exact=True)).to_have_attribute(
        "href", "/?q=queue:sample"
    )
    arguments, timeline = (
        task.locator("section", has=page.get_by_role("heading", name=name)).bounding_box()
        for name in ("Arguments", "Timeline")
    )
    assert arguments is not None
    assert timeline is not None
    if viewport is PHONE:
        assert arguments["y"] < timeline["y"]
    else:
        assert arguments["x"] > timeline["x"] + timeline["width"]
    said = task.locator('.log-line[data-kind="state"]').filter(has_text="asked for another try")
    expect(said).to_have_text([re.compile("Refused: not yet")])


def test_the_times_of_a_task_its_log_and_its_steps_follow_the_choice_of_a_zone(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("stepwise")
    task = api.ended(task_id)
    started, said = task["started_at"], task["steps"][-1]["started_at"]
    page = open_page(f"/tasks/{task_id}", viewport=WIDE, timezone_id="Asia/Tokyo")
    shown = article(page, task_id)
    line = shown.locator('.log-line[data-kind="state"]').filter(has_text="started").last.locator("time")
    step = shown.locator(".step .lane-track").last
    for zone in (ZoneInfo("Asia/Tokyo"), UTC):
        expect(line).to_have_text(re.compile(f"^{datetime.fromtimestamp(started, zone):%H}:"))
        expect(step).to_have_attribute("title", re.compile(f" {datetime.fromtimestamp(said, zone):%H}:"))
        page.get_by_role("button", name="Times").click()
        page.get_by_role("radio", name="UTC").check()
        page.keyboard.press("Escape")


def test_steps_are_bars_within_their_try_and_light_and_narrow_the_log(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("stepwise")
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}", viewport=WIDE)
    task = article(page, task_id)
    lanes = task.locator(".lanes > .lane")
    expect(lanes).to_have_count(2)
    expect(lanes.first).to_contain_text("Refused not yet")
    expect(lanes.first.locator(".step-name")).to_have_text(["Reading <b>"])
    expect(lanes.last.locator(".step-name")).to_have_text(["Reading <b>", "Writing"])
    broken = task.locator(".step[data-broken]")
    expect(broken.locator(".step-name")).to_have_text(["Reading <b>"])
    expect(broken.locator(".step-facts")).to_have_text(re.compile("^broke off after .+s"))
    expect(lanes.first.locator(".step[data-broken]")).to_have_count(1)
    expect(lanes.last.locator(".step-facts").first).to_have_text(re.compile("s"))
    ran, read, wrote = (
        lanes.last.locator(each).bounding_box()
        for each in ('.span[data-kind="running"]', '[data-step="1"] .step-bar', '[data-step="2"] .step-bar')
    )
    assert ran is not None
    assert read is not None
    assert wrote is not None
    assert ran["x"] - 1 <= read["x"] < wrote["x"]
    assert wrote["x"] + wrote["width"] <= ran["x"] + ran["width"] + 3
    lit = task.locator(".log-step[data-lit]")
    expect(lit).to_have_count(0)
    step = lanes.last.get_by_role("button", name="Writing")
    step.hover()
    expect(lit.locator(".log-message")).to_have_text(["written"])
    page.mouse.move(0, 0)
    expect(lit).to_have_count(0)
    step.focus()
    expect(lit).to_have_count(1)
    lines = task.locator('.log-line[data-kind="log"] .log-message')
    step.press("Enter")
    expect(lines).to_have_text(["written"])
    lanes.first.get_by_role("button", name="Try 1").click()
    expect(lines).to_have_text([f"row {number}" for number in range(12)])
    expect(task.locator('.log-line[data-kind="state"]').last).to_contain_text("asked for another try: Refused: not yet")
    task.get_by_role("button", name="Only the log of Try 1 is shown").click()
    expect(lines).to_have_count(25)


def test_the_lines_of_a_long_step_fold_and_each_line_has_an_address(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("stepwise")
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}", viewport=PHONE)
    task = article(page, task_id)
    folded = task.locator("details.log-step").first
    expect(folded.locator("summary")).to_have_text("Reading <b> 12 lines")
    line = folded.locator(".log-line", has_text="row 7")
    expect(line).to_be_hidden()
    states = task.locator('.log-line[data-kind="state"] .log-message')
    expect(states.last).to_have_text("done")
    address = line.locator("a").get_attribute("href")
    assert address is not None
    assert re.fullmatch(r"#log-\d+-\d+", address)
    page.goto("about:blank")
    page.goto(f"{api.url}/tasks/{task_id}{address}")
    expect(line).to_be_in_viewport()
    expect(line).to_have_attribute("data-addressed", "true")
    time, words = (line.locator(each).bounding_box() for each in ("a", ".log-message"))
    assert time is not None
    assert words is not None
    assert time["x"] + time["width"] <= words["x"]
    line.locator("a").focus()
    page.keyboard.press("ArrowDown")
    expect(folded.locator(".log-line", has_text="row 8").locator("a")).to_be_focused()
    page.goto("about:blank")
    page.goto(f"{api.url}/tasks/{task_id}#log-1-1")
    expect(task.get_by_text("The line of this address is not among those shown.")).to_be_visible()
