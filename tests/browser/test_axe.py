"""axe-core finds nothing to complain of, on any page, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import wait_until_live
from tests.conftest import OpenPage
from tests.processes import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

FOUND = """
async () => (await axe.run({ resultTypes: ["violations"] })).violations.flatMap(({ id, nodes }) =>
  nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`))
"""

Scheme = Literal["light", "dark", "forced"]
Screen = tuple[Scheme, int]
SCREENS: tuple[Screen, ...] = (("light", 1440), ("dark", 390), ("forced", 800))
SCHEMES: tuple[Scheme, ...] = ("light", "dark", "forced")


def options(scheme: Scheme) -> dict[str, Any]:
    """Of a page in these colours; `forced` are those of the system, and dark."""
    # Nothing on its way from one colour to another is measured.
    still: dict[str, Any] = {"reduced_motion": "reduce"}
    return still | (
        {"forced_colors": "active", "color_scheme": "dark"} if scheme == "forced" else {"color_scheme": scheme}
    )


def violations(page: Page) -> list[str]:
    """What axe-core says against the page as it is now."""
    found: list[str] = page.evaluate(FOUND)
    return found


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Opens empty pages; wherever they go, axe-core is there, put in from outside, past the policy of the page."""

    def open_one(**options: Any) -> Page:
        page = open_page("about:blank", **options)
        page.add_init_script(path=AXE)
        return page

    return open_one


@pytest.fixture(scope="module")
def addresses() -> dict[str, str]:
    """Made once: see `every_page`."""
    return {}


@pytest.fixture
def every_page(addresses: dict[str, str], api: Api, sample: Send) -> dict[str, str]:
    """What is on each page, and its address."""
    if not addresses:
        lines = [(level, f"a line of {level}") for level in ("debug", "info", "warning", "error")]
        ended = {
            "failed": sample("broken", "{"),
            "logged": sample("talk", lines),
            "tree": sample("echo", {"sizes": [1, 2], "name": "cat"}),
            "link": sample("echo", "https://example.org/"),
            "file": sample("echo", {"files": [{"id": "1", "filename": "a.pdf", "content_type": "application/pdf"}]}),
            "tries": sample("stepwise"),  # two of them, each with steps
        }
        for task_id in ended.values():
            api.ended(task_id)
        waiting = sample("echo", 1, countdown=3600)
        addresses |= {name: f"/tasks/{task_id}" for name, task_id in ended.items()}
        addresses |= {
            "waiting": f"/tasks/{waiting}",
            "unknown": "/tasks/unknown",
            "list": "/?queue=sample",  # with a row of each kind, whatever other modules have on record
            "none": "/?q=nothing+such",
        }
        addresses |= {"launch": "/launch?job=phloem.jobs.resize_image", "workers": "/workers", "queues": "/queues"}
        token = api.post("/tokens", json={"root": ended["tries"], "expires": "1h"}).json()["token"]
        shared = f"/share#token={token}"
        addresses |= {"shared": shared, "shared task": f"{shared}&task={ended['tries']}"}
        addresses |= {"users": "/access/users", "tokens": "/access/tokens", "audit": "/access/audit"}
        addresses |= {"schedule": "/schedule", "mailbox": "/mailbox", "now": "/now", "job": "/jobs/sample.broken"}
        addresses |= {"wall": "/wall"}
    return addresses


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: f"{screen[0]}-{screen[1]}")
def test_no_page_violates_a_rule_of_accessibility(
    open_page: OpenPage, every_page: dict[str, str], screen: Screen
) -> None:
    scheme, width = screen
    page = open_page(viewport={"width": width, "height": 900}, **options(scheme))
    found: dict[str, list[str]] = {}
    for name, address in every_page.items():
        page.goto(address)
        wait_until_live(page)
        expect(page.locator(".loading")).to_have_count(0)
        if seen := violations(page):
            found[name] = seen
    assert found == {}


def test_a_page_that_still_waits_for_what_it_shows_violates_none_either(
    open_page: OpenPage, every_page: dict[str, str]
) -> None:
    page = open_page(reduced_motion="reduce")
    page.route_web_socket("**/socket.io/**", lambda _: None)  # it opens, and then nothing comes
    found: dict[str, list[str]] = {}
    for name in ("list", "failed", "workers", "queues", "schedule"):
        page.goto(every_page[name])
        expect(page.locator(".loading")).to_have_count(1)
        if seen := violations(page):
            found[name] = seen
    assert found == {}


def press(*keys: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return act


def click(name: str) -> Callable[[Page], object]:
    return lambda page: page.get_by_role("button", name=name).click()


def choose_a_step(page: Page) -> None:
    """Has the log show what was said within a step of the second try."""
    page.get_by_role("button", name="Writing").click()


def ask(page: Page) -> None:
    """Has the page ask whether all that is shown is to be run again."""
    page.get_by_role("checkbox", name="Choose all that are shown").check()
    page.keyboard.press("r")


OPENED: dict[str, tuple[str, Callable[[Page], Any]]] = {
    "keys": ("list", press("?")),
    "columns": ("list", click("Columns")),
    "views": ("list", click("Views")),
    "proposals": ("list", lambda page: page.get_by_role("combobox", name="Search tasks").press_sequentially("st")),
    "chosen": ("list", press("j", "x")),
    "asked": ("list", ask),
    "beside": ("list", press("j", "Space")),
    "commands": ("list", press("Control+k")),
    "step": ("tries", choose_a_step),
    "retry": ("failed", click("Retry with other arguments")),
    "share": ("failed", click("Share")),
    "user": ("users", click("Add a user")),
    "token": ("tokens", click("Make a token")),
    "asking": ("waiting", click("Revoke")),
}
"""What opens: on which page, and by what."""

SEEN = {"asked": ".asking", "beside": ".peek h2", "commands": ".palette"}
"""What is there then, of what could be missed: it is loaded first, or asked for by a key that tasks may not have."""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_that_opens_violates_a_rule_either(
    open_page: OpenPage, every_page: dict[str, str], scheme: Scheme
) -> None:
    page = open_page(**options(scheme))
    found: dict[str, list[str]] = {}
    for name, (where, act) in OPENED.items():
        page.goto(every_page[where])
        wait_until_live(page)
        expect(page.locator(".loading")).to_have_count(0)
        act(page)
        # While an answer is awaited the rows of the last one are dimmed.
        expect(page.locator("[data-asking]")).to_have_count(0)
        expect(page.locator(".loading")).to_have_count(0)
        if name in SEEN:
            expect(page.locator(SEEN[name])).to_be_visible()
        if seen := violations(page):
            found[name] = seen
    assert found == {}


def test_what_axe_looks_for_is_found_where_it_is(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/launch")
    wait_until_live(page)
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in violations(page))
