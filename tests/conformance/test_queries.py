"""Queries mean the same wherever they come from: the page's search box, `phloem watch` and programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from phloem_server.__main__ import main
from phloem_server.commands.watch import session
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.values import QueryError
from tests.conformance.reading import CASES

QUERIES: dict[str, list[dict[str, Any]]] = json.loads((CASES / "queries.json").read_text())


@pytest.mark.parametrize("case", QUERIES["read"], ids=lambda case: case["text"])
def test_the_server_takes_what_the_search_box_asks_for(case: dict[str, Any]) -> None:
    Query.parse(case["query"], None)


@pytest.mark.parametrize("case", [each for each in QUERIES["read"] if "arguments" in each], ids=lambda c: c["text"])
def test_phloem_watch_asks_for_the_same(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[dict[str, Any]] = []

    def run(_url: str, _password: str | None, request: dict[str, Any], _say: object) -> int:
        requests.append(request)
        return 0

    monkeypatch.setattr(session, "run", run)
    outcome = CliRunner().invoke(main, ["watch", *case["arguments"]])
    assert outcome.exit_code == 0, outcome.output
    assert requests == [{"view": case["query"]}]


@pytest.mark.parametrize("case", QUERIES["same"], ids=lambda case: json.dumps(case["query"]))
def test_two_ways_to_write_a_query_are_one_view(case: dict[str, Any]) -> None:
    assert Query.parse(case["query"], None) == Query.parse(case["as"], None)
    assert Query.parse(case["query"], None).key == Query.parse(case["as"], None).key


@pytest.mark.parametrize("case", QUERIES["refused"], ids=lambda case: case["error"])
def test_the_server_refuses_what_it_cannot_answer(case: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as refused:
        Query.parse(case["query"], None)
    assert str(refused.value) == case["error"]
