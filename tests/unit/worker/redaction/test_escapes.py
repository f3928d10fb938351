"""What steers a terminal is no part of a text."""

from __future__ import annotations

import pytest

from phloem.model.task import Line
from phloem.redaction import REDACTED, Veil, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("two\n\x1b[1;38;5;9mlines\x1b[m\tand \x9b4mmore", "two\nlines\tand more"),
        ("cut off\x1b[38;5", "cut off"),
        ("alone \x1b", "alone "),
        ("a[31m text", "a[31m text"),
    ],
    ids=["colours", "link", "several lines", "cut off", "alone", "no escape"],
)
def test_a_text_is_shown_without_escapes(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_run_says_and_logs_its_texts_as_they_are() -> None:
    veil, said = Veil(), "\x1b[31mred\x1b[0m"
    assert veil.text(said) == said
    [line] = veil.lines((Line(at=1, level="info", message=said),))
    assert line.message == said


def test_a_secret_is_found_where_escapes_are_within_its_name() -> None:
    assert Veil().text("pass\x1b[1mword=geheim") == f"password={REDACTED}"
