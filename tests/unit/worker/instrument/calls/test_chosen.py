"""Texts that the sender of a task chose to be shown instead of its arguments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import Celery

from phloem.instrument.arguments import argument_texts
from phloem.instrument.calls.chosen import chosen_texts, tells_all

ARGUMENTS = [
    (("bob", "hunter2"), {}),
    ((), {"user": "bob", "pair": (1, 2), "at": datetime(2026, 1, 1, tzinfo=UTC)}),
    (("it's", [1, (2,)], None, True), {"text": 'a "b"'}),
    (("long " * 1000,), {str(number): number for number in range(1000)}),
    (([[[["deep"]]]],), {}),
]


@pytest.fixture(scope="module")
def app() -> Celery:
    return Celery("texts", set_as_current=False)


def headers(app: Celery, args: Any, kwargs: Any, **options: Any) -> dict[str, Any]:
    """Those of the message that Celery makes."""
    return dict(app.amqp.as_task_v2("t1", "app.login", args, kwargs, **options).headers)


@pytest.mark.parametrize(("args", "kwargs"), ARGUMENTS)
def test_what_celery_writes_of_arguments_is_not_what_somebody_chose(
    app: Celery, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    sent = headers(app, args, kwargs)
    assert chosen_texts(app, sent, args, kwargs) == {}
    assert chosen_texts(app, sent, list(args), kwargs) == {}


def test_after_a_way_through_json_it_still_is_not(app: Celery) -> None:
    sent = headers(app, (1, (2, 3)), {"pair": ("a", "b"), "numbers": {1: 2}})
    assert chosen_texts(app, sent, [1, [2, 3]], {"pair": ["a", "b"], "numbers": {"1": 2}}) == {}


def test_a_text_that_somebody_chose_is_shown_and_the_arguments_are_not_kept(app: Celery) -> None:
    args, kwargs = ("bob", "hunter2"), {"pin": 1234}
    sent = headers(app, args, kwargs, argsrepr="('bob', '<hidden>')", kwargsrepr="{'pin': ...}")
    sent |= chosen_texts(app, sent, args, kwargs)
    assert argument_texts(args, kwargs, sent, None) == {"args": "('bob', '<hidden>')", "kwargs": "{'pin': ...}"}


def test_where_one_text_was_chosen_the_other_is_made_of_the_arguments(app: Celery) -> None:
    sent = headers(app, ("hunter2",), {"user": "bob"}, argsrepr="(...)")
    sent |= chosen_texts(app, sent, ("hunter2",), {"user": "bob"})
    assert argument_texts(("hunter2",), {"user": "bob"}, sent, None)["kwargs"] == '{"user":"bob"}'


def test_a_text_that_was_wrongly_taken_for_a_chosen_one_tells_no_secret(app: Celery) -> None:
    class Speed(int):
        def __repr__(self) -> str:
            return "<Speed.FAST>"

    sent = headers(app, (), {"speed": Speed(1), "password": "hunter2"})
    sent |= chosen_texts(app, sent, [], {"speed": 1, "password": "hunter2"})
    assert "hunter2" not in str(argument_texts([], {"speed": 1, "password": "hunter2"}, sent, None))


def test_a_message_without_texts_has_none(app: Celery) -> None:
    assert chosen_texts(app, {}, (1,), {}) == {}
    assert chosen_texts(app, {"argsrepr": "", "kwargsrepr": None}, None, None) == {}


@pytest.mark.parametrize(
    ("argsrepr", "kwargsrepr"),
    [
        ('["ann", true, null, 1.5, "grün"]', '{"flag": false}'),
        ('["ann",true,null,1.5,"gr\\u00fcn"]', '{"flag":false}'),
        ("[ann, true, null, 1.5, grün]", "{flag=false}"),
        ("[ann true <nil> 1.5 grün]", "map[flag:false]"),
        ('["ann", true, nil, 1.5, "grün"]', '{"flag"=>false}'),
        ("array (0 => 'ann', 1 => true, 2 => NULL, 3 => 1.5, 4 => 'grün')", "array ('flag' => false)"),
    ],
)
def test_a_text_of_another_language_that_leaves_nothing_out_is_not_chosen(
    app: Celery, argsrepr: str, kwargsrepr: str
) -> None:
    sent = {"lang": "other", "argsrepr": argsrepr, "kwargsrepr": kwargsrepr}
    assert chosen_texts(app, sent, ["ann", True, None, 1.5, "grün"], {"flag": False}) == {}


@pytest.mark.parametrize("text", ["[ann, ***]", "(2 arguments)", "{}"])
def test_a_text_of_another_language_that_leaves_something_out_is_chosen(app: Celery, text: str) -> None:
    sent = {"lang": "js", "argsrepr": text}
    sent |= chosen_texts(app, sent, ["ann", "hunter2"], {})
    assert sent["phloem_args"] == text
    assert not tells_all(app, sent, ["ann", "hunter2"], {})


def test_what_a_serializer_loses_on_the_way_hides_nothing(app: Celery) -> None:
    at = datetime(2030, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    sent = headers(app, (at, {"b", "a", "c"}, object()), {"text": "a\nb\u2028"})
    arrived = [datetime.fromisoformat(at.isoformat()), ["c", "a", "b"], object()]
    sent |= chosen_texts(app, sent, arrived, {"text": "a\nb\u2028"})
    assert tells_all(app, sent, arrived[:2], {"text": "a\nb\u2028"})


def test_a_name_for_the_call_that_tells_all_of_it_hides_nothing(app: Celery) -> None:
    sent = headers(app, ("ann", 5), {}, argsrepr="invoice 5 of ann")
    sent |= chosen_texts(app, sent, ["ann", 5], {})
    assert sent["phloem_args"] == "invoice 5 of ann"
    assert tells_all(app, sent, ["ann", 5], {})
