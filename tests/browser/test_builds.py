"""A page that stays open while the server is replaced: it offers the page that is there now, and does not insist."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.beside import Web
from tests.browser.screen import open_form, wait_for_connection, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.processes import ROOT, Stack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.console_errors,  # the browser itself notes each connection that failed
    pytest.mark.timeout(400),
]

NAME = 'meta[name="build"]'


@pytest.fixture
def web(stack: Stack) -> Iterator[Web]:
    """A web process as this clone has it."""
    with Web(stack) as running:
        yield running


@pytest.fixture
def upgraded(tmp_path: Path) -> Path:
    """A folder of packages with a server whose page was built otherwise."""
    package = tmp_path / "packages" / "phloem_server"
    shutil.copytree(ROOT / "server" / "phloem_server", package)  # as compiled as it is here
    index = package / "static" / "index.html"
    text = index.read_text()
    assert text.count('<meta name="build" content="') == 1
    index.write_text(text.replace('<meta name="build" content="', '<meta name="build" content="0123'))
    return package.parent


def offer(page: Page) -> Locator:
    """What says that there is another build."""
    return page.get_by_role("status").get_by_text("A new version of this page is there.")


def build(page: Page) -> str:
    """The name of the build that is on the screen."""
    return page.locator(NAME).get_attribute("content") or ""


def restart(web: Web, pages: list[Page], packages: Path | None) -> None:
    """Replaces the process while pages look at it; they are live again when this returns."""
    web.stop()
    for page in pages:
        wait_for_connection(page, "reconnecting")
    others = [str(packages)] if packages else []
    web.start(PYTHONPATH=os.pathsep.join([*others, os.environ.get("PYTHONPATH", "")]))
    for page in pages:
        wait_until_live(page)


def test_a_page_of_an_earlier_build_goes_on_and_offers_the_one_that_is_there(
    open_page: OpenPage, web: Web, upgraded: Path
) -> None:
    page, other = (open_page("about:blank", base_url=web.url) for _ in range(2))
    form = open_form(page, "countdown")
    other.goto(f"{web.url}/")
    for each in (page, other):
        wait_until_live(each)
    before = build(page)
    duration = form.locator('[name="duration"]')
    duration.fill("0")
    page.evaluate("window.neverReloaded = true")
    restart(web, [page, other], upgraded)
    expect(offer(page)).to_be_visible()
    expect(duration).to_have_value("0")
    form.get_by_role("button", name="Launch").click()
    task_id = page.locator(".launched [data-task]").get_attribute("data-task")
    assert task_id
    wait_for_state(page, task_id)
    assert page.evaluate("window.neverReloaded")
    assert build(page) == before

    page.get_by_role("button", name="Reload").click()
    expect(page.locator(f'meta[name="build"][content="0123{before}"]')).to_have_count(1)
    wait_until_live(page)
    expect(offer(page)).to_have_count(0)

    other.get_by_role("button", name="Not now").click()
    expect(offer(other)).to_have_count(0)
    assert build(other) == before


def test_a_page_of_the_build_that_is_there_offers_nothing(open_page: OpenPage, web: Web) -> None:
    page = open_page("about:blank", base_url=web.url)
    page.goto(f"{web.url}/")
    wait_until_live(page)
    restart(web, [page], None)
    # The server says its build in `status`, before it answers anything: a page that is live has heard it.
    expect(offer(page)).to_have_count(0)
