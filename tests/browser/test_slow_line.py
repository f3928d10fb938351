"""The page over a slow line: its files are compressed, it connects while they load, and brings the first rows along."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, Response, WebSocket, WebSocketRoute, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import row, wait_for_state, wait_until_live
from tests.conftest import OpenPage
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

LINE = {"offline": False, "latency": 100, "downloadThroughput": 15_000, "uploadThroughput": 15_000}
"""So slow that the page is there after more than a second and a half, on any machine."""

ROWS = 200
"""Those of a list, once there is time for more than a screen of them."""


SLOW = "const now = performance.now.bind(performance); performance.now = () => now() + 2000"
"""A page that took two seconds to come."""


class Late:
    """A connection on which the answer to the question for all rows does not come before one says so."""

    def __init__(self, page: Page) -> None:
        self.told = ""
        """All that the page said."""
        self.held: list[str | bytes] = []
        self._asked: list[str] = []
        page.route_web_socket(re.compile("/socket.io/"), self._connect)

    def _connect(self, page: WebSocketRoute) -> None:
        self._page, self._server = page, page.connect_to_server()
        page.on_message(self._to_server)
        self._server.on_message(self._to_page)

    def _to_server(self, message: str | bytes) -> None:
        text = str(message)
        self.told += text
        if f'"limit":{ROWS}' in text and (asked := re.match(r"42(\d+)", text)):
            self._asked.append(f"43{asked[1]}[")
        self._server.send(message)

    def _to_page(self, message: str | bytes) -> None:
        if str(message).startswith(tuple(self._asked)):
            self.held.append(message)
        else:
            self._page.send(message)

    def come(self) -> None:
        """What was held arrives now."""
        self._asked.clear()
        for message in self.held:
            self._page.send(message)


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


def test_the_rows_of_a_screen_stay_current_until_all_others_have_come(open_page: OpenPage, send: Send) -> None:
    page = open_page("about:blank")
    page.add_init_script(SLOW)
    late = Late(page)
    page.goto("/")
    wait_until(lambda: page.evaluate("0") or late.held, 30, "all rows are asked for")
    task_id = send(duration=0)
    wait_for_state(page, task_id)
    expect(page.locator(".tasks-list:not([data-asking])")).to_be_visible()
    late.come()
    wait_until(lambda: page.evaluate("0") or "unwatch" in late.told, 30, "all rows take the place of the first")
    expect(row(page, task_id)).to_be_visible()
    wait_for_state(page, send(duration=0))


def test_the_rows_of_another_search_are_there_before_all_others_have_come(
    open_page: OpenPage, send: Send, api: Api
) -> None:
    failed = send(nonsense=1)
    api.ended(failed)
    done = send(duration=0)
    api.ended(done)
    page = open_page("about:blank")
    page.add_init_script(SLOW)
    late = Late(page)
    page.goto("/")
    wait_until(lambda: page.evaluate("0") or late.held, 30, "all rows are asked for")
    expect(row(page, done)).to_be_visible()
    page.locator('.chip[data-group="failed"]').click()
    expect(row(page, done)).to_have_count(0)
    expect(row(page, failed)).to_be_visible()
    expect(page.locator(".tasks-list:not([data-asking])")).to_be_visible()
    # Neither the pointer among these rows nor the end of the list asks for what is under way.
    row(page, failed).hover()
    wait_until(lambda: page.evaluate("0") or late.told.count(f'"limit":{ROWS}') == 2, 30, "all rows are asked for")
    late.come()
    wait_until(lambda: page.evaluate("0") or "unwatch" in late.told, 30, "all rows take the place of the first")
    assert '"before"' not in late.told


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
