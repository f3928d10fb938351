from __future__ import annotations

from typing import Any

import pytest

from phloem.model.state import State
from phloem.model.task import Error, Task
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.search_text import search_texts
from phloem_server.mirror.query.values import QueryError


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
        ({"name": "images.resize"}, True),
        ({"name": "images"}, False),
        ({"name": "images.*"}, True),
        ({"name": "*.crop"}, False),
        ({"name": "*a*e*"}, True),
        ({"name": "image?.resize*"}, False),
        ({"name": "[i]mages.*"}, False),
        ({"queue": "media"}, True),
        ({"queue": "mail"}, False),
        ({"worker": "w1"}, True),
        ({"worker": "w2"}, False),
        ({"worker": "w*"}, True),
        ({"owner": "ann"}, True),
        ({"owner": "an"}, False),
        ({"owner": "a*"}, True),
        ({"not": {"owner": "ann"}}, False),
        ({"parent_id": "p"}, True),
        ({"parent_id": "q"}, False),
        ({"root_id": "r"}, True),
        ({"retry_of": "o"}, True),
        ({"retry_of": "p"}, False),
        ({"group_id": "g"}, False),
        ({"q": "CAT.jpg"}, True),
        ({"q": "resize"}, True),
        ({"q": "dog"}, False),
        ({"q": "media cat"}, True),
        ({"q": "cat media W1 ann"}, True),
        ({"q": "cat dog"}, False),
        ({"q": '"resizing cat"'}, True),
        ({"q": '"cat resizing"'}, False),
        ({"q": '"resizing cat'}, True),
        ({"q": '"" media'}, True),
        ({"q": "runtimeerror: tiles"}, False),
        ({"q": "valueerror: tiles"}, True),
        ({"q": "4711"}, True),
        ({"label": "acme corp"}, True),
        ({"label": "Acme"}, False),
        ({"label": "acme*"}, True),
        ({"not": {"label": "*CORP"}}, False),
        ({"not": {"label": ["a", "b"]}}, True),
        ({"error": "valueerror"}, True),
        ({"error": "Error: no tiles"}, True),
        ({"error": "cat"}, False),
        ({"not": {"error": ["cat", "TILES"]}}, False),
        ({"not": {"error": "cat"}}, True),
        ({"args": {"customer": "ACME"}}, True),
        ({"args": {"customer": "ACM"}}, False),
        ({"args": {"customer": "a*", "0": "cat.jpg"}}, True),
        ({"not": {"args": {"customer": "acme"}}}, False),
        ({"not": {"args": {"supplier": "acme"}}}, True),
        ({"tries": ">1"}, True),
        ({"tries": "3"}, True),
        ({"tries": ">3"}, False),
        ({"tries": [">=2", "<3"]}, False),
        ({"name": "", "q": None, "not": None, "within": ""}, True),
        ({"not": {}}, True),
        ({"not": {"name": "images.*"}}, False),
        ({"not": {"name": ["mail.*", "images.crop"]}}, True),
        ({"not": {"queue": ["mail", "media"]}}, False),
        ({"not": {"group_id": "g"}}, True),
        ({"not": {"root_id": "r"}}, False),
        ({"not": {"q": "CAT"}}, False),
        ({"not": {"q": ["dog", "bird"]}, "q": "cat"}, True),
        ({"within": 60}, False),
        ({"within": 61}, True),
        ({"older": 60}, True),
        ({"older": "60.5"}, False),
        ({"older": 30, "within": 90}, True),
    ],
)
def test_a_query_fits_what_it_asks_for(asked: dict[str, Any], fits: bool) -> None:
    found = task(
        queue="media",
        worker="w1",
        owner="ann",
        label="ACME Corp",
        message="resizing cat.jpg",
        args='["cat.jpg", 4711]',
        kwargs='{"customer": "ACME"}',
        result="done in 4711 s",
        error=Error(type="ValueError", message="no tiles"),
        retries=2,
        parent_id="p",
        root_id="r",
        retry_of="o",
        created_at=40.0,
    )
    assert Query.parse(asked, None).fits(found, now=100.0) is fits


@pytest.mark.parametrize(
    ("asked", "states"),
    [
        ({}, set(State)),
        ({"state": "STARTED"}, {State.STARTED}),
        ({"state": ["FAILURE", "STARTED"], "not": {"state": ["FAILURE", "LOST"]}}, {State.STARTED}),
        ({"not": {"state": "PENDING"}}, set(State) - {State.PENDING}),
        ({"state": "FAILURE", "not": {"state": "FAILURE"}}, set()),
        ({"not": {"state": list(State)}}, set()),
    ],
)
def test_a_query_names_its_states(asked: dict[str, Any], states: set[State]) -> None:
    assert Query.parse(asked, None).states == states


def test_a_task_of_which_no_time_is_known_has_no_age() -> None:
    assert not Query(within=1e9).fits(task(), now=100.0)
    assert not Query(older=1e-9).fits(task(), now=100.0)


def test_the_text_of_one_field_does_not_run_into_the_next() -> None:
    assert not Query.parse({"q": "resizet1"}, None).fits(task(), now=0.0)


@pytest.mark.parametrize(
    ("nonsense", "said"),
    [
        ([], "A view is an object"),
        ("all", "A view is an object"),
        ({"stat": "SUCCESS"}, "'stat' is not part of a query; expected state, name"),
        ({"not": "SUCCESS"}, "not is 'SUCCESS'; expected an object"),
        ({"not": {"limit": 3}}, "'limit' is not part of not; expected state, name"),
        ({"not": {"state": "DONE"}}, "not.state is 'DONE'; expected one of"),
        ({"not": {"name": ["a", 3]}}, "not.name is 3; expected a text"),
        ({"not": {"root_id": ["a"] * 51}}, "not.root_id has 51 values; expected at most 50"),
        ({"not": {"q": [str(number) for number in range(11)]}}, "not.q has 11 values; expected at most 10"),
        ({"name": "*a" * 21}, "name has 21 times *; expected at most 20"),
        ({"not": {"queue": [f"{number}*" for number in range(21)]}}, "not.queue has 21 times *; expected at most 20"),
        ({"within": 0}, "within is 0; expected a number of seconds above 0"),
        ({"older": "soon"}, "older is 'soon'; expected a number of seconds"),
        ({"older": float("nan")}, "older is nan"),
        ({"before": -1}, "before is -1; expected a whole number from 0"),
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
        Query.parse(nonsense, None)
    assert said in str(refusal.value)


def test_texts_are_asked_for_once_however_many_of_them_are_unwanted() -> None:
    asked: list[int] = []

    def texts(tasks: list[Task]) -> list[str]:
        asked.append(len(tasks))
        return search_texts(tasks)

    query = Query.parse({"q": "resize", "not": {"q": ["cat", "dog", "bird"]}}, None)
    tasks = [task(), task(message="a Cat"), task(name="crop"), task(message="a cow")]
    assert query.sift(tasks, 0.0, texts) == [tasks[0], tasks[3]]
    assert asked == [4]


def test_who_asks_the_same_gets_the_same_key() -> None:
    one = Query.parse({"state": ["SUCCESS", "FAILURE"], "limit": "50"}, None)
    two = Query.parse({"state": ["FAILURE", "SUCCESS", "FAILURE"], "limit": 50}, None)
    assert one.key == two.key
    assert one.key != Query.parse({"state": "SUCCESS", "limit": 50}, None).key
