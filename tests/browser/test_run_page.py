"""What the page of a task shows of runs, error, log, result and relatives, and what it lets one do."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, wait_for_state, wait_until_live
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

CLIPBOARD = """
() => {
  window.copied = [];
  Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => window.copied.push(text) } });
}
"""
"""Keeps what the page copies: a browser without a screen has no clipboard of its own."""

NOTIFICATIONS = """
() => {
  window.told = [];
  const tell = (kept, became) => window.told.push([kept.title, kept.body, became]);
  if (Notification.permission === "granted") {
    window.Notification = class extends Notification {
      constructor(title, options) {
        super(title, options);
        this.addEventListener("show", () => tell(this, "shown"));
        this.addEventListener("error", () => tell(this, "refused"));
      }
    };
  } else {
    window.Notification = class extends EventTarget {
      static permission = "default";
      static async requestPermission() {
        return (this.permission = "granted");
      }
      constructor(title, { body }) {
        super();
        tell({ title, body }, Notification.permission === "granted" ? "shown" : "refused");
      }
      close() {}
    };
  }
}
"""
"""Keeps what became of the page's notifications: the browser's own, or those of a stand-in where the browser has no
windows and so shows none, whoever allows it."""


def left_of(page: Page, selector: str) -> list[float]:
    """Where elements stand from the left, in pixels."""
    found: list[float] = page.locator(selector).evaluate_all("all => all.map(e => e.getBoundingClientRect().left)")
    return found


def test_the_error_of_a_failed_task_comes_first_and_its_own_frames_stand_out(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("broken", "{")
    api.ended(task_id)
    page = open_page("about:blank")
    page.add_init_script(f"({CLIPBOARD})()")
    page.goto(f"/tasks/{task_id}")
    task = article(page, task_id)
    blocks = ["block failure", "block timeline", "block traceback"]
    expect(task.locator(".task-main > :nth-child(-n + 3)")).to_have_class(blocks)
    expect(task.locator('.failure-message a[href="/?q=error:JSONDecodeError"]')).to_have_text("JSONDecodeError")
    own = task.locator(".trace-frames[data-own] .trace-frame")
    expect(own.locator("b")).to_have_text(["broken", "read"])
    expect(own.locator("pre").last).to_contain_text("return json.loads(text)")
    folded = task.locator(".trace-folded").filter(has_text="json")
    expect(folded.locator(".trace-frame").first).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator(".trace-frame").first).to_be_visible()
    task.locator(".failure .block-head").get_by_role("button", name="Copy").click()
    task.locator(".traceback-copy").get_by_role("button", name="Copy").click()
    error = api.task(task_id)["error"]
    page.wait_for_function("() => window.copied.length === 2")
    assert page.evaluate("window.copied") == [f"{error['type']}: {error['message']}", error["traceback"]]
    task.locator(".traceback > summary").click()
    expect(own.first).to_be_hidden()


def test_each_try_has_a_lane_with_what_it_slept_waited_and_ran_to_scale(open_page: OpenPage, sample: Send) -> None:
    task_id = sample("unreliable", 2, 1)
    page = open_page(f"/tasks/{task_id}")
    wait_for_state(page, task_id)
    lanes = article(page, task_id).locator(".lanes > .lane")
    expect(lanes).to_have_count(3)
    assert lanes.evaluate_all("lanes => lanes.map(lane => lane.dataset.state)") == ["RETRY", "RETRY", "SUCCESS"]
    kinds = "lane => [...lane.querySelectorAll('.span')].map(span => span.dataset.kind)"
    for number in (1, 2):
        assert lanes.nth(number).evaluate(kinds)[0] == "sleeping"
        assert lanes.nth(number).evaluate(kinds)[-1] == "running"
    expect(lanes.last.locator(".lane-facts")).to_contain_text("slept")
    expect(lanes.locator(".lane-cause", has_text="Refused not yet")).to_have_count(2)
    log = article(page, task_id).locator(".log-line")
    expect(log.filter(has_text="asked for another try: Refused: not yet")).to_have_count(2)
    starts = left_of(page, ".lanes > .lane .span:first-child")
    assert starts == sorted(starts)
    sleep = lanes.nth(1).locator('[data-kind="sleeping"]').bounding_box()
    track = lanes.nth(1).locator(".lane-track").bounding_box()
    assert sleep is not None
    assert track is not None
    # Two sleeps of a second each are most of the whole, and each is at most half of it.
    assert 0.2 < sleep["width"] / track["width"] <= 0.51


def test_the_log_is_narrowed_by_level_and_words_copied_and_downloaded_whole(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    lines = [("info", "42 rows read"), ("warning", "2 Rows skipped"), ("error", "<b>no answer</b>")]
    task_id = sample("talk", lines)
    api.ended(task_id)
    page = open_page("about:blank")
    page.add_init_script(f"({CLIPBOARD})()")
    page.goto(f"/tasks/{task_id}")
    log = article(page, task_id).locator("[data-log]")
    messages = log.locator(".log-message")
    expect(messages).to_contain_text([message for _, message in lines])
    log.get_by_role("combobox", name="Levels").select_option("warning")
    expect(messages).to_have_text(["2 Rows skipped", "<b>no answer</b>"])
    log.get_by_role("searchbox", name="Find in the log").fill("rows")
    expect(messages).to_have_text(["2 Rows skipped"])
    expect(log.locator("mark")).to_have_text("Rows")
    expect(log.get_by_role("status")).to_contain_text("1 of ")
    log.get_by_role("button", name="Copy").click()
    page.wait_for_function("() => window.copied.length === 1")
    assert page.evaluate("window.copied[0]").endswith("warning  2 Rows skipped\n")
    with page.expect_download() as download:
        log.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"{task_id}.log"
    text = Path(download.value.path()).read_text()
    assert [line.split(maxsplit=2)[2] for line in text.splitlines()] == [e["message"] for e in api.log(task_id)]


def test_the_log_follows_its_end_until_one_scrolls_up(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id = sample("talk", [("info", f"line {number}") for number in range(100)])
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}")
    log = article(page, task_id).locator(".log")
    last = log.locator(".log-line").last
    expect(last).to_contain_text("done")
    log.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    log.evaluate("log => log.scrollTo(0, 0)")
    follow = article(page, task_id).get_by_role("button", name="Follow the end")
    expect(follow).to_be_visible()
    expect(log.locator(".log-line").first).to_be_in_viewport()
    follow.click()
    expect(follow).to_have_count(0)
    page.wait_for_function("log => log.scrollHeight - log.scrollTop - log.clientHeight < 24", arg=log.element_handle())


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("12 rows written", "text", "12 rows written"),
        ("https://example.org/report?id=1", "link", "https://example.org/report?id=1"),
        ("javascript:alert(1)", "text", "javascript:alert(1)"),
        ({"name": "cat", "sizes": [1, 2]}, "json", "sizes"),
    ],
)
def test_a_result_is_shown_as_what_it_is(
    open_page: OpenPage, api: Api, sample: Send, value: Any, kind: str, shown: str
) -> None:
    task_id = sample("echo", value)
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}")
    result = article(page, task_id).locator(f'[data-result="{kind}"]')
    expect(result).to_contain_text(shown)
    expect(result.get_by_role("link")).to_have_count(1 if kind == "link" else 0)
    if kind == "json":
        branch = result.locator(".tree-branch .tree-branch").filter(has_text="sizes")
        expect(branch.locator(".tree-leaf")).to_have_text(["0 1", "1 2"])
        branch.locator("summary").click()
        expect(branch.locator(".tree-leaf")).to_have_count(0)


def test_a_document_is_a_link_that_opens_in_a_tab_of_its_own(open_page: OpenPage, api: Api, sample: Send) -> None:
    file = {"id": "1", "filename": "report.pdf", "content_type": "application/pdf", "size": 12000}
    task_id = sample("echo", {"files": [file]})
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}")
    link = article(page, task_id).get_by_role("link", name="Document report.pdf")
    expect(link).to_have_attribute("href", "/api/v1/files/1")
    expect(link).to_have_attribute("target", "_blank")
    expect(article(page, task_id).locator(".file figcaption")).to_contain_text("PDF")


def test_a_task_leads_to_who_started_it(open_page: OpenPage, api: Api, sample: Send) -> None:
    parent = sample("family", 1)
    (child,) = json.loads(api.ended(parent)["result"])
    api.ended(child)
    page = open_page(f"/tasks/{child}")
    line = article(page, child).locator(f'[data-related="{parent}"]')
    expect(line).to_have_attribute("data-state", "SUCCESS")
    line.get_by_role("link", name="family").click()
    expect(article(page, parent)).to_be_visible()


class Calls:
    """What the page asked the server to do, which this answers itself."""

    def __init__(self, page: Page, answer: dict[str, Any], status: int = 202) -> None:
        self.made: list[tuple[str, Any]] = []
        self._answer, self._status = answer, status
        for call in ("revoke", "retry"):
            page.route(f"**/api/v1/tasks/*/{call}", self._hear)

    def _hear(self, route: Route) -> None:
        self.made.append((route.request.url.rsplit("/", 1)[1], route.request.post_data_json))
        route.fulfill(status=self._status, json=self._answer)


def end(api: Api, task_id: str) -> None:
    """What would run for a minute is over."""
    assert api.post(f"/tasks/{task_id}/revoke", json={"terminate": True}).status_code == 202
    api.ended(task_id)


def test_what_runs_is_terminated_only_after_one_was_asked_in_place(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id = sample("patient")
    page = open_page(f"/tasks/{task_id}")
    calls = Calls(page, {})
    wait_for_state(page, task_id, "PROGRESS")
    actions = article(page, task_id).locator(".actions")
    expect(actions.get_by_role("button", name="Retry")).to_have_count(0)
    actions.get_by_role("button", name="Terminate").click()
    expect(actions.get_by_role("alertdialog")).to_contain_text("What it has begun stays half done.")
    expect(actions.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(actions.get_by_role("alertdialog")).to_have_count(0)
    assert calls.made == []
    actions.get_by_role("button", name="Terminate").click()
    actions.get_by_role("button", name="Terminate it").click()
    expect(actions.get_by_role("status")).to_contain_text("its worker ends the process now")
    assert calls.made == [("revoke", {"terminate": True})]
    end(api, task_id)


def test_what_waits_is_revoked_only_after_one_was_asked(open_page: OpenPage, sample: Send) -> None:
    task_id = sample("echo", 1, countdown=600)
    page = open_page(f"/tasks/{task_id}")
    calls = Calls(page, {})
    actions = article(page, task_id).locator(".actions")
    actions.get_by_role("button", name="Revoke").click()
    actions.get_by_role("button", name="Revoke it").click()
    expect(actions.get_by_role("status")).to_contain_text("Revoked")
    assert calls.made == [("revoke", {})]


def test_what_was_revoked_while_it_waits_is_over_at_once(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id = sample("echo", 1, countdown=600)
    page = open_page(f"/tasks/{task_id}")
    wait_for_state(page, task_id, "RECEIVED")
    shown = article(page, task_id)
    expect(shown.locator(".outcome")).to_contain_text("starts in 10")
    expect(shown.locator(".lane-facts")).to_contain_text("sleeps, 10")
    shown.get_by_role("button", name="Revoke").click()
    shown.get_by_role("button", name="Revoke it").click()
    for _ in range(2):
        wait_for_state(page, task_id, "REVOKED")
        expect(shown.locator(".outcome")).to_have_text("revoked before it started")
        expect(shown.locator(".task-says")).to_have_text("")  # as the outcome says it
        expect(shown.get_by_role("button", name="Revoke")).to_have_count(0)
        page.reload()


def test_what_ended_is_run_again_as_it_was_or_with_other_arguments(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id, other = sample("echo", 1, kwargs={"says": "hello"}), sample("echo", 2)
    api.ended(task_id), api.ended(other)
    page = open_page(f"/tasks/{task_id}")
    calls = Calls(page, {"id": other, "url": f"/api/v1/tasks/{other}"})
    actions = article(page, task_id).locator(".actions")
    actions.get_by_role("button", name="Retry with other arguments").click()
    kwargs = actions.get_by_role("textbox", name="Named")
    expect(kwargs).to_have_value('{\n  "says": "hello"\n}')
    kwargs.fill("[]")
    actions.get_by_role("button", name="Run it again").click()
    expect(actions.get_by_role("alert")).to_contain_text("Named arguments are a JSON object")
    assert calls.made == []
    kwargs.fill('{"says": "good bye"}')
    actions.get_by_role("button", name="Run it again").click()
    expect(article(page, other)).to_be_visible()
    assert calls.made == [("retry", {"args": [1], "kwargs": {"says": "good bye"}})]
    article(page, other).get_by_role("button", name="Retry", exact=True).click()
    expect(article(page, other)).to_be_visible()
    page.wait_for_function("() => !document.querySelector('.actions button:disabled')")
    assert calls.made[1] == ("retry", {})


def test_of_a_workflow_one_is_asked_whether_what_follows_runs_as_well(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("echo", 1)
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}")
    calls = Calls(page, {"id": task_id, "url": f"/api/v1/tasks/{task_id}"})
    kept = api.get(f"/tasks/{task_id}/call").json()
    kept["follows"]["chain"], kept["effect"] = ["report"] * 2, "It runs again, without what followed it: report."
    page.route("**/api/v1/tasks/*/call", lambda route: route.fulfill(json=kept))
    actions = article(page, task_id).locator(".actions")
    for answer, sent in (("Only this task", {}), ("And what follows", {"follow": True})):
        actions.get_by_role("button", name="Retry", exact=True).click()
        expect(actions.get_by_role("alertdialog")).to_contain_text("without what followed it: report.")
        actions.get_by_role("button", name=answer).click()
        page.wait_for_function("() => !document.querySelector('.actions button:disabled')")
        assert calls.made[-1] == ("retry", sent)
    edit, form = actions.get_by_role("button", name="Retry with other arguments"), actions.locator("form")
    for leave in ("Escape", "Cancel", "Retry"):
        edit.click()
        follow = form.get_by_role("checkbox", name="And what follows: report (twice)")
        follow.press("Escape") if leave == "Escape" else actions.get_by_role("button", name=leave, exact=True).click()
        expect(form).to_have_count(0)


@pytest.mark.console_errors  # the browser notes the refusal
def test_why_something_could_not_be_done_is_said_beside_it(open_page: OpenPage, api: Api, sample: Send) -> None:
    task_id = sample("echo", 1)
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}")
    Calls(page, {"title": "Gone", "status": 409, "detail": "Its arguments were not kept."}, 409)
    article(page, task_id).get_by_role("button", name="Retry", exact=True).click()
    expect(article(page, task_id).get_by_role("alert")).to_have_text("Its arguments were not kept.")


def test_who_asked_is_notified_when_it_is_over_wherever_the_page_is(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    page = open_page("about:blank")
    page.context.grant_permissions(["notifications"])
    page.add_init_script(f"({NOTIFICATIONS})()")
    task_id = sample("patient")
    page.goto(f"/tasks/{task_id}")
    wait_for_state(page, task_id, "PROGRESS")
    notify = article(page, task_id).get_by_role("button", name="Notify me")
    notify.click()
    expect(article(page, task_id).get_by_role("button", name="You will be notified")).to_be_visible()
    page.get_by_role("link", name="Launch").click()
    end(api, task_id)
    page.wait_for_function("() => window.told.length > 0")
    assert page.evaluate("window.told[0]") == ["patient: revoked", "It was stopped while it ran (SIGTERM).", "shown"]


def test_the_title_tells_how_far_the_task_is(open_page: OpenPage, sample: Send) -> None:
    task_id = str(uuid.uuid4())
    page = open_page(f"/tasks/{task_id}")
    wait_until_live(page)
    sample("patient", 6, task_id=task_id)
    page.wait_for_function("() => /^\\d+\\s%\\spatient/.test(document.title)")
    icon = page.locator('link[rel="icon"]')
    expect(icon).to_have_attribute("href", re.compile("/(none|one|two|three|four)-"))
    wait_for_state(page, task_id)
    expect(icon).to_have_attribute("href", re.compile("/succeeded-"))
    assert "done" in page.title()


def test_a_task_that_was_run_again_leads_to_the_one_before_and_that_one_to_it(open_page: OpenPage, api: Api) -> None:
    task_id = api.submit("countdown", duration=0)
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}")
    article(page, task_id).get_by_role("button", name="Retry", exact=True).click()
    page.wait_for_url(lambda url: "/tasks/" in url and task_id not in url)
    again = page.url.rsplit("/", 1)[1]
    wait_for_state(page, again)
    page.locator(f'[data-related="{task_id}"]').get_by_role("link").click()
    expect(article(page, task_id).locator(f'[data-related="{again}"]')).to_have_attribute("data-state", "SUCCESS")


def test_what_a_task_started_is_on_its_page_and_in_the_list_of_its_children(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    parent = sample("family", 2)
    children = json.loads(api.ended(parent)["result"])
    page = open_page(f"/tasks/{parent}")
    for child in children:
        expect(article(page, parent).locator(f'[data-related="{child}"]')).to_have_attribute("data-state", "SUCCESS")
    page.get_by_role("link", name="All 2 in the list").click()
    expect(page.locator(".table-slice .row")).to_have_count(2)
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(f"parent:{parent}")


def test_a_task_that_was_terminated_from_its_page_ends(open_page: OpenPage, sample: Send) -> None:
    task_id = sample("patient", 120)
    page = open_page(f"/tasks/{task_id}")
    wait_for_state(page, task_id, "PROGRESS")
    article(page, task_id).get_by_role("button", name="Terminate").click()
    article(page, task_id).get_by_role("button", name="Terminate it").click()
    wait_for_state(page, task_id, "REVOKED")
