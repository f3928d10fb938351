"""Arguments that are edited before a task runs again: what JSON cannot hold, and what is secret, stays as it was."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.server.api.served import refused
from tests.unit.server.api.taken import Taken, payload

SECRET = "hunter2"


def sent(taken: Taken, *args: Any, name: str = "any", **kwargs: Any) -> str:
    """The id of a task that has ended."""
    taken.celery.send_task(name, args, kwargs)
    return str(taken.ended().id)


def test_what_json_cannot_hold_stands_there_as_what_it_is(taken: Taken) -> None:
    task_id = sent(taken, Decimal("19.90"), [1, b"\x89"], 2**60, when=None)
    shown = taken.kept(task_id)
    assert shown["args"] == [
        {"$kept": '1: "19.90"'},
        [1, {"$kept": "2: b'\\x89'"}],
        {"$kept": f"3: {2**60}"},
    ]
    assert shown["kwargs"] == {"when": None}


def test_half_of_a_character_stays_as_it_was(taken: Taken) -> None:
    task_id = sent(taken, "\ud800", {"\udfff": 1}, 2)
    first, second, _ = taken.kept(task_id)["args"]
    assert payload(taken.again(task_id, args=[first, second, 3]))[0] == ["\ud800", {"\udfff": 1}, 3]


@pytest.mark.parametrize("kwargs", [{"\ud800": 1}, None, [1]], ids=["half a character", "none", "a list"])
def test_arguments_that_no_form_of_json_can_show_say_so(taken: Taken, kwargs: Any) -> None:
    with taken.celery.producer_or_acquire() as producer:
        headers = {"id": "odd", "task": "any", "lang": "js"}
        producer.publish([[], kwargs, {}], routing_key="celery", serializer="json", headers=headers)
    assert taken.kept(taken.ended().id)["fixed"]


@pytest.mark.parametrize("name", ["any", "sign_in"])
def test_no_secret_is_shown_and_each_is_kept_unless_another_takes_its_place(taken: Taken, name: str) -> None:
    task_id = sent(taken, "ann", SECRET, name=name, token=SECRET, deep={"headers": [["Authorization", SECRET]]})
    shown = taken.kept(task_id)
    assert SECRET not in json.dumps(shown if name == "sign_in" else shown["kwargs"])
    assert payload(taken.again(task_id, args=["bob", *shown["args"][1:]], kwargs=shown["kwargs"]))[:2] == (
        ["bob", SECRET],
        {"token": SECRET, "deep": {"headers": [["Authorization", SECRET]]}},
    )
    kwargs = payload(taken.again(task_id, kwargs={**shown["kwargs"], "token": "another"}))[1]
    assert (kwargs["token"], kwargs["deep"]) == ("another", {"headers": [["Authorization", SECRET]]})


def test_what_stands_for_a_value_can_be_put_elsewhere(taken: Taken) -> None:
    task_id = sent(taken, Decimal("19.90"), 2)
    first, second = taken.kept(task_id)["args"]
    assert payload(taken.again(task_id, args=[second, {"price": first}]))[0] == [2, {"price": Decimal("19.90")}]


@pytest.mark.parametrize("stand_in", [{"$kept": '1: "20.00"'}, {"$kept": "7: x"}, {"$kept": 1}, {"$kept": 0, "a": 1}])
def test_what_stands_for_a_value_cannot_be_edited_itself(taken: Taken, stand_in: Any) -> None:
    task_id = sent(taken, Decimal("19.90"))
    refused(taken.retry(task_id, args=[stand_in]), 422, "cannot be edited itself", "'1: \"19.90\"'")


def test_arguments_that_are_not_edited_are_the_bytes_that_they_were(taken: Taken) -> None:
    with taken.celery.producer_or_acquire() as producer:
        headers = {"lang": "js", "task": "any", "id": "n1"}
        body = b'[[1.50,  "gr\\u00fcn"],{"b":1e2}, null]'
        producer.publish(
            body, routing_key="celery", content_type="application/json", content_encoding="utf-8", headers=headers
        )
    taken.ended()
    shown = taken.kept("n1")
    assert taken.again("n1", args=shown["args"], kwargs=shown["kwargs"]).body == body
    assert taken.again("n1", args=[2]).body == b'[[2], {"b":1e2}, null]'


def test_what_is_written_is_checked_and_what_is_kept_is_not(taken: Taken) -> None:
    task_id = sent(taken, "a.jpg", name="resize", width=float("inf"))
    shown = taken.kept(task_id)
    assert taken.again(task_id, args=["b.jpg"], kwargs=shown["kwargs"]).kwargs == {"width": float("inf")}
    refused(taken.retry(task_id, kwargs={"width": "wide"}), 422, "do not fit resize: width")
    refused(taken.retry(task_id, kwargs={"colour": "red"}), 422, "unexpected; there is upload, width")


def test_edited_arguments_have_their_own_texts(taken: Taken) -> None:
    request = taken.again(sent(taken, 1), args=[2])
    assert request.argsrepr == "[2]"


def test_a_task_that_is_not_known_has_no_call(taken: Taken) -> None:
    refused(taken.client.get("/api/v1/tasks/nobody/call"), 404, code="task_unknown")


def test_of_what_was_not_kept_it_says_why(taken: Taken) -> None:
    taken.end("t1")
    shown = taken.kept("t1")
    assert (shown["args"], shown["fixed"]) == (None, shown["refusal"])
    assert "PHLOEM_KEEP_CALLS is 0" in shown["refusal"]
