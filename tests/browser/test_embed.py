"""The bar that people put on their own pages, of another origin than ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.api import Api
from tests.browser.beside import Web
from tests.browser.conftest import Send
from tests.browser.elsewhere import elsewhere
from tests.browser.test_other_origins import ATTEMPTS
from tests.conftest import OpenPage
from tests.pictures import jpeg
from tests.processes import ROOT, Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

EXAMPLE = ROOT / "examples" / "embed.html"

RECORD = """
window.told = [];
for (const type of ["progress", "success", "failure"]) {
  addEventListener(type, ({ target, detail }) => window.told.push([target.id, type, detail.state, detail.percent]));
}
"""


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[tuple[Web, str]]:
    """It, and the origin that may use it, where the example is served."""
    page = bytearray()
    with elsewhere_later(page) as port:
        origin = f"http://127.0.0.1:{port}"
        with Web(stack, {"PHLOEM_ORIGINS": origin}) as running:
            page += EXAMPLE.read_bytes().replace(b"http://127.0.0.1:8000", running.url.encode())
            yield running, origin


def elsewhere_later(page: bytearray) -> Any:
    """A server whose page is filled in once its port is known."""
    return elsewhere(page)  # type: ignore[arg-type]  # bytes to whoever reads them


@pytest.fixture
def foreign(web: tuple[Web, str], open_page: OpenPage) -> Page:
    """The example page, as somebody of another origin opens it."""
    page = open_page("about:blank")
    page.add_init_script(RECORD)
    page.goto(web[1])
    return page


def bars(page: Page) -> Locator:
    """All bars of the page."""
    return page.locator("task-progress")


def put(page: Page, **attributes: str | None) -> Locator:
    """One more bar at the end of the page."""
    page.evaluate(
        """(attributes) => {
          const bar = document.createElement("task-progress");
          Object.assign(bar, attributes);
          document.body.append(bar);
        }""",
        attributes,
    )
    return bars(page).last


def clipped(bar: Locator) -> list[str]:
    """The parts of a bar that have too little room for their text."""
    found: list[str] = bar.evaluate("""
      ({ shadowRoot }) =>
        [...shadowRoot.querySelectorAll("[part]:not([hidden])")]
          .filter((part) => part.scrollWidth > part.clientWidth && part.textContent)
          .map((part) => `${part.getAttribute("part")}: ${part.textContent}`)
    """)
    return found


def told(page: Page, bar_id: str) -> list[tuple[str, str]]:
    """Event and state, each once, as the page of somebody else heard them of one bar."""
    heard: list[list[Any]] = page.evaluate("window.told")
    kinds = [(event, state) for bar, event, state, _ in heard if bar == bar_id]
    return [kind for place, kind in enumerate(kinds) if kinds.index(kind) == place]


def test_the_example_shows_a_task_move_and_end_in_three_sizes(foreign: Page, api: Api) -> None:
    sockets: list[WebSocket] = []
    foreign.on("websocket", lambda socket: sockets.append(socket))
    foreign.evaluate("() => document.querySelectorAll('task-progress').forEach((bar, n) => { bar.id = `b${n}` })")
    foreign.get_by_label("Task").fill(api.submit("countdown", duration=2))
    foreign.get_by_role("button", name="Show it").click()
    for place in range(3):
        bar = bars(foreign).nth(place)
        expect(bar.locator("[part=track]")).to_have_attribute("aria-valuenow", "100", timeout=90_000)
    expect(bars(foreign).nth(1).locator("[part=name]")).to_have_text("Your export")
    expect(bars(foreign).nth(2).locator("[part=pace]")).to_contain_text("Done in 2")
    expect(foreign.locator("#end")).to_contain_text("2 s have passed")
    assert clipped(bars(foreign).nth(1)) == []
    for place in range(3):
        heard = told(foreign, f"b{place}")
        assert ("progress", "PROGRESS") in heard
        assert heard[-1] == ("success", "SUCCESS")
    assert len(sockets) == 1


def test_a_bar_of_a_task_that_ended_before_says_so_at_once(foreign: Page, api: Api) -> None:
    task_id = api.submit("countdown", duration=0)
    api.ended(task_id)
    put(foreign, task=task_id, id="late")
    wait_until(lambda: told(foreign, "late") == [("success", "SUCCESS")], 30, lambda: str(told(foreign, "late")))


def test_a_bar_tells_of_a_failure_and_shows_why(foreign: Page, send: Send) -> None:
    bar = put(foreign, task=send(duration="soon"), id="failed", size="card")
    expect(bar.locator("[part=pace]")).to_have_text("Failed", timeout=90_000)
    expect(bar.locator("[part=message]")).to_contain_text("str")
    assert told(foreign, "failed")[-1] == ("failure", "FAILURE")


def test_a_bar_waits_for_a_task_that_nobody_has_sent_yet(foreign: Page, api: Api) -> None:
    bar = put(foreign, task="not-yet")
    expect(bar.locator("[part=message]")).to_have_text("Not started yet")
    task_id = api.submit("countdown", duration=0)
    bar.evaluate("(bar, id) => { bar.task = id }", task_id)
    expect(bar.locator("[part=pace]")).to_contain_text("Done in", timeout=90_000)


@pytest.mark.console_errors  # the browser notes each failed attempt to connect
def test_a_bar_says_that_it_reconnects_and_goes_on(foreign: Page, web: tuple[Web, str], api: Api) -> None:
    task_id = api.submit("countdown", duration=4)
    bar = put(foreign, task=task_id)
    expect(bar.locator("[part=box]")).to_have_attribute("data-state", "PROGRESS", timeout=90_000)
    web[0].stop()
    expect(bar.locator("[part=link]")).to_have_text("Reconnecting")
    web[0].start()
    expect(bar.locator("[part=link]")).to_be_hidden(timeout=90_000)
    expect(bar.locator("[part=pace]")).to_contain_text("Done in", timeout=90_000)


def test_a_text_of_a_task_is_shown_as_text(foreign: Page, api: Api) -> None:
    hostile = "<img src=x onerror='document.title=\"run\"'>\u202e" + "x" * 1000
    bar = put(foreign, task="none", label=hostile)
    expect(bar.locator("[part=name]")).to_have_text(hostile)
    assert foreign.title() == "A page of your own"
    assert foreign.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_script_needs_no_password_and_says_nothing_of_tasks(stack: Stack, tmp_path_factory: Any) -> None:
    answer = requests.get(f"{stack.url}/embed.js", timeout=40)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/javascript")
    for types in ("embed.d.ts", "embed.react.d.ts", "embed.vue.d.ts"):
        assert requests.get(f"{stack.url}/{types}", timeout=40).status_code == 200


@pytest.mark.console_errors  # the browser notes each refusal
def test_a_page_that_may_show_bars_can_do_nothing_else(
    foreign: Page, web: tuple[Web, str], stack: Stack, api: Api
) -> None:
    upload = api.post("/uploads", files={"file": ("cat.jpg", jpeg(40, 30), "image/jpeg")}).json()
    before = {path.name for path in (stack.folder / "uploads").iterdir()}
    outcome = foreign.evaluate(ATTEMPTS, [web[0].url, f"{web[0].url}/api/v1/files/{upload['id']}"])
    expected = {"read": "code", "submit": 403, "upload": 403, "blind": 0, "picture": "refused"}
    assert {name: outcome[name] for name in expected} == expected
    assert {path.name for path in (stack.folder / "uploads").iterdir()} == before
