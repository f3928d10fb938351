"""What people call a task, as it is shown."""

from __future__ import annotations

import unicodedata

import pytest

from phloem.model.label import LIMIT_CHARACTERS, MARKS_LIMIT, label_of

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ACME-Corp", "ACME-Corp"),
        ("  two\r\n\tlines ", "two lines"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("a\u202egnp.exe\u2066b", "agnp.exeb"),
        ("\x1b[31mred\x00", "[31mred"),
        (f"Zoë शॉप {FAMILY} אבג", f"Zoë शॉप {FAMILY} אבג"),
        ("half \ud83d", "half"),
        ("", None),
        (" \n\u2028", None),
    ],
    ids=["plain", "lines", "html", "bidi", "escapes", "scripts", "surrogate", "empty", "blank"],
)
def test_a_label_is_on_one_line_and_leaves_its_surroundings_as_they_are(text: str, label: str | None) -> None:
    assert label_of(text) == label


def test_a_longer_label_is_cut_so_that_it_shows() -> None:
    label = label_of("x" * 100_000)
    assert label is not None
    assert (len(label), label[-2:]) == (LIMIT_CHARACTERS, "x…")
    assert label_of("x" * LIMIT_CHARACTERS) == "x" * LIMIT_CHARACTERS


def test_marks_are_not_piled_up() -> None:
    label = label_of("z" + "\u0301" * 50_000)
    assert label is not None
    assert sum(unicodedata.category(each) == "Mn" for each in label) == MARKS_LIMIT
