"""What the pages show of the code is what stands there, and nothing escapes the tests."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import DOCS, NOT_RUN, PAGES, PARTS, Block, blocks, prose
from tests.docs.reader import matches
from tests.processes import ROOT

ALL = [block for page in PAGES for block in blocks(page)]
LANGUAGES = {"sh", "python", "text", "html", "procfile", "tsx", "vue", "ts", "nginx", "caddyfile", "yaml", "redis"}


@pytest.mark.parametrize("block", [block for block in ALL if block.is_excerpt], ids=str)
def test_an_excerpt_stands_in_its_file(block: Block) -> None:
    assert shows(block.text, (ROOT / block.title).read_text())


def shows(excerpt: str, content: str) -> bool:
    """Whether `content` has the lines of `excerpt` in their order; a line "..." leaves some out."""
    place = 0
    for part in re.split(r"^ *\.\.\.\n", excerpt, flags=re.MULTILINE):
        found = content.find(part.strip("\n"), place)
        if found < 0:
            return False
        place = found + len(part)
    return True


def test_an_excerpt_that_differs_is_noticed() -> None:
    assert shows("a = 1\n...\nc = 3\n", "a = 1\nb = 2\nc = 3\n")
    assert not shows("a = 1\n...\nc = 4\n", "a = 1\nb = 2\nc = 3\n")
    assert not shows("c = 3\n...\na = 1\n", "a = 1\nb = 2\nc = 3\n")


def test_what_is_printed_is_compared_but_for_what_differs_each_time() -> None:
    assert matches('{"id": "…"}', '{"id": "1f"}')
    assert not matches('{"id": "…"}', '{"id": "1f"} and more')


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_of_a_kind_that_is_looked_at(page: Path) -> None:
    assert "```" not in prose(page)
    before: Block | None = None
    for block in blocks(page):
        assert block.language in LANGUAGES, block
        known = block.is_run or block.is_file or block.is_excerpt or block.title.startswith(NOT_RUN)
        printed = block.language == "text" and before is not None and before.is_run
        assert known or printed or (not block.title and block.language in ("html", "procfile", "redis")), block
        before = block
    assert re.findall(r"(?<=\n\n)    \S.*", prose(page)) == [], "indented code would escape"
    assert re.findall(r"`[A-Z_]+=[^` ]* [^`]+`", prose(page)) == [], "a command with settings would escape"


def test_few_blocks_are_not_run() -> None:
    assert [f"{block.page.name}: {block.title}" for block in ALL if block.title.startswith(NOT_RUN)] == [
        "doctor.md: Not run by the tests: what it finds differs",
        "doctor.md: Not run by the tests: what it finds differs",
        "embedding.md: Not run by the tests: it is running already",
        "embedding.md: Not run by the tests: it is running already",
        "index.md: Not run by the tests: they start one worker for all pages",
    ]


def test_every_page_is_in_the_navigation() -> None:
    nav = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"]
    assert sorted(named(nav)) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def named(entry: Any) -> list[str]:
    """The pages of a part of the navigation."""
    if isinstance(entry, str):
        return [entry]
    inner = entry.values() if isinstance(entry, dict) else entry
    return [page for each in inner for page in named(each)]


def test_there_is_a_page_for_each_of_the_seventeen_parts() -> None:
    assert len(PARTS) == 17


def test_every_variable_that_the_programs_read_is_described() -> None:
    sources = [*ROOT.glob("worker/phloem/**/*.py"), *ROOT.glob("server/phloem_server/**/*.py")]
    read = {name for source in sources for name in re.findall(r"\"(PHLOEM_[A-Z_]+)\"", source.read_text())}
    described = set(re.findall(r"`(PHLOEM_[A-Z_]+)`", (DOCS / "settings.md").read_text()))
    assert read - described == set()
    assert described - read == set()
