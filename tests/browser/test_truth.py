"""What a page says of its own truth while the network is slow, cut, or asleep."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.line import Line
from tests.browser.screen import row, wait_for_connection, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser


def test_a_page_whose_server_is_slow_says_how_far_behind_it_is_and_shows_the_rest_in_time(
    open_page: OpenPage, sample: Send
) -> None:
    page = open_page("about:blank")
    line = Line(page)
    page.goto("/")
    wait_until_live(page)
    line.hold()
    task_id = sample("echo", 1)
    wait_for_connection(page, "behind")
    expect(page.locator("[data-connection]")).to_contain_text("s behind")
    assert row(page, task_id).count() == 0
    expect(page.locator('main[data-stale="behind"]')).to_be_visible()
    line.release()
    wait_for_state(page, task_id)
    wait_until_live(page)
    expect(page.locator("main[data-stale]")).to_have_count(0)


def test_a_page_that_was_cut_off_says_so_and_then_how_much_it_had_missed(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    page = open_page("about:blank")
    line = Line(page)
    page.goto("/")
    wait_until_live(page)
    page.evaluate("""() => {
      window.said = [];
      const state = document.querySelector(".connection");
      new MutationObserver(() => window.said.push([state.dataset.connection, state.textContent])).observe(state, {
        attributes: true, subtree: true, characterData: true, childList: true,
      });
    }""")
    line.cut()
    task_id = sample("echo", 1)
    wait_for_state(page, task_id)
    page.wait_for_function("() => window.said.some(([kind]) => kind === 'resynced')")
    said = page.evaluate("window.said")
    assert (
        next(kind for kind, _ in said if kind not in ("live", "behind")) == "reconnecting"
    )  # the delay is shown before
    assert any(kind == "resynced" and "resynced," in words for kind, words in said)


def test_the_connection_is_measured(open_page: OpenPage) -> None:
    page = open_page("/")
    wait_until_live(page)
    page.wait_for_function(
        "() => /^(live\\s[\\d,]+\\sms|.*behind)$/.test(document.querySelector('.connection').textContent)"
    )
