"""The page of the last hour: what it shows, and that it moves by itself."""

from __future__ import annotations

import gzip
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.api import Api
from tests.browser.screen import wait_for_connection, wait_until_live
from tests.conftest import OpenPage
from tests.processes import ROOT, Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

FIRST_SCRIPT = 70_000
"""Bytes of script, compressed, that a page may need before it can be used."""

COLOURS = """
(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 255) found.add(`rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`);
  }
  return [...found];
}
"""
"""The colours of a canvas, as style sheets name them; what is half transparent aside."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: what ran in the last hour is what these tests ran, in their order."""
    environment = {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with Stack(tmp_path_factory.mktemp("now"), environment, "tests.browser.sample_app") as running:
        yield running


def send(api: Api, name: str, *args: object, queue: str = "sample", **options: object) -> str:
    answer = api.post("/tasks", json={"name": f"sample.{name}", "args": args, "queue": queue, **options})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def figure(page: Page, name: str) -> Locator:
    return page.locator(f'[data-figure="{name}"] dd')


def job(page: Page, name: str) -> Locator:
    return page.locator(f'[data-job="sample.{name}"]')


def ended(api: Api) -> Counter[str]:
    """How many tasks of each job ended in the last hour."""
    return Counter({job["name"].removeprefix("sample."): job["count"] for job in api.get("/now").json()["jobs"]})


@pytest.fixture
def ran(api: Api) -> Counter[str]:
    """How many tasks of each job ended in the last hour: some that succeeded, and one that failed."""
    if not {"echo", "broken"} <= ended(api).keys():
        for name, argument in (("echo", "hello"), ("echo", "again"), ("broken", "{")):
            api.ended(send(api, name, argument))
        wait_until(lambda: {"echo", "broken"} <= ended(api).keys(), 60, "they are of the hour")
    return ended(api)


def value(page: Page, line: str) -> Locator:
    """What a plot says of one of its lines."""
    return page.locator(f'[data-line="{line}"] b')


def test_an_hour_in_which_nothing_ran_says_so_and_leads_to_what_can_be_launched(
    open_page: OpenPage, api: Api, stack: Stack
) -> None:
    assert not ended(api), "this test comes before those that run something"
    page = open_page("/now")
    wait_until_live(page)
    expect(page.get_by_role("heading", name="Now", level=1)).to_be_visible()
    expect(page.locator(".empty")).to_contain_text("Nothing ran in the last hour.")
    page.get_by_role("link", name="Launch a task").click()
    expect(page.locator('[data-job="sample.echo"]')).to_be_visible()


def test_what_happens_is_seen_at_once_with_no_request(open_page: OpenPage, api: Api) -> None:
    page = open_page("/now")
    wait_until_live(page)
    before = ended(api)
    made: list[str] = []
    # Scripts of other pages are loaded ahead.
    page.on("request", lambda request: made.append(request.url) if "/assets/" not in request.url else None)
    runs = send(api, "patient")
    expect(figure(page, "running")).to_have_text("1")
    expect(value(page, "running")).to_have_text("1")
    send(api, "echo", queue="unserved")
    expect(figure(page, "waiting")).to_have_text("1")
    expect(value(page, "waiting")).to_have_text("1")
    api.post(f"/tasks/{runs}/revoke", json={"terminate": True})
    expect(figure(page, "running")).to_have_text("0")
    for _ in range(3):
        send(api, "echo", "hello")
    send(api, "broken", "{")
    expect(job(page, "echo").locator(".job-count")).to_have_text(str(before["echo"] + 3))
    expect(job(page, "broken").locator(".job-failed")).to_have_text(f"{before['broken'] + 1} (100\xa0%)")
    expect(figure(page, "failed")).to_have_text(str(before["broken"] + 1))
    expect(figure(page, "perMinute")).not_to_have_text("0")
    spoken = r"Ended per minute, over the last hour\. done: \d+ now, \d+ at most; failed: \d+ now, [1-9]\d* at most\."
    expect(page.get_by_role("img").first).to_have_accessible_name(re.compile(spoken))
    assert made == []


def test_the_hour_is_there_as_soon_as_the_page_is(
    open_page: OpenPage, api: Api, stack: Stack, ran: Counter[str]
) -> None:
    stack.stop("worker")  # nothing more can end
    page = open_page("/now")
    expect(job(page, "echo").locator(".job-count")).to_have_text(str(ran["echo"]))
    expect(figure(page, "failed")).to_have_text(str(ran["broken"]))
    for each in ("p50", "p95", "p99"):
        expect(job(page, "echo").locator(f".job-{each}")).to_contain_text("s")
    stack.start("worker")


def test_the_name_of_a_job_leads_to_its_page_with_its_failures_slowest_runs_and_waits(
    open_page: OpenPage, api: Api, ran: Counter[str]
) -> None:
    page = open_page("/now", viewport={"width": 1440, "height": 900})
    names = page.locator("[data-job] .job-name")
    expect(names.first).to_have_text("broken")  # what went wrong comes first
    job(page, "broken").get_by_role("link", name="broken").click()
    expect(page.get_by_role("heading", name="broken", level=1)).to_be_visible()
    expect(figure(page, "failed")).to_contain_text(f"{ran['broken']} (100")
    failures = page.get_by_role("table", name="Its failures").locator("[data-task]")
    expect(failures).to_have_count(ran["broken"])
    expect(page.get_by_role("table", name="Its slowest runs").locator("[data-task]")).to_have_count(ran["broken"])
    expect(page.locator('[data-part="Its longest waits"] [data-task]').first).to_contain_text("broken")
    heads = page.get_by_role("table", name="Its longest waits").get_by_role("columnheader")
    expect(heads.filter(has_text=re.compile("^(Waited|Ran)$"))).to_have_text(["Waited", "Ran"])
    page.get_by_role("link", name="All in the list").click()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value("name:sample.broken")


def test_a_stretch_of_a_plot_that_is_dragged_over_opens_its_tasks(
    open_page: OpenPage, api: Api, ran: Counter[str]
) -> None:
    page = open_page("/now", viewport={"width": 1440, "height": 900})
    wait_until_live(page)
    place = page.locator('[data-plot="waiting"] .u-over').bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 4, place["y"] + 40)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] - 4, place["y"] + 40, steps=4)
    page.mouse.up()
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(
        re.compile(f"^since:{moment} until:{moment}$")
    )
    page.go_back()  # it was opened once
    expect(page.get_by_role("heading", name="Now", level=1)).to_be_visible()


def test_a_plot_is_read_by_keyboard_and_a_stretch_that_is_marked_opens_its_tasks(
    open_page: OpenPage, api: Api, ran: Counter[str]
) -> None:
    page = open_page("/now", viewport={"width": 1440, "height": 900})
    wait_until_live(page)
    reader = page.get_by_role("slider", name="Read: Ended per minute")
    reader.focus()
    expect(reader).to_have_attribute("aria-valuetext", re.compile(r"^\d\d:\d\d:\d\d.*: done \d+, failed \d+$"))
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".plot-time").first).to_contain_text(":")  # all plots have it, as with a pointer
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    expect(reader).to_have_attribute("aria-valuetext", re.compile(" to "))
    page.wait_for_function("document.querySelector('[data-plot=ended] .u-select').offsetWidth > 4")
    for event in ("blur", "focus"):  # as of a window that another one covers for a while
        reader.evaluate("(each, event) => each.dispatchEvent(new FocusEvent(event))", event)
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(reader).to_have_attribute("aria-valuetext", re.compile(" to "), timeout=2_000)
    page.keyboard.press("Escape")
    expect(reader).to_have_attribute("aria-valuetext", re.compile("done"))
    page.keyboard.press("Shift+Home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(re.compile(r"^since:\S+ until:\S+$"))


@pytest.fixture
def waiting(api: Api) -> Iterator[None]:
    """A task in a queue of which no worker draws, and one whose time is far off, until a test has ended."""
    both = [send(api, "echo", queue="unserved"), send(api, "echo", countdown=3600)]
    yield
    for task_id in both:
        api.post(f"/tasks/{task_id}/revoke", json={})


@pytest.mark.usefixtures("waiting")
def test_what_waits_is_stacked_by_queue_and_the_name_of_a_queue_leads_to_its_tasks(open_page: OpenPage) -> None:
    page = open_page("/now", viewport={"width": 1440, "height": 900})
    wait_until_live(page)
    queues = page.get_by_role("list", name="Waiting by queue")
    expect(queues.get_by_role("link", name="sample", exact=True)).to_be_visible()
    reader = page.get_by_role("slider", name="Read: Waiting")
    reader.focus()
    expect(reader).to_have_attribute("aria-valuetext", re.compile(r": waiting \d+, of these .*\bsample [1-9]"))
    queues.get_by_role("link", name="unserved", exact=True).click()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value("queue:unserved")


def test_one_pointer_reads_all_plots(open_page: OpenPage, api: Api, ran: Counter[str]) -> None:
    page = open_page("/now")
    wait_until_live(page)
    times = page.locator(".plot-time")
    expect(times).to_have_text(["now"] * 3)
    page.locator('[data-plot="ended"] .u-over').hover(position={"x": 200, "y": 20})
    expect(times.first).to_contain_text(":")
    texts = times.all_inner_texts()  # all at once: the plots move on every few seconds
    assert len(set(texts)) == 1
    expect(value(page, "done")).to_have_text("0")
    page.mouse.move(5, 5)
    expect(times).to_have_text(["now"] * 3)


def test_a_pointer_at_rest_goes_on_reading_while_the_plots_move_on(
    open_page: OpenPage, api: Api, ran: Counter[str]
) -> None:
    page = open_page("/now", viewport={"width": 1440, "height": 900})
    wait_until_live(page)
    reader = page.get_by_role("slider", name="Read: Ended per minute")
    newest = reader.get_attribute("aria-valuetext") or ""
    page.locator('[data-plot="ended"] .u-over').hover(position={"x": 200, "y": 20})
    times = page.locator(".plot-time")
    expect(times.first).to_contain_text(":")
    expect(reader).not_to_have_attribute("aria-valuetext", newest)
    assert "now" not in times.all_inner_texts()


def test_plots_have_the_colours_of_the_theme_and_the_width_of_the_window(
    open_page: OpenPage, api: Api, ran: Counter[str]
) -> None:
    page = open_page("/now", color_scheme="light")
    wait_until_live(page)
    canvas = page.locator('[data-plot="ended"] canvas')

    def drawn() -> bool:
        colour = page.locator('[data-line="failed"] svg').evaluate("key => getComputedStyle(key).stroke")
        return colour in canvas.evaluate(COLOURS)

    wait_until(drawn, 60, "the line is drawn in the colour of its key")
    light = page.locator('[data-line="failed"] svg').evaluate("key => getComputedStyle(key).stroke")
    page.emulate_media(color_scheme="dark")
    wait_until(drawn, 60, "and in that of the other theme")
    assert light not in canvas.evaluate(COLOURS)
    page.get_by_role("button", name="Theme: as the system").click()
    wait_until(lambda: light in canvas.evaluate(COLOURS), 60, "and in that of a theme that was chosen")
    for width in (2560, 1440, 900, 390):
        page.set_viewport_size({"width": width, "height": 900})
        wait_until(
            lambda: canvas.evaluate("each => each.clientWidth === each.closest('.plot-canvas').clientWidth"),
            60,
            f"the plot is as wide as a window of {width} lets it be",
        )
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


def test_what_draws_plots_is_loaded_with_the_page_that_has_some_and_not_before(
    open_page: OpenPage, api: Api, ran: Counter[str]
) -> None:
    page = open_page("about:blank")
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response) if ".js" in response.url else None)
    page.goto("/")
    wait_until_live(page)
    first = [response for response in loaded if "/page-" not in response.url]  # other pages are loaded ahead
    assert sum(len(gzip.compress(response.body())) for response in first) <= FIRST_SCRIPT
    assert [response.url for response in loaded if "/hour-" in response.url] == []
    page.get_by_role("link", name="Now").click()
    expect(page.locator("canvas").first).to_be_visible()
    assert len([response.url for response in loaded if "/hour-" in response.url]) == 1


@pytest.mark.console_errors
def test_what_cannot_be_loaded_is_said_and_tried_again(open_page: OpenPage, api: Api, ran: Counter[str]) -> None:
    page = open_page("/")
    wait_until_live(page)
    page.route("**/assets/hour-*.js", lambda route: route.abort())
    page.get_by_role("link", name="Now").click()
    expect(page.get_by_role("heading", name="Now", level=1)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    page.unroute("**/assets/hour-*.js")
    page.get_by_role("button", name="Load the page again").click()
    expect(page.locator("canvas").first).to_be_visible()


@pytest.mark.console_errors
def test_while_redis_is_away_the_hour_stays_and_says_since_when(
    open_page: OpenPage, api: Api, stack: Stack, ran: Counter[str]
) -> None:
    page = open_page("/now")
    wait_until_live(page)
    expect(job(page, "echo")).to_be_visible()
    stack.kill("redis")
    wait_for_connection(page, "stale")
    expect(page.locator(".truth")).to_contain_text("What you see is from")
    expect(job(page, "echo").locator(".job-count")).to_have_text(str(ran["echo"]))
    stack.start("redis")
    wait_until_live(page)
    expect(page.locator(".truth")).to_have_count(0)
    expect(job(page, "echo").locator(".job-count")).to_have_text(str(ran["echo"]))
