"""Mail on the page: sent by the form, read in the mailbox, which fills by itself."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from phloem_server.commands.mailbox.store import Mailbox
from tests.api import Api
from tests.browser.screen import open_form
from tests.conftest import OpenPage
from tests.processes import Stack

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: OpenPage, stack: Stack) -> Page:
    stack.ensure("mailbox")
    return open_page("about:blank")


def test_a_mail_that_the_form_sends_can_be_read_with_its_attachments(page: Page, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("first")
    (tmp_path / "two.bin").write_bytes(bytes(range(256)))
    form = open_form(page, "send_email")
    form.locator('[name="to"]').fill("ann@example.com, bob@example.com")
    form.locator('[name="subject"]').fill("Grüße")
    form.locator('[name="body"]').fill("Dear both,\n\n<b>not bold</b>")
    form.locator('[name="attachments"]').set_input_files([tmp_path / "one.txt", tmp_path / "two.bin"])
    form.get_by_role("button", name="Launch").click()
    launched = page.locator(".launched [data-task]")
    expect(launched).to_have_attribute("data-state", "SUCCESS")
    task_id = launched.get_attribute("data-task")
    launched.get_by_role("link").click()
    page.get_by_role("link", name="Open the mailbox").click()
    page.locator("[data-mail]").first.click()
    mail = page.locator("[data-message]")
    expect(mail.get_by_role("heading", name="Grüße")).to_be_visible()
    expect(mail.locator(".mail-text")).to_have_text("Dear both,\n\n<b>not bold</b>\n")
    expect(mail.locator(".mail-facts")).to_contain_text("ann@example.com, bob@example.com")
    with page.expect_download() as download:
        mail.get_by_role("link", name="two.bin").click()
    assert download.value.path().read_bytes() == bytes(range(256))
    mail.get_by_role("link", name=str(task_id)).click()
    expect(page.locator(f'[data-task-page="{task_id}"]')).to_be_visible()


def test_the_mailbox_shows_what_arrives_without_asking_again_and_again(page: Page, api: Api) -> None:
    page.goto("/mailbox")
    expect(page.locator(".mailbox, [data-mailbox=empty]")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    api.ended(api.submit("send_email", to=["ann@example.com"], subject="Arrives by itself"))
    expect(page.locator("[data-mail]").first).to_contain_text("Arrives by itself")
    assert 1 <= len(asked) <= 3


def test_html_in_a_mail_is_never_interpreted(page: Page, stack: Stack) -> None:
    message = EmailMessage()
    message["Subject"] = "<img src=x onerror=alert(1)>"
    message.set_content("<script>alert(1)</script>", subtype="html")
    mail_id = Mailbox(stack.folder).keep(message.as_bytes(), "<i>@x", ["<i>a@example.com"])
    page.goto(f"/mailbox/{mail_id}")
    mail = page.locator("[data-message]")
    expect(mail.get_by_role("heading").first).to_have_text("<img src=x onerror=alert(1)>")
    expect(mail).to_contain_text("has no plain text")
    with page.expect_download() as download:
        mail.get_by_role("link", name="text.html").click()
    assert "<script>" in download.value.path().read_text()


@pytest.mark.console_errors
def test_a_message_that_is_not_there_is_said(page: Page) -> None:
    page.goto("/mailbox/0000000000000000000-00000000")
    expect(page.locator("[data-message] .problem")).to_contain_text("There is no message")
