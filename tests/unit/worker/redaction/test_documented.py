"""docs/redaction.md tells what is recognised."""

from __future__ import annotations

import re
from pathlib import Path

from phloem.redaction import WITHHELD
from phloem.redaction.names import LAST, PAIRS, WITHIN, WORDS
from phloem.redaction.shapes import PREFIXES

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs/redaction.md").read_text()


def row(begin: str) -> str:
    [found] = re.findall(rf"^\| {begin} \| (.*) \|$", PAGE, re.MULTILINE)
    return str(found)


def test_the_page_names_every_word_of_a_secret_and_no_other() -> None:
    for begin, table in (
        ("anywhere in a word", set(WITHIN)),
        ("a word anywhere", WORDS),
        ("the last word", LAST),
        ("two words", {" ".join(pair) for pair in PAIRS}),
    ):
        assert set(re.findall("`(.*?)`", row(begin))) == table


def test_the_page_names_every_service_whose_tokens_are_recognised_and_no_other() -> None:
    assert row("tokens of services that mark theirs") == ", ".join(PREFIXES)


def test_the_page_knows_what_stands_for_arguments_that_are_not_told() -> None:
    code = (ROOT / "frontend/src/pages/task/json_text.ts").read_text()
    assert f'export const WITHHELD = "{WITHHELD}";' in code
