"""The bar in pages that strangers build with React and with Vue, and what TypeScript says of it there."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import expect

from tests.browser.beside import Web
from tests.browser.conftest import Send
from tests.conftest import OpenPage
from tests.processes import ROOT, Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

EXAMPLES = ROOT / "frontend" / "examples"
FRAMEWORKS = ("react", "vue")


def npm(*command: str) -> None:
    """Runs a script of the examples. AssertionError with what it said if it fails."""
    assert (EXAMPLES / "node_modules").is_dir(), "the packages of frontend/examples are missing: bin/test installs them"
    done = subprocess.run(
        ["npm", "--prefix", str(EXAMPLES), "run", "--silent", *command],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The origin at which the files of a folder are."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def origin(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the built pages are, which may use a Phloem of another origin."""
    folder = tmp_path_factory.mktemp("frameworks")
    npm("build", "--", "--outDir", str(folder), "--emptyOutDir")
    with served(folder) as origin, Web(stack, {"PHLOEM_ORIGINS": origin}) as web:
        for name in FRAMEWORKS:
            page = folder / f"{name}.html"
            page.write_text(page.read_text().replace("http://127.0.0.1:8000", web.url))
        yield origin


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_bar_of_a_task_moves_in_a_page_of_this_framework_which_hears_that_it_succeeded(
    open_page: OpenPage, send: Send, origin: str, framework: str
) -> None:
    task_id = str(uuid.uuid4())
    page = open_page("about:blank")
    page.add_init_script("window.moved = 0; addEventListener('progress', () => { window.moved += 1 })")
    page.goto(f"{origin}/{framework}.html?task={task_id}")
    bar = page.locator("task-progress")
    expect(bar.locator("[part=message]")).to_have_text("Not started yet")
    expect(bar.locator("[part=name]")).to_have_text("Your export")
    send(task_id, duration=2)
    expect(page.locator("#end")).to_have_text('It is done: "2 s have passed"')
    expect(bar.locator("[part=track]")).to_have_attribute("aria-valuenow", "100")
    assert page.evaluate("window.moved") > 0


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_page_of_this_framework_hears_that_its_task_failed(
    open_page: OpenPage, send: Send, origin: str, framework: str
) -> None:
    page = open_page("about:blank")
    page.goto(f"{origin}/{framework}.html?task={send(duration='soon')}")
    expect(page.locator("#end")).to_contain_text("It came to nothing: ")


def test_typescript_knows_the_tag_in_both_and_refuses_what_does_not_fit() -> None:
    npm("check")
