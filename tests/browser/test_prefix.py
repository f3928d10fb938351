"""The page below a path of its host, as behind a proxy that gives Phloem a part of a site."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.beside import Web
from tests.browser.conftest import Send
from tests.conftest import OpenPage
from tests.processes import PHLOEM, Stack

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def root(stack: Stack) -> Iterator[str]:
    """The address of the page of a server with a prefix."""
    with Web(stack, {"PHLOEM_PREFIX": "/tools/phloem"}) as web:
        yield f"{web.url}/tools/phloem"


def test_the_page_its_calls_its_connection_and_the_element_work_below_a_prefix(
    root: str, open_page: OpenPage, send: Send
) -> None:
    task_id = send("below/a prefix", duration=0)
    page = open_page(f"{root}/")
    row = page.locator(f'a[href="/tools/phloem/tasks/{task_id.replace("/", "%2F").replace(" ", "%20")}"]')
    row.click()
    expect(page.locator(".task[data-state=SUCCESS]")).to_be_visible()
    page.reload()
    expect(page.locator(".task[data-state=SUCCESS]")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(f"{root}/launch")
    page.evaluate(
        """([root, id]) => {
          const script = Object.assign(document.createElement("script"), { type: "module", src: `${root}/embed.js` });
          const bar = document.createElement("task-progress");
          bar.setAttribute("server", root);
          bar.setAttribute("task", id);
          bar.addEventListener("success", ({ detail }) => { document.body.dataset.told = detail.state; });
          document.body.append(script, bar);
        }""",
        [root, task_id],
    )
    expect(page.locator("body")).to_have_attribute("data-told", "SUCCESS")


def test_phloem_watch_takes_an_address_with_a_path(root: str, send: Send) -> None:
    task_id = send(duration=0)
    watched = subprocess.run([*PHLOEM, "watch", "--url", root, task_id], capture_output=True, text=True, timeout=50)
    assert watched.returncode == 0, watched.stderr
