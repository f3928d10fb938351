"""The pictures of README and documentation: each that a page shows is one that a command makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ALL
from tests.processes import ROOT
from tools.architecture.outputs import PICTURES as DRAWN
from tools.pictures.catalogue import FOLDER, files

SHOWN = re.compile(r"[\w./-]*pictures/[\w-]+\.(?:png|svg|webp|gif|jpg)")


def shown(page: Path) -> set[str]:
    """The pictures that a page shows, by their paths in the clone."""
    return {str((page.parent / name).resolve().relative_to(ROOT)) for name in SHOWN.findall(page.read_text("utf-8"))}


def test_every_picture_that_a_page_shows_is_made_by_a_command() -> None:
    seen = {name for page in ALL for name in shown(page)}
    assert seen - files().keys() - DRAWN.keys() == set()


def test_every_picture_that_the_command_takes_is_shown_by_a_page() -> None:
    seen = {name for page in ALL for name in shown(page)}
    assert files().keys() - seen == set()


@pytest.mark.parametrize("name", files())
def test_a_picture_is_there_and_small(name: str) -> None:
    assert 0 < (ROOT / name).stat().st_size <= files()[name].most_bytes


def test_no_picture_is_left_that_nothing_makes() -> None:
    there = {f"{FOLDER}/{path.name}" for path in (ROOT / FOLDER).iterdir() if not path.is_symlink()}
    assert there == files().keys() | DRAWN.keys()


def test_a_page_shows_a_picture_in_both_themes_or_in_the_only_one() -> None:
    for page in ALL:
        found = shown(page) & files().keys()
        for name in found:
            picture = files()[name]
            assert {picture.file(theme) for theme in picture.themes} <= found, f"{page}: {name}"
