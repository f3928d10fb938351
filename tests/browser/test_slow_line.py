"""The page over a slow line: its files are compressed, it connects while they load, and brings the first rows along."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Response, WebSocket, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import row, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

LINE = {"offline": False, "latency": 100, "downloadThroughput": 15_000, "uploadThroughput": 15_000}
"""So slow that the page is there after more than a second and a half, on any machine."""

ROWS = 200
"""Those of a list, once there is time for more than a screen of them."""


class Seen:
    """What a page asks for, in its order."""

    def __init__(self, page: Page) -> None:
        self.sockets: list[str] = []
        self.limits: list[int] = []
        self.codings: dict[str, str | None] = {}
        page.on("websocket", self._socket)
        page.on("response", self._response)

    def _socket(self, socket: WebSocket) -> None:
        self.sockets.append(socket.url)
        socket.on("framesent", self._sent)

    def _sent(self, frame: str | bytes) -> None:
        if isinstance(frame, str) and '"view"' in frame:
            self.limits.append(json.loads(frame[frame.index("[") :])[1]["view"]["limit"])

    def _response(self, answer: Response) -> None:
        if answer.url.endswith((".js", ".css")):
            self.codings[answer.url.rpartition("/")[2]] = answer.headers.get("content-encoding")


def test_over_a_slow_line_the_page_connects_while_it_loads_and_asks_for_the_first_rows_first(
    open_page: OpenPage, send: Send
) -> None:
    task_id = send(duration=0)
    page = open_page("about:blank")
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", LINE)
    seen = Seen(page)
    with page.expect_websocket() as early:
        page.goto("/")
    wait_for_state(page, task_id)
    if ROWS not in seen.limits:
        early.value.wait_for_event("framesent", lambda sent: f'"limit":{ROWS}' in sent, timeout=60_000)
    expect(page.locator(".tasks-list:not([data-asking])")).to_be_visible()
    page.wait_for_function("() => !document.querySelector('[data-asking]')")
    assert seen.limits[0] < 20
    assert max(seen.limits) == ROWS
    assert len(seen.sockets) == 1
    large = {name: coding for name, coding in seen.codings.items() if name.startswith(("index", "jsx"))}
    assert set(large.values()) == {"br"}, seen.codings
    opened, loaded = page.evaluate(
        """() => {
          const loaded = performance.getEntriesByType("resource");
          const of = (part) => loaded.filter(({ name }) => name.includes(part)).map(({ responseEnd }) => responseEnd);
          const end = (part) => Math.max(...of(part));
          return [end("/socket.js"), end("/assets/")];
        }"""
    )
    assert opened < loaded


@pytest.mark.console_errors
def test_the_first_rows_need_no_connection_and_are_said_to_be_old_when_none_comes(
    open_page: OpenPage, api: Api, send: Send
) -> None:
    task_id = send(duration=0)
    api.ended(task_id)
    page = open_page("about:blank")
    page.route("**/assets/wire-*.js", lambda route: route.abort())
    page.goto("/")
    expect(row(page, task_id)).to_have_attribute("data-state", "SUCCESS")
    expect(page.locator(".connection")).to_have_attribute("data-connection", "reconnecting")
    expect(page.locator("main[data-stale='reconnecting']")).to_be_visible()
    expect(page.locator(".truth")).to_contain_text("No connection to the server. What you see is from")
    page.unroute_all()
    wait_until_live(page)
    expect(page.locator("main[data-stale]")).to_have_count(0)


@pytest.mark.console_errors
def test_without_the_early_connection_the_page_makes_its_own(open_page: OpenPage, send: Send) -> None:
    task_id = send(duration=0)
    page = open_page("about:blank")
    page.route("**/socket.js", lambda route: route.abort())
    seen = Seen(page)
    page.goto("/")
    wait_until_live(page)
    expect(row(page, task_id)).to_be_visible()
    assert len(seen.sockets) == 1
    assert seen.limits == [ROWS]
