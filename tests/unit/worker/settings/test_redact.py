"""PHLOEM_REDACT is read, and refused where it cannot be."""

from __future__ import annotations

import pytest

from phloem.settings import RecordSettings, SettingError


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", ()),
        (" , ", ()),
        ("iban", ("iban",)),
        ("iban, customer_number tax-id", ("iban", "customer_number", "tax-id")),
        ("tax*,*_no", ("tax*", "*_no")),
        ("/a{1,2}/,iban,/b c/i", ("/a{1,2}/", "iban", "/b c/i")),
        (r"/a\/,b/ iban iban", (r"/a\/,b/", "iban")),
    ],
)
def test_names_and_patterns_are_separated_by_commas_and_blanks(text: str, rules: tuple[str, ...]) -> None:
    assert RecordSettings.of_record({"PHLOEM_REDACT": text}).redact == rules


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/(/", r"/(/ is no regular expression: missing ), unterminated subpattern at position 0"),
        ("/x*/", "/x*/ finds the empty text, which is everywhere"),
        ("//", "// finds the empty text, which is everywhere"),
        ("iban,/abc", "/abc is none of them"),
        ("a,*", "* is none of them"),
        ("/a/x", "/a/x is none of them"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(SettingError) as refused:
        RecordSettings.of_record({"PHLOEM_REDACT": text})
    assert str(refused.value).startswith(f"PHLOEM_REDACT is {text!r}; it may hold names and /patterns/")
    assert str(refused.value).endswith(reason)
