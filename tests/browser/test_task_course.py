"""The page of one task over time: how it ended, when, what its tries and steps took, and what they said."""

from __future__ import annotations

import re

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
    said = task.locator('.log-line[data-kind="state"]').filter(has_text="RETRY")
    expect(said).to_have_text([re.compile("Refused: not yet")])
