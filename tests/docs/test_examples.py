"""The applications in examples/: started as their READMEs say, each puts a live bar on its own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.docs.reader import PATIENCE, Reader
from tests.processes import ROOT, Stack, free_port

pytestmark = [pytest.mark.browser, pytest.mark.console_errors]  # the pages have no icon


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Redis and Phloem, beside which an application of another origin serves its own pages."""
    environment = {"PHLOEM_NAMESPACE": "phloem", "PHLOEM_ORIGINS": f"http://127.0.0.1:{free_port()}"}
    with Stack(tmp_path_factory.mktemp("beside"), environment, parts=("redis", "web")) as running:
        yield running


@pytest.fixture
def reader(stack: Stack, tmp_path: Path) -> Iterator[Reader]:
    """Somebody who has a copy of an example, to be put into their folder."""
    elsewhere = int(stack.environment["PHLOEM_ORIGINS"].rpartition(":")[2])
    ports = {"8000": stack.port, "6390": stack.redis.port, "9000": elsewhere}
    with Reader(tmp_path / "reader", stack.environment, ports) as reading:
        yield reading


@pytest.mark.timeout(2 * PATIENCE)
@pytest.mark.parametrize("name", ["flask", "django", "fastapi"])
def test_the_bar_of_an_example_moves_to_its_end(name: str, stack: Stack, reader: Reader, page: Page) -> None:
    example = ROOT / "examples" / name
    for file in example.rglob("*.*"):
        if file.suffix in (".py", ".html"):
            reader.save(str(file.relative_to(example)), file.read_text())
    reader.follow(example / "README.md")
    page.goto(stack.environment["PHLOEM_ORIGINS"])
    page.get_by_role("button", name="Export all orders").click()
    bar = page.get_by_role("progressbar", name="All orders")
    expect(bar).to_have_attribute("aria-valuetext", re.compile("s left$"))
    expect(bar).to_have_attribute("aria-valuetext", re.compile("^100.*Done in"), timeout=90_000)
    renewed = page.request.get(f"{page.url}/token").text()
    assert re.fullmatch(r"share\.[\w.-]+", renewed)
    if name == "flask":
        page.goto(f"{page.url.partition('/exports')[0]}/phloem/")
        expect(page.get_by_role("link", name="export")).to_be_visible()
