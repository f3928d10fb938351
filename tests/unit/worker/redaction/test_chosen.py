"""An installation adds names and patterns of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from phloem.redaction import Veil, also, is_secret, scrub, show
from phloem.redaction.chosen import CHOSEN


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    names, forms, patterns = CHOSEN.names, CHOSEN.forms, CHOSEN.patterns
    yield
    CHOSEN.names, CHOSEN.forms, CHOSEN.patterns = names, forms, patterns
    also(())


def test_a_name_that_was_added_is_recognised_by_its_words() -> None:
    for before in ("iban", "mainIban", "IBAN_number"):
        assert not is_secret(before)
    also(["iban", "customer_number"])
    for name in ("iban", "mainIban", "IBAN_number", "customerNumber", "the-customer-number"):
        assert is_secret(name)
        assert show({name: "geheim", "n": 1}) == f'{{"{name}":"[redacted]","n":1}}'
        assert scrub(f"{name}=geheim") == f"{name}=[redacted]"
    for name in ("ibans", "customer", "number", "number_customer"):
        assert not is_secret(name)


def test_a_form_that_was_added_fits_whole_names() -> None:
    also(["tax*", "*_no"])
    assert [name for name in ("taxId", "TAX", "pretax", "customer_no", "notes", "no") if is_secret(name)] == [
        "taxId",
        "TAX",
        "customer_no",
    ]
    assert scrub("taxId=geheim, pretax=1") == "taxId=[redacted], pretax=1"


def test_a_pattern_that_was_added_is_found_in_texts_names_and_numbers() -> None:
    also(["/DE[0-9]{4}/", "/cust-[a-z]+/i", "/^4[0-9]{15}$/"])
    assert (
        show(["at DE1234!", "CUST-ab", {"cust-x": 1}]) == '["at [redacted]!","[redacted]",{"[redacted]":"[redacted]"}]'
    )
    assert show([4111111111111111, 12]) == '["[redacted]",12]'
    assert Veil().text("of DE9999") == "of [redacted]"


def test_what_was_decided_before_is_decided_again() -> None:
    veil = Veil()
    assert veil.text("iban=1") == "iban=1"
    also(["iban"])
    assert veil.text("iban=1") == "iban=[redacted]"
