from __future__ import annotations

import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.query.arguments import values_of


def found(name: str, *, args: str | None = None, kwargs: str | None = None) -> list[str]:
    return list(values_of(Task(id="t", state=State.PENDING, offset=1, first_offset=1, args=args, kwargs=kwargs), name))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("customer", ["ACME"]),
        ("count", ["3"]),
        ("ratio", ["0.5"]),
        ("urgent", ["true"]),
        ("nothing", ["null"]),
        ("order", ['{"id":17,"to":{"city":"Bern"}}']),
        ("order.id", ["17"]),
        ("order.to.city", ["Bern"]),
        ("ids", ["1", "2"]),
        ("ids.1", ["2"]),
        ("a.b", ["dotted"]),
        ("id", []),
        ("order.none", []),
        ("ids.2", []),
        ("customer.name", []),
    ],
)
def test_a_keyword_argument_is_found_by_its_name(name: str, values: list[str]) -> None:
    kwargs = (
        '{"customer": "ACME", "count": 3, "ratio": 0.5, "urgent": true, "nothing": null,'
        ' "order": {"id": 17, "to": {"city": "Bern"}}, "ids": [1, 2], "a.b": "dotted"}'
    )
    assert found(name, kwargs=kwargs) == values


def test_a_positional_argument_is_found_by_its_place() -> None:
    args = '["cat.jpg", {"width": 40}]'
    assert found("0", args=args) == ["cat.jpg"]
    assert found("1.width", args=args) == ["40"]
    assert found("2", args=args) == []
    assert found("0", args="[<Image>]") == []


@pytest.mark.parametrize(
    ("kwargs", "values"),
    [
        ("{'customer': 'ACME', 'at': <Place>}", ["ACME"]),
        ("{'at': <Place>, 'customer': 17}", ["17"]),
        ('{"text": "much", "customer": "ACME", "rest": "cut o…', ["ACME"]),
        ('{"customer": "AC…', ['"AC…']),
        ("{'customer': \"O'Neill\"}", ["O'Neill"]),
        ("…", []),
        ("", []),
    ],
)
def test_what_is_no_json_or_cut_off_is_read_as_text(kwargs: str, values: list[str]) -> None:
    assert found("customer", kwargs=kwargs) == values


def test_a_text_nested_deeply_is_no_trouble() -> None:
    assert found("customer", kwargs='{"customer": ' + "[" * 900 + "1") == ["[" * 900 + "1"]
    assert found("customer", args="[" * 1000) == []
