"""The pages of the documentation, and what stands in their code blocks.

A block says by its language and title what it is; docs/parts/index.md tells readers the same.

    sh                                  commands, typed in one terminal from the top of the page to its end
    sh title="In a terminal of its own" what keeps running
    sh title="Not run by the tests: …"  and why
    text                                what the block before it prints; … stands for what differs
    python title="shop.py"              a file to save
    python title="worker/phloem/…"      an excerpt of that file in the clone; "..." leaves lines out; ts, tsx, vue too
    python                              a program to run in the page's folder
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.processes import ROOT

DOCS = ROOT / "docs"
PARTS = sorted(path for path in (DOCS / "parts").glob("*.md") if path.name != "index.md")
README = ROOT / "README.md"
TUTORIAL, INSTALLING, OPERATING = (DOCS / f"{name}.md" for name in ("tutorial", "installing", "operating"))

ABOUT_THE_CODE = {
    *(ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY")),
    *(DOCS / f"{name}.md" for name in ("architecture", "contract", "design", "glossary")),
    *(DOCS / "decisions").glob("*.md"),
}
"""Pages that list names and show pictures; their blocks are no commands to follow one after the other."""

ALL = sorted({README, *ABOUT_THE_CODE, *DOCS.rglob("*.md")})
PAGES = [page for page in ALL if page not in ABOUT_THE_CODE]
"""Those whose commands are run."""

OWN_TERMINAL = "In a terminal of its own"
NOT_RUN = "Not run by the tests: "

_FENCE = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block. `line` is that of its fence."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{os.path.relpath(self.page, ROOT)}:{self.line}"

    @property
    def is_excerpt(self) -> bool:
        """Whether it shows a file of the clone."""
        return "/" in self.title and not self.title.startswith(NOT_RUN)

    @property
    def is_file(self) -> bool:
        """Whether the reader saves it."""
        return re.fullmatch(r"[\w.-]*\w", self.title) is not None

    @property
    def is_run(self) -> bool:
        """Whether it is run as it stands."""
        return self.language in ("sh", "python") and (not self.title or self.title == OWN_TERMINAL)


def blocks(page: Path) -> Iterator[Block]:
    """All fenced blocks of a page."""
    content = page.read_text()
    for found in _FENCE.finditer(content):
        yield Block(
            page=page,
            line=content.count("\n", 0, found.start()) + 1,
            language=found["language"],
            title=found["title"] or "",
            text=found["text"],
        )


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def titled(page: Path, title: str) -> str:
    """The one block of that title on a page."""
    (found,) = (block.text for block in blocks(page) if block.title == title)
    return found


def variables(page: Path, title: str = "phloem.env") -> dict[str, str]:
    """The environment variables in a block of a page, a line each."""
    return dict(line.split("=", 1) for line in titled(page, title).splitlines())
