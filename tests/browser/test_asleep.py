"""A tab that sleeps while tasks run, as when the lid of a laptop is closed: it wakes to the truth."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.api import Api
from tests.browser.beside import Web
from tests.browser.line import Line
from tests.browser.screen import row, wait_for_connection, wait_for_percents, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.processes import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PAINTED = """
() => {
  // What the page showed since it last woke: connection and tasks, and until how many ms later that was painted.
  window.painted = new Map();
  let last = performance.now();
  let woke = 0;
  const note = () => {
    const now = performance.now();
    if (now - last > 2000) {
      woke = now;
      window.painted.clear();
    }
    last = now;
    const link = document.querySelector("[data-connection]")?.dataset.connection;
    const tasks = [...document.querySelectorAll("[data-task]")].map(({ dataset }) => [dataset.task, dataset.state]);
    window.painted.set(JSON.stringify([link, tasks]), now - woke);
  };
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = note;
  const frame = () => {
    port2.postMessage(null);
    requestAnimationFrame(frame);
  };
  frame();
}
"""

ASLEEP = 4.0
"""Seconds: more than a timer of a page that is awake is ever late."""

FIRST_TIMER = 1_000
"""Milliseconds after which a page that woke knows that it slept, if nothing told it before."""


@pytest.fixture(scope="module")
def hasty(stack: Stack) -> Iterator[str]:
    """The address of a web process that gives up who is silent within seconds; that of the stack takes a minute."""
    command = f"exec {shlex.quote(sys.executable)} -m tests.browser.hasty serve --app phloem.jobs.app:app"
    with Web(stack, command=command) as running:
        yield running.url


def renderers(browser: Browser) -> set[int]:
    """The ids of the processes in which its pages run."""
    session = browser.new_browser_cdp_session()
    try:
        found: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
        return {process["id"] for process in found if process["type"] == "renderer"}
    finally:
        session.detach()


@contextmanager
def asleep(processes: set[int]) -> Iterator[None]:
    """These stand still for `ASLEEP` at least: no timer goes, no message is read, and nobody says goodbye."""
    assert processes, "the page has no process of its own that could sleep"
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + ASLEEP
    try:
        yield
        wait_until(lambda: time.monotonic() > end, 2 * ASLEEP, "it slept long enough")
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def running(api: Api) -> Iterator[str]:
    """A task that moves until a test ends it."""
    task_id = api.submit("countdown", duration=60)
    yield task_id
    terminate(api, task_id)


def terminate(api: Api, task_id: str) -> None:
    """Ends it where it runs."""
    api.post(f"/tasks/{task_id}/revoke", json={"terminate": True})
    api.ended(task_id)


def viewers(url: str) -> int:
    """How many are connected there."""
    lines = requests.get(f"{url}/metrics", timeout=40).text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("phloem_viewers "))))


def claims(page: Page, task_id: str, state: str) -> list[tuple[str, str, float]]:
    """What was painted since the page woke: of the connection, of the task where it is not in that state, how long."""
    return [
        (link, old, until)
        for link, old, until in page.evaluate(
            """(id) => [...window.painted].map(([text, until]) => {
              const [link, tasks] = JSON.parse(text);
              return [link, Object.fromEntries(tasks)[id] ?? "", until];
            })""",
            task_id,
        )
        if old != state
    ]


def false_claims(painted: list[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    """Those that call the old live."""
    return [each for each in painted if each[0] in ("live", "resynced") and each[2] > FIRST_TIMER]


@pytest.mark.console_errors  # the browser notes the connection that the server ended
def test_a_page_that_slept_until_the_server_gave_it_up_wakes_to_the_truth(
    browser: Browser, open_page: OpenPage, api: Api, hasty: str, running: str
) -> None:
    others = renderers(browser)
    page = open_page("about:blank", base_url=hasty)
    page.add_init_script(f"({PAINTED})()")
    page.goto(f"{hasty}/")
    wait_until_live(page)
    wait_for_percents(page, running, 1)
    page.evaluate("window.neverReloaded = true")
    with asleep(renderers(browser) - others):
        terminate(api, running)
        later = api.submit("countdown", duration=0)
        api.ended(later)
        wait_until(lambda: viewers(hasty) == 0, 60, "the server gives the page up")
    wait_for_state(page, later)
    wait_for_state(page, running, "REVOKED")
    wait_until_live(page)
    assert page.evaluate("window.neverReloaded")
    assert false_claims(claims(page, running, "REVOKED")) == []


def test_a_page_that_wakes_before_its_network_says_how_old_it_is_until_it_hears_more(
    browser: Browser, open_page: OpenPage, api: Api, running: str
) -> None:
    others = renderers(browser)
    page = open_page("about:blank")
    page.add_init_script(f"({PAINTED})()")
    line = Line(page)
    page.goto("/")
    wait_until_live(page)
    wait_for_percents(page, running, 1)
    processes = renderers(browser) - others
    line.hold()
    with asleep(processes):
        terminate(api, running)
    wait_for_connection(page, "behind")
    expect(page.locator("[data-connection]")).to_have_text(re.compile(r"^([3-9]|\d\d)\S*\ss behind$"))
    expect(row(page, running)).to_have_attribute("data-state", "PROGRESS")
    line.release()
    wait_for_state(page, running, "REVOKED")
    wait_until_live(page)
    painted = claims(page, running, "REVOKED")
    assert "behind" in {link for link, *_ in painted}
    assert false_claims(painted) == []
