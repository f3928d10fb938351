"""Regular expressions that are compiled late do what others do."""

from __future__ import annotations

import re

import pytest

from phloem.patterns import Pattern


def test_it_finds_what_a_compiled_one_finds() -> None:
    late, soon = Pattern(r"(a+) b", re.VERBOSE | re.IGNORECASE), re.compile(r"(a+) b", re.VERBOSE | re.IGNORECASE)
    assert [found.span() for found in late.finditer("xAAb aB")] == [found.span() for found in soon.finditer("xAAb aB")]
    assert late.sub(r"<\1>", "xAAb") == "x<AA>"
    assert late.fullmatch("b") is None
    assert (late.flags, late.pattern) == (soon.flags, soon.pattern)


def test_it_is_compiled_when_it_is_used_and_only_then() -> None:
    late = Pattern("(")
    with pytest.raises(re.error):
        late.search("")


def test_what_was_asked_for_once_is_at_hand() -> None:
    late = Pattern("a")
    late.search("a")
    assert "search" in vars(late)
