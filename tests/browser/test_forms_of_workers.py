"""The launch page of a server without an app: its forms are those that the workers tell."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.screen import open_form
from tests.conftest import OpenPage
from tests.processes import PHLOEM, Stack, free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def without_app(stack: Stack) -> Iterator[Api]:
    """The calls of such a server, beside that of the stack."""
    port = free_port()
    stack.add("bare", f"exec {shlex.join(PHLOEM)} serve --port {port}")
    stack.start("bare")
    api = Api(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: "Phloem is at" in stack.log("bare"), 60, lambda: stack.log("bare"))
        yield api
    finally:
        stack.kill("bare")


@pytest.fixture
def page(open_page: OpenPage, without_app: Api) -> Page:
    return open_page("about:blank", base_url=without_app.url)


def test_a_task_of_a_worker_is_launched_by_its_form_and_its_arguments_are_checked(page: Page) -> None:
    form = open_form(page, "countdown")
    form.locator('[name="duration"]').fill("-1")
    form.get_by_role("button", name="Launch").click()
    expect(form.locator(".field-error")).to_have_text("At least 0.")
    form.locator('[name="duration"]').fill("1")
    form.get_by_role("button", name="Launch").click()
    expect(page.locator(".launched [data-task]")).to_have_attribute("data-state", "SUCCESS")


def test_the_form_of_a_task_that_no_worker_runs_now_says_that_it_will_wait(
    page: Page, stack: Stack, without_app: Api
) -> None:
    waits = "No worker runs this now. What you launch waits until one does."
    expect(open_form(page, "countdown").get_by_text(waits)).to_have_count(0)
    stack.stop("worker")

    def gone() -> bool:
        tasks = without_app.get("/registry").json()["tasks"]
        return all(task["workers"] == 0 for task in tasks if task["name"] == "phloem.jobs.countdown")

    wait_until(gone, 60, "the worker is gone")
    form = open_form(page, "countdown")
    expect(form.get_by_text(waits)).to_be_visible()
    form.locator('[name="duration"]').fill("0")
    form.get_by_role("button", name="Launch").click()
    row = page.locator(".launched [data-task]")
    expect(row).to_have_attribute("data-state", "PENDING")
    stack.start("worker")
    expect(row).to_have_attribute("data-state", "SUCCESS")
