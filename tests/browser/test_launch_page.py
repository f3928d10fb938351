"""The launch page: jobs to find, a form with queue and time beside it, and what was launched, to be launched again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import open_form
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page("about:blank")


def test_jobs_are_found_by_words_and_the_first_is_opened_by_enter(page: Page) -> None:
    page.goto("/launch")
    jobs = page.locator("[data-job]")
    expect(page.locator('[data-job="phloem.jobs.countdown"]')).to_be_visible()
    every = jobs.count()
    page.keyboard.press("/")
    find = page.get_by_role("searchbox", name="Find a job")
    expect(find).to_be_focused()
    find.fill("image")
    expect(jobs.first).to_have_attribute("data-job", "phloem.jobs.resize_image")
    assert jobs.count() < every
    find.press("Enter")
    form = page.locator('[data-form="phloem.jobs.resize_image"]')
    expect(form.get_by_role("heading", name="resize_image")).to_be_focused()
    page.keyboard.press("Tab")
    expect(form.locator("input, select").first).to_be_focused()
    find.fill("nothing of the kind")
    expect(page.get_by_text("No job has these words.")).to_be_visible()


def test_queue_and_time_stand_beside_the_arguments_and_are_sent_with_them(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    form = open_form(page, "countdown")
    duration, queue = form.locator('[name="duration"]'), form.get_by_label("Queue")
    beside, field = queue.bounding_box(), duration.bounding_box()
    assert beside is not None
    assert field is not None
    assert beside["x"] > field["x"] + field["width"]
    duration.fill("0")
    form.get_by_label("Start after, in seconds").fill("2")
    form.get_by_label("Start at").fill("2001-01-01T12:00")
    form.get_by_role("button", name="Launch").click()
    expect(form.get_by_text("This is past.")).to_be_visible()
    expect(form.get_by_label("Start at")).to_be_focused()
    form.get_by_label("Start at").fill("")
    with page.expect_request("**/api/v1/tasks") as request:
        form.get_by_role("button", name="Launch").click()
    sent = json.loads(request.value.post_data or "")
    assert (sent["kwargs"]["duration"], sent["countdown"]) == (0, 2)
    expect(page.locator(".launched [data-task]")).to_have_attribute("data-state", "SUCCESS")


def test_what_was_said_of_a_launch_goes_when_the_next_form_is_wrong(page: Page) -> None:
    form = open_form(page, "countdown")
    form.locator('[name="duration"]').fill("0")
    form.get_by_role("button", name="Launch").click()
    expect(form.get_by_role("status")).to_have_text("Launched countdown")
    form.locator('[name="duration"]').fill("soon")
    form.get_by_role("button", name="Launch").click()
    expect(form.locator(".field-error")).to_be_visible()
    expect(form.get_by_role("status")).to_be_empty()


def test_a_launch_is_filled_in_again_from_what_was_launched_also_after_a_reload(page: Page) -> None:
    form = open_form(page, "countdown")
    form.locator('[name="duration"]').fill("0.5")
    form.get_by_role("button", name="Launch").click()
    expect(page.locator(".launched [data-task]")).to_have_attribute("data-state", "SUCCESS")
    page.goto("/launch?job=phloem.jobs.log_event")
    page.get_by_role("button", name="Again with these: countdown, duration 0.5").click()
    again = page.locator('[data-form="phloem.jobs.countdown"]')
    expect(again.locator('[name="duration"]')).to_have_value("0.5")
    expect(again.get_by_role("heading", name="countdown")).to_be_focused()
    again.get_by_role("button", name="Launch").click()
    expect(page.locator(".launched [data-task]")).to_have_count(2)


def test_on_a_phone_the_form_comes_before_the_list_of_jobs(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    form = open_form(page, "countdown")
    first, below = form.bounding_box(), page.locator("[data-job]").first.bounding_box()
    assert first is not None
    assert below is not None
    assert first["y"] + first["height"] <= below["y"]
    assert first["y"] < 844 / 2
    page.get_by_role("link", name="Choose another job").click()
    expect(page.locator("[data-job]").first).to_be_in_viewport()
    page.locator('[data-job="phloem.jobs.log_event"]').click()
    expect(page.locator('[data-form="phloem.jobs.log_event"] h2')).to_be_in_viewport()
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=390)


def test_the_time_of_a_launch_stays_the_same_moment_in_another_zone(open_page: OpenPage) -> None:
    page = open_page("about:blank", timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 900})
    form = open_form(page, "countdown")
    form.locator('[name="duration"]').fill("0")
    form.get_by_label("Start at").fill("2037-01-10T12:30")
    page.get_by_role("button", name="Times").click()
    page.get_by_role("radio", name="UTC").check()
    expect(form.get_by_label("Start at")).to_have_value("2037-01-10T03:30")
    expect(form.get_by_text("In UTC.")).to_be_visible()
    page.keyboard.press("Escape")
    page.route("**/api/v1/tasks", lambda route: route.fulfill(status=202, json={"id": "later", "url": "/"}))
    with page.expect_request("**/api/v1/tasks") as request:
        form.get_by_role("button", name="Launch").click()
    sent = json.loads(request.value.post_data or "")
    assert datetime.fromtimestamp(sent["eta"], UTC) == datetime(2037, 1, 10, 3, 30, tzinfo=UTC)
    again = page.get_by_role("button", name="eta 2037-01-10T03:30")
    expect(again).to_be_visible()
    page.get_by_role("button", name="Times").click()
    page.get_by_role("radio", name="of this machine").check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="eta 2037-01-10T12:30").click()
    expect(page.locator("[data-form]").get_by_label("Start at")).to_have_value("2037-01-10T12:30")


def test_a_time_that_clocks_skip_is_refused(open_page: OpenPage) -> None:
    page = open_page("about:blank", timezone_id="Europe/Berlin", viewport={"width": 1440, "height": 900})
    form = open_form(page, "countdown")
    form.get_by_label("Start at").fill("2037-03-29T02:30")
    form.get_by_role("button", name="Launch").click()
    expect(form.get_by_text("There is no such time on that day")).to_be_visible()
