"""The form of a job: what does not fit is said beside its field, before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import open_form
from tests.conftest import UPLOAD_LIMIT, OpenPage
from tests.pictures import jpeg

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page("about:blank")


@pytest.mark.parametrize(
    ("job", "field", "value", "said"),
    [
        ("countdown", "duration", "soon", "A number is needed."),
        ("countdown", "duration", "-1", "At least 0."),
        ("countdown", "duration", "3601", "At most 3600."),
        ("resize_image", "width", "2.5", "A whole number is needed."),
        ("resize_image", "upload", "", "This is needed."),
        ("fetch_url", "url", "notaurl", "An address is needed, such as https://example.com/file."),
    ],
)
def test_a_value_that_does_not_fit_is_said_beside_its_field(
    page: Page, job: str, field: str, value: str, said: str
) -> None:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    form = open_form(page, job)
    control = form.locator(f'[name="{field}"]')
    if value:
        control.fill(value)
    form.get_by_role("button", name="Launch").click()
    error = form.locator(f'[data-field="{field}"] .field-error')
    expect(error).to_have_text(said)
    expect(control).to_have_attribute("aria-invalid", "true")
    assert error.get_attribute("id") in (control.get_attribute("aria-describedby") or "").split()
    assert posts == []


def test_the_first_field_that_does_not_fit_gets_the_focus_and_its_error_goes_when_it_fits(page: Page) -> None:
    form = open_form(page, "countdown")
    duration = form.locator('[name="duration"]')
    duration.fill("soon")
    form.get_by_role("button", name="Launch").click()
    expect(duration).to_be_focused()
    duration.fill("0")
    expect(form.locator(".field-error")).to_have_count(0)
    duration.press("Enter")
    expect(page.locator(".launched [data-task]")).to_have_attribute("data-state", "SUCCESS")


@pytest.mark.parametrize("width", [1440, 390])
def test_what_was_launched_is_said_and_moves_under_the_button(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    form = open_form(page, "countdown")
    said = form.get_by_role("status")
    expect(said).to_be_empty()
    form.locator('[name="duration"]').fill("1")
    for number in (1, 2):
        form.get_by_role("button", name="Launch").click()
        expect(page.locator(".launched [data-task]")).to_have_count(number)
        expect(said).to_have_text("Launched countdown")
    newest = page.locator(".launched [data-task]").first
    task_id = newest.get_attribute("data-task")
    expect(newest).to_be_in_viewport(ratio=1)
    expect(newest).to_have_attribute("data-state", "SUCCESS")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    said.get_by_role("link").click()
    expect(page.locator("[data-task-page]")).to_have_attribute("data-task-page", str(task_id))


def test_a_field_says_when_it_wants_json_and_a_choice_with_a_default_is_made(page: Page) -> None:
    form = open_form(page, "log_event")
    expect(form.locator('[data-field="details"] .field-help')).to_contain_text('As JSON, such as {"name": "value"}.')
    level = form.locator('[name="level"]')
    expect(level.locator("option")).to_have_text(["debug", "error", "info", "warning"])
    expect(level.locator("option:checked")).to_have_text("info")


def test_mail_is_offered_only_where_a_job_sends_it(page: Page) -> None:
    page.goto("/launch")
    mailbox = page.get_by_role("link", name="Open the mailbox")
    expect(mailbox).to_be_visible()
    job = {"name": "own.add", "doc": "Adds.", "schema": {"type": "object"}}
    page.route("**/api/v1/registry", lambda route: route.fulfill(json={"tasks": [job]}))
    page.route("**/api/v1/mailbox?*", lambda route: route.fulfill(json={"messages": [], "next": None}))
    page.reload()
    expect(page.locator('[data-form="own.add"]')).to_be_visible()
    expect(mailbox).to_have_count(0)
    with page.expect_response("**/api/v1/registry"):
        page.goto("/mailbox")
    expect(page.locator("[data-mailbox=empty]")).to_be_visible()
    expect(page.get_by_role("link", name="Send a mail")).to_have_count(0)


def test_a_file_over_the_limit_is_said_beside_its_field_and_not_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "big.jpg").write_bytes(bytes(UPLOAD_LIMIT + 1))
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    form = open_form(page, "resize_image")
    form.locator('[name="upload"]').set_input_files(tmp_path / "big.jpg")
    form.get_by_role("button", name="Launch").click()
    expect(form.locator('[data-field="upload"] .field-error')).to_contain_text("the limit is 8.0\u00a0MB")
    assert posts == []


def test_a_file_of_another_kind_is_said_as_soon_as_it_is_chosen_and_not_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("Dear all,")
    (tmp_path / "cat.jpg").write_bytes(jpeg())
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    form = open_form(page, "resize_image")
    upload = form.locator('[name="upload"]')
    expect(upload).to_have_attribute("accept", "image/jpeg,image/png,image/webp,image/avif")
    upload.set_input_files(tmp_path / "text.txt")
    error = form.locator('[data-field="upload"] .field-error')
    expect(error).to_have_text("text.txt is no JPEG, PNG, WebP or AVIF picture.")
    form.get_by_role("button", name="Launch").click()
    expect(upload).to_be_focused()
    assert posts == []
    upload.set_input_files(tmp_path / "cat.jpg")
    expect(error).to_have_count(0)


def test_what_is_typed_as_a_password_cannot_be_read_and_is_left_out_when_nothing_is(page: Page) -> None:
    schema = {"properties": {"password": {"type": "string", "format": "password", "writeOnly": True}}}
    job = {"name": "phloem.jobs.sign_in", "doc": "Signs in.", "schema": schema}
    page.route("**/api/v1/registry", lambda route: route.fulfill(json={"tasks": [job]}))
    page.route("**/api/v1/tasks", lambda route: route.fulfill(status=202, json={"id": "1"}))
    form = open_form(page, "sign_in")
    password = form.locator('[name="password"]')
    expect(password).to_have_attribute("type", "password")
    expect(password).to_have_attribute("autocomplete", "off")
    expect(password).to_have_value("")
    for typed, sent in (("", {}), ("hunter2", {"password": "hunter2"})):
        password.fill(typed)
        with page.expect_request("**/api/v1/tasks") as request:
            form.get_by_role("button", name="Launch").click()
        assert json.loads(request.value.post_data or "")["kwargs"] == sent
        expect(form.get_by_role("button", name="Launch")).to_be_enabled()


@pytest.mark.console_errors
def test_what_the_server_refuses_is_said_at_the_form(page: Page) -> None:
    form = open_form(page, "countdown")
    form.locator('[name="duration"]').fill("1")
    page.route(
        "**/api/v1/tasks",
        lambda route: route.fulfill(status=503, json={"title": "No", "detail": "The broker does not answer."}),
    )
    form.get_by_role("button", name="Launch").click()
    expect(form.get_by_role("alert")).to_have_text("The broker does not answer.")
    expect(form.get_by_role("button", name="Launch")).to_be_enabled()
