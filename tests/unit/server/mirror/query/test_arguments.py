from __future__ import annotations

import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.query import arguments
from phloem_server.mirror.query.arguments import Arguments
from phloem_server.mirror.query.query import Query


def found(name: str, *, args: str | None = None, kwargs: str | None = None) -> list[str]:
    task = Task(id="t", state=State.PENDING, offset=1, first_offset=1, args=args, kwargs=kwargs)
    return list(Arguments(task).values(name))


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


@pytest.mark.parametrize(("kwargs", "fits"), [('{"a": 1, "b": 2}', True), ("{'a': 1, 'b': 2, 'at': <Place>}", True)])
def test_the_arguments_of_a_task_are_read_once_however_many_a_query_names(
    kwargs: str, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    decode = arguments._decode

    def counted(text: str) -> object:
        read.append(text)
        return decode(text)

    monkeypatch.setattr(arguments, "_decode", counted)
    task = Task(id="t", state=State.PENDING, offset=1, first_offset=1, args='["x", "y"]', kwargs=kwargs)
    query = Query.parse({"args": {"a": "1", "b": "2", "0": "x", "1": "y"}, "not": {"args": {"a": "3", "1": "z"}}}, None)
    assert query.fits(task, 0.0) is fits
    assert sorted(read) == ['["x", "y"]', kwargs]
