from __future__ import annotations

from typing import Any

import pytest

from phloem.event import State, Task
from phloem_server.query import Query, QueryError


def task(**facts: Any) -> Task:
    given = {
        "id": "t1",
        "state": State.STARTED,
        "offset": 1,
        "first_offset": 1,
        "name": "images.resize",
    }
    return Task(**{**given, **facts})


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({}, True),
        ({"state": "STARTED"}, True),
        ({"state": ["FAILURE", "STARTED"]}, True),
        ({"state": "FAILURE"}, False),
        ({"name": "images.resize"}, True),
        ({"name": "images"}, False),
        ({"name": "images.*"}, True),
        ({"name": "*.crop"}, False),
        ({"queue": "media"}, True),
        ({"queue": "mail"}, False),
        ({"worker": "w1"}, True),
        ({"worker": "w2"}, False),
        ({"q": "CAT.jpg"}, True),
        ({"q": "resize"}, True),
        ({"q": "dog"}, False),
        ({"state": "STARTED", "q": "dog"}, False),
        ({"name": "", "q": None}, True),
    ],
)
def test_a_query_admits_what_it_asks_for(asked: dict[str, Any], fits: bool) -> None:
    found = task(queue="media", worker="w1", message="resizing cat.jpg")
    assert Query.parse(asked).admits(found) is fits


@pytest.mark.parametrize(
    ("nonsense", "said"),
    [
        ([], "A view is an object"),
        ("all", "A view is an object"),
        ({"stat": "SUCCESS"}, "'stat' is not part of a query; expected state, name"),
        ({"stat": "SUCCESS"}, "limit, and over HTTP also before."),
        ({"state": "DONE"}, "state is 'DONE'; expected one of PENDING"),
        ({"state": 3}, "state is 3"),
        ({"state": [None]}, "state is None; expected one of"),
        ({"name": 7}, "name is 7; expected a text"),
        ({"q": "x" * 501}, "expected a text of at most 500 characters"),
        ({"limit": 0}, "limit is 0; expected a whole number from 1 to 200"),
        ({"limit": 201}, "limit is 201"),
        ({"limit": "many"}, "limit is 'many'"),
        ({"limit": True}, "limit is True"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_what_came_and_what_was_expected(nonsense: Any, said: str) -> None:
    with pytest.raises(QueryError) as refusal:
        Query.parse(nonsense)
    assert said in str(refusal.value)


def test_who_asks_the_same_gets_the_same_key() -> None:
    one = Query.parse({"state": ["SUCCESS", "FAILURE"], "limit": "50"})
    two = Query.parse({"state": ["FAILURE", "SUCCESS", "FAILURE"], "limit": 50})
    assert one.key == two.key
    assert one.key != Query.parse({"state": "SUCCESS", "limit": 50}).key
