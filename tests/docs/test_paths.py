"""Every file and folder of the clone that a page names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ALL, Block, blocks, prose
from tests.processes import ROOT

TREES = (
    "worker",
    "server",
    "frontend",
    "tests",
    "tools",
    "bin",
    "docs",
    "benchmarks",
    "examples",
    "requirements",
    "deploy",
)
LEFT_OUT = {"node_modules", "__pycache__", "static"}

_SPAN = re.compile(r"`([^`\s]+)`")
_FILE = re.compile(r"[\w.-]+(/[\w.-]+)*\.(py|lua|ts|tsx|mjs|css|json|toml|md|svg|html)")
_IN_A_TREE = re.compile(rf"({'|'.join(TREES)})/[\w./-]*")


@cache
def paths() -> frozenset[str]:
    """All files and folders of the clone, folders with a slash at the end; begun with one as well."""
    found = {f"/{path.name}" for path in ROOT.iterdir() if path.is_file()}
    for tree in TREES:
        for path in (ROOT / tree, *(ROOT / tree).rglob("*")):
            place = path.relative_to(ROOT)
            if LEFT_OUT.isdisjoint(place.parts):
                found.add(f"/{place}/" if path.is_dir() else f"/{place}")
    return frozenset(found)


def is_there(name: str) -> bool:
    """Whether a path of the clone is that, or ends so."""
    wanted = f"/{name.strip('/')}"
    return any(path.rstrip("/").endswith(wanted) for path in paths())


def named(text: str) -> Iterator[str]:
    """What a text in Markdown names of the clone: paths below one of its folders, and files."""
    for span in _SPAN.findall(text):
        if _IN_A_TREE.fullmatch(span) or _FILE.fullmatch(span):
            yield span


@cache
def saved() -> frozenset[str]:
    """The files that pages let their readers save."""
    found: list[Block] = [block for page in ALL for block in blocks(page)]
    return frozenset(block.title for block in found if block.is_file)


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    assert [name for name in named(prose(page)) if name not in saved() and not is_there(name)] == []


def test_a_path_that_is_not_there_is_noticed() -> None:
    assert list(named("`worker/phloem/none.py`, `a b.py`, `x.y`, `tests/docs/`, `mirror/index.py`")) == [
        "worker/phloem/none.py",
        "tests/docs/",
        "mirror/index.py",
    ]
    assert is_there("tests/docs/")
    assert is_there("mirror/index.py")
    assert is_there("README.md")
    assert not is_there("worker/phloem/none.py")
    assert not is_there("none.py")
