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
        ("\u200b", None),
        ("\u200b \u2060\n\ufeff\u202a", None),
    ],
    ids=[
        "plain",
        "lines",
        "html",
        "bidi",
        "escapes",
        "scripts",
        "surrogate",
        "empty",
        "blank",
        "invisible",
        "blank and invisible",
    ],
)
def test_a_label_is_on_one_line_and_leaves_its_surroundings_as_they_are(text: str, label: str | None) -> None:
    assert label_of(text) == label


def test_a_longer_label_is_cut_so_that_it_shows() -> None:
    label = label_of("x" * 100_000)
    assert label is not None
    assert (len(label), label[-2:]) == (LIMIT_CHARACTERS, "x…")
    assert label_of("x" * LIMIT_CHARACTERS) == "x" * LIMIT_CHARACTERS


@pytest.mark.parametrize(
    "between", ["", "\u202a", "\ud800", "\u200b", "\u2060"], ids=["nothing", "bidi", "surrogate", "space", "joiner"]
)
def test_marks_are_not_piled_up_whatever_that_takes_no_room_is_between_them(between: str) -> None:
    label = label_of("z" + ("\u0301" * MARKS_LIMIT + between) * 40 + "y\u0301")
    assert label is not None
    assert sum(unicodedata.category(each) == "Mn" for each in label) == MARKS_LIMIT + 1
