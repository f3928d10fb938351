"""One job, several people who look at it, and what their browsers ask for meanwhile."""

from __future__ import annotations

import uuid
from collections import Counter
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, WebSocket

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import bars, launch, percents, row, states, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser


def test_two_people_see_one_countdown_move_from_its_launch_to_its_end(open_page: OpenPage) -> None:
    ann, bob = open_page("about:blank"), open_page("/")
    wait_until_live(bob)
    task_id = launch(ann, "countdown", duration="5")
    bar = row(bob, task_id).locator(".bar")
    fill = bar.locator(".bar-fill")
    bob.wait_for_function(
        "([bar, fill]) => fill.getBoundingClientRect().width > 0.4 * bar.getBoundingClientRect().width",
        arg=[bar.element_handle(), fill.element_handle()],
    )
    for page in (ann, bob):
        wait_for_state(page, task_id)
        shown = percents(page, task_id)
        assert len(shown) >= 10
        assert shown == sorted(set(shown))
        assert shown[-1] == 100
        assert len(bars(page, task_id)) >= 10
        assert states(page, task_id)[-2:] == ["PROGRESS", "SUCCESS"]


class Traffic:
    """What one page asks of the network. The tab's icons are left out: the browser fetches them as it sees fit."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.sockets: list[str] = []
        self.frames = 0
        page.on("request", self._request)
        page.on("websocket", self._socket)

    def _request(self, request: Request) -> None:
        if not request.url.endswith(".svg"):
            self.requests.append(request.url)

    def _socket(self, socket: WebSocket) -> None:
        self.sockets.append(socket.url)
        socket.on("framereceived", self._frame)

    def _frame(self, _: str | bytes) -> None:
        self.frames += 1


def test_a_running_job_comes_over_the_one_websocket_and_nothing_is_asked_for(
    open_page: OpenPage, api: Api, send: Send
) -> None:
    task_id = str(uuid.uuid4())
    pages = [open_page("about:blank") for _ in range(2)]
    traffic = [Traffic(page) for page in pages]
    for page, address in zip(pages, ("/", f"/tasks/{task_id}"), strict=True):
        page.goto(address)
        wait_until_live(page)
        page.wait_for_load_state("networkidle")
    before = [(len(each.requests), len(each.sockets), each.frames) for each in traffic]
    send(task_id, duration=3)
    for page in pages:
        wait_for_state(page, task_id)
        assert len(percents(page, task_id)) >= 5
    server = urlsplit(api.url).netloc
    for each, (requests, sockets, frames) in zip(traffic, before, strict=True):
        assert [url for url in each.requests[requests:] if "/assets/" not in url] == []  # scripts are loaded ahead
        assert each.frames > frames + 5
        assert [number for number in Counter(each.requests).values() if number > 1] == []
        assert {urlsplit(url).netloc for url in each.requests + each.sockets} == {server}
        assert {urlsplit(url).path for url in each.sockets} == {"/socket.io/"}
        assert each.sockets[sockets:] == []  # a server that starves may be given up for another connection at first
