"""The tables of docs/flower.md are those by which `python -m tests.beside_flower` compares."""

from __future__ import annotations

from tests.beside_flower.page import PAGE, whole


def test_the_page_has_each_thing_that_is_compared_with_flower() -> None:
    text = PAGE.read_text()
    assert text == whole(text), "python -m tests.beside_flower --write"


def test_a_row_that_is_left_out_is_missed() -> None:
    text = PAGE.read_text()
    row = next(line for line in text.splitlines() if line.startswith("| runtime |"))
    shortened = text.replace(f"{row}\n", "")
    assert whole(shortened) == text != shortened
