"""Files on their way through the browser: chosen, uploaded, worked on, shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import article, launch, name_of, percents, row, wait_for_state
from tests.conftest import OpenPage
from tests.pictures import jpeg, large_jpeg

pytestmark = pytest.mark.browser

LOADED = "images => images.every(image => image.complete && image.naturalWidth > 0)"
Choose = Callable[[str, bytes], Path]
HTML = "<img src=x onerror=window.ran=1>"


@pytest.fixture
def chosen(tmp_path: Path) -> Choose:
    """Makes a file that can be chosen in a form."""

    def choose(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return choose


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page("about:blank")


def test_a_photograph_is_uploaded_made_smaller_step_by_step_and_shown(page: Page, chosen: Choose) -> None:
    photograph = large_jpeg()
    assert 5_000_000 < len(photograph) < 6_000_000
    task_id = launch(page, "resize_image", upload=chosen("cat.jpg", photograph), width="4000", height="3000")
    wait_for_state(page, task_id)
    shown = percents(page, task_id)
    assert len(shown) >= 4
    assert shown == sorted(shown)

    name_of(row(page, task_id)).click()
    task = article(page, task_id)
    steps = task.locator("[data-step]")
    names = ("Resizing cat.jpg", "Opening", "Making 4,000 x 3,000", "Making 2,000 x 1,500", "Making 160 x 120")
    expect(steps.locator(".step-name")).to_have_text(names)
    assert steps.evaluate_all("steps => steps.map(step => step.dataset.done)") == ["true"] * len(names)
    expect(task.locator("figcaption")).to_contain_text(["cat-4000.jpg", "cat-2000.jpg", "cat-160.jpg"])
    images = task.locator(".file img")
    expect(images).to_have_count(3)
    page.wait_for_function(LOADED, arg=images.element_handles())
    widths = images.evaluate_all("images => images.map(image => image.naturalWidth)")
    assert widths == [4000, 2000, 160]


def test_a_text_file_as_a_picture_fails_with_a_sentence(page: Page, chosen: Choose) -> None:
    task_id = launch(page, "resize_image", upload=chosen("cat.jpg", b"I am not a cat"))
    wait_for_state(page, task_id, "FAILURE")
    sentence = "cat.jpg cannot be read as a JPEG, PNG, WebP or AVIF picture."
    expect(row(page, task_id)).to_contain_text(sentence)
    name_of(row(page, task_id)).click()
    expect(article(page, task_id).locator(".failure-message")).to_contain_text(sentence)


@pytest.mark.parametrize(("content", "state"), [(jpeg(), "SUCCESS"), (b"text", "FAILURE")])
def test_html_in_the_name_of_a_file_is_shown_and_does_nothing(
    page: Page, chosen: Choose, content: bytes, state: str
) -> None:
    task_id = launch(page, "resize_image", upload=chosen(f"{HTML}.jpg", content))
    wait_for_state(page, task_id, state)
    expect(row(page, task_id)).to_contain_text(HTML)
    name_of(row(page, task_id)).click()
    expect(article(page, task_id).locator(".step-name").first).to_contain_text(HTML)
    assert page.locator("[onerror], img[src=x]").count() == 0
    assert page.evaluate("window.ran") is None
