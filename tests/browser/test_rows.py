"""A row of the list: what it says of a task, on one line of a wide window and two of a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api import Api
from tests.browser.conftest import Send
from tests.browser.screen import article, row, wait_for_state
from tests.conftest import OpenPage

pytestmark = pytest.mark.browser

ERROR = "api.contoso.example:443 did not answer the third request in 30 s"

ARABIC = "طلبية رقم ١٧ من العميل الكبير في المدينة القديمة على شاطئ البحر " * 3


def is_whole(text: Locator) -> bool:
    """Whether nothing of a text is cut."""
    found: bool = text.evaluate(
        "each => each.scrollWidth <= each.clientWidth && each.scrollHeight <= each.clientHeight"
    )
    return found


def begins_in_sight(text: Locator, first: str, where: str) -> bool:
    """Whether the word `first` of a text is where `where` can be seen."""
    found: bool = text.evaluate(
        """(each, [first, where]) => {
          const texts = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
          while (!texts.nextNode().data.includes(first));
          const range = document.createRange(), start = texts.currentNode.data.indexOf(first);
          range.setStart(texts.currentNode, start);
          range.setEnd(texts.currentNode, start + first.length);
          const word = range.getBoundingClientRect(), box = each.closest(where).getBoundingClientRect();
          return box.left - 1 <= word.left && word.right <= box.right + 1;
        }""",
        [first, where],
    )
    return found


def edges(page: Page, selector: str) -> tuple[float, float]:
    """Where an element begins and ends, from left to right."""
    place = page.locator(selector).first.bounding_box()
    assert place is not None
    return place["x"], place["x"] + place["width"]


@pytest.fixture
def failed(api: Api, sample: Send) -> str:
    """A task with a label that failed with a long error."""
    task_id = sample("refused", ERROR, shadow="Contoso")
    api.ended(task_id)
    return task_id


def test_an_error_has_the_room_from_what_others_say_to_their_time_left(
    open_page: OpenPage, api: Api, failed: str
) -> None:
    page = open_page(f"/?q={failed}", viewport={"width": 1440, "height": 900})
    wait_for_state(page, failed, "FAILURE")
    told = row(page, failed).locator(".cell-told")
    expect(told).to_have_text(f"Refused: {ERROR}")
    assert is_whole(told.locator(".told"))
    begin, end = edges(page, f'[data-task="{failed}"] .cell-told')
    assert begin <= edges(page, ".row-head .cell-bar")[0]
    assert end == pytest.approx(edges(page, ".row-head .cell-left")[1], abs=1)
    expect(row(page, failed)).not_to_contain_text("failed after")
    expect(row(page, failed).locator(".cell-name")).to_have_text(re.compile(r"^refused\s*Contoso$"))


def test_a_success_says_what_it_returned_and_how_often_it_was_tried(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    plain, tried = sample("echo", "3 people have it", says="step 9 of 9"), sample("unreliable", 1, 0.1)
    api.ended(plain), api.ended(tried)
    page = open_page("/", viewport={"width": 1440, "height": 900})
    wait_for_state(page, tried)
    expect(row(page, plain).locator(".cell-told")).to_have_text("3 people have it")
    expect(row(page, tried).locator(".cell-told")).to_have_text(re.compile(r"^at last\s*2.tries$"))
    expect(row(page, tried).locator(".cell-ran")).to_contain_text("s")
    page.set_viewport_size({"width": 1000, "height": 800})  # no column has its run time
    expect(row(page, plain).locator(".told-note")).to_contain_text("s")


def test_on_a_phone_the_second_line_has_the_error_in_full(open_page: OpenPage, api: Api, failed: str) -> None:
    page = open_page(f"/?q={failed}", viewport={"width": 390, "height": 844})
    wait_for_state(page, failed, "FAILURE")
    told = row(page, failed).locator(".told")
    expect(told).to_have_text(f"Refused: {ERROR}")
    assert is_whole(told)
    name, age = row(page, failed).locator(".cell-name"), row(page, failed).locator(".cell-age")
    places = [each.bounding_box() for each in (name, age, told)]
    first, second, third = (place["y"] if place else -1 for place in places)
    assert first == second < third
    assert row(page, failed).evaluate("each => each.offsetHeight") == 60


@pytest.mark.parametrize("width", [1366, 390], ids=["wide", "phone"])
def test_of_a_long_text_that_is_written_from_the_right_the_beginning_is_in_sight(
    open_page: OpenPage, api: Api, sample: Send, width: int
) -> None:
    task_id = sample("refused", ARABIC, shadow=ARABIC)
    api.ended(task_id)
    page = open_page(f"/?q={task_id}", viewport={"width": width, "height": 844})
    wait_for_state(page, task_id, "FAILURE")
    label, told = row(page, task_id).locator(".row-label"), row(page, task_id).locator(".told")
    assert not is_whole(label)
    assert begins_in_sight(label, ARABIC.split()[0], ".row-label")
    assert begins_in_sight(told, ARABIC.split()[0], ".told")
    page.goto("/wall")
    failure = page.locator(f'.failure[data-task="{task_id}"]')
    assert begins_in_sight(failure.locator(".slot-label"), ARABIC.split()[0], ".slot-label")
    assert begins_in_sight(failure.locator(".failure-error"), ARABIC.split()[0], ".failure-error")


@pytest.mark.parametrize("text", ["קצר", "short"], ids=["from the right", "from the left"])
def test_a_short_text_stands_where_its_column_begins_whichever_direction_it_has(
    open_page: OpenPage, api: Api, sample: Send, text: str
) -> None:
    task_id = sample("echo", text)
    api.ended(task_id)
    page = open_page(f"/?q={task_id}", viewport={"width": 1440, "height": 900})
    wait_for_state(page, task_id)
    told = row(page, task_id).locator(".told")
    begin = told.evaluate(
        """each => {
          const range = document.createRange();
          range.selectNodeContents(each);
          return range.getBoundingClientRect().left - each.getBoundingClientRect().left;
        }"""
    )
    assert begin == pytest.approx(0, abs=2)


@pytest.mark.parametrize(("width", "height"), [(1440, 40), (390, 76)], ids=["wide", "phone"])
def test_what_is_searched_for_is_marked_in_a_row_and_stays_in_sight(
    open_page: OpenPage, api: Api, sample: Send, width: int, height: int
) -> None:
    task_id = sample("refused", "the carrier was asked for it " * 12 + "and <b>declined</b> it again")
    api.ended(task_id)
    page = open_page("/?q=error:<B>DECLINED", viewport={"width": width, "height": 844})
    wait_for_state(page, task_id, "FAILURE")
    mark = row(page, task_id).locator(".told mark")
    expect(mark).to_have_text("<b>declined")
    place, line = mark.bounding_box(), row(page, task_id).locator(".told").bounding_box()
    assert place is not None
    assert line is not None
    assert line["x"] <= place["x"]
    assert place["x"] + place["width"] <= line["x"] + line["width"]
    assert place["y"] + place["height"] <= line["y"] + line["height"] + 4
    assert row(page, task_id).evaluate("each => each.offsetHeight") == height


def test_a_label_beside_a_long_name_has_the_room_first(open_page: OpenPage, failed: str) -> None:
    page = open_page(f"/?q={failed}", viewport={"width": 1440, "height": 900})
    wait_for_state(page, failed, "FAILURE")
    lengthened = """cell => {
      const [name, label] = cell.querySelectorAll(".row-name, .row-label");
      name.firstChild.data = "import_of_all_orders_of_the_whole_year";
      return [name, label].map(each => each.scrollWidth <= each.clientWidth);
    }"""
    assert row(page, failed).locator(".cell-name").evaluate(lengthened) == [False, True]


def test_the_age_of_a_task_counts_from_when_it_was_sent_whatever_became_of_it(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    """With the times of the clock: those of ended, running and waiting tasks alike are when they were sent."""
    ids = [sample("echo", 1), sample("patient", 600), sample("echo", 1, countdown=3600)]
    page = open_page("/", viewport={"width": 1440, "height": 900})
    wait_for_state(page, ids[0])
    wait_for_state(page, ids[1], "PROGRESS")
    for task_id in ids:
        task = api.task(task_id)
        age = row(page, task_id).locator(".cell-age")
        expect(age).to_have_text(re.compile("ago$|^just now$"))
        assert (
            age.evaluate(
                "(each, at) => new Date(each.title).getTime() / 1000 - Math.floor(at)",
                task["created_at"] or task["received_at"],
            )
            == 0
        )
    expect(row(page, ids[1]).locator(".cell-ran")).to_have_text(re.compile(r"^\d+:\d\d$"))
    api.post(f"/tasks/{ids[1]}/revoke", json={"terminate": True})


def test_a_success_that_did_not_count_to_the_end_of_its_steps_is_not_said_to_be_at_100_percent(
    open_page: OpenPage, api: Api, sample: Send
) -> None:
    task_id = sample("careless")
    api.ended(task_id)
    page = open_page(f"/tasks/{task_id}")
    expect(article(page, task_id)).to_contain_text("0 of 3")
    expect(article(page, task_id).locator(".task-percent")).to_have_count(0)


def test_the_box_that_chooses_all_is_whole(open_page: OpenPage, api: Api, failed: str) -> None:
    page = open_page(f"/?q={failed}")
    wait_for_state(page, failed, "FAILURE")
    all_of_them = page.get_by_role("checkbox", name="Choose all that are shown")
    page.locator(".row-head").hover()
    box, head = all_of_them.bounding_box(), page.locator(".row-head").bounding_box()
    assert box is not None
    assert head is not None
    assert head["y"] <= box["y"]
    assert box["y"] + box["height"] <= head["y"] + head["height"]
    assert (box["width"], box["height"]) == (16, 16)
