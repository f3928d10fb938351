"""The site that is built of docs/: whole, and sufficient to itself."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.child import Child
from tests.conftest import OpenPage
from tests.docs.pages import DOCS
from tests.processes import ROOT, free_port
from tests.waiting import wait_until


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of the docs in `folder`, as bin/test does."""
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the docs, built."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(DOCS, folder / "docs")
    built = build(folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module")
def site(copy: Path) -> Iterator[str]:
    """Where the built site is served."""
    port = free_port()
    command = [sys.executable, "-u", "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", str(copy / "site")]
    child = Child(f"exec {shlex.join(command)}", copy / "http.log", os.environ)
    try:
        wait_until(lambda: "Serving HTTP" in child.log(), 60, child.log)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.kill()


def test_links_that_lead_nowhere_fail_the_build_each_of_them(copy: Path, tmp_path: Path) -> None:
    links = ["nowhere.md", "tutorial.md#nothing", "#nothing", "../README.md"]
    shutil.copytree(copy / "docs", tmp_path / "docs")
    shutil.copy(copy / "zensical.toml", tmp_path)
    with (tmp_path / "docs" / "index.md").open("a") as index:
        index.writelines(f"\n[a link]({link})\n" for link in links)
    built = build(tmp_path)
    assert built.returncode != 0
    assert f"{len(links)} issues found" in built.stdout + built.stderr


class Links(HTMLParser):
    """What a page of the site names, and the anchors it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.add(value)
            elif name == "id" and value:
                self.anchors.add(value)


def dead(folder: Path) -> list[str]:
    """Links and pictures of a site that are not in it."""
    pages = {page: Links(page) for page in folder.rglob("*.html") if page.name != "404.html"}
    found = []
    for page, links in pages.items():
        for target in links.targets:
            address = urlsplit(target)
            if address.scheme or address.netloc:
                continue
            file = (page.parent / unquote(address.path)).resolve() if address.path else page
            file = file / "index.html" if file.is_dir() else file
            is_page = file in pages
            if not file.is_file() or (is_page and address.fragment and address.fragment not in pages[file].anchors):
                found.append(f"{page.relative_to(folder)}: {target}")
    return found


def test_every_link_and_picture_of_the_site_is_there(copy: Path) -> None:
    assert dead(copy / "site") == []


def test_a_picture_that_is_missing_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<img src="none.png"><a href="#there" id="there">')
    assert dead(tmp_path) == ["index.html: none.png"]


@pytest.mark.browser
def test_the_site_asks_nothing_of_another_origin(site: str, open_page: OpenPage) -> None:
    page = open_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for path in ("index.html", "tutorial.html", "parts/email.html", "contract.html"):
        page.goto(f"{site}/{path}", wait_until="networkidle")
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("newsletter")
    expect(page.get_by_text("send_newsletter").first).to_be_visible()
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    assert len(asked) > 5
