from __future__ import annotations

from typing import get_type_hints

import pytest

from phloem.model.event import ARRIVAL, DESCRIPTION, LATEST, LONG, OUTCOME, Event
from phloem.model.task import Task

OF_THE_RECORD = {
    "id",
    "state",
    "offset",
    "first_offset",
    "run",
    "retried_at",
    "tries",
    "earlier_tries",
    "known_by",
    "known_at",
}
"""Fields of a task that the record keeps itself, by rules of their own."""


def test_every_field_of_a_task_has_a_rule_by_which_reports_of_it_are_believed() -> None:
    assert {*DESCRIPTION, *LATEST, *ARRIVAL, *OUTCOME} == {*Task.__struct_fields__} - OF_THE_RECORD
    assert len({*DESCRIPTION, *LATEST, *ARRIVAL, *OUTCOME}) == len(DESCRIPTION + LATEST + ARRIVAL + OUTCOME)


@pytest.mark.parametrize("name", DESCRIPTION + LATEST + ARRIVAL + OUTCOME)
def test_an_event_can_report_every_field_of_a_task_that_is_reported(name: str) -> None:
    event, task = get_type_hints(Event), get_type_hints(Task)
    assert event[name] == task[name] | None


@pytest.mark.parametrize("name", LONG)
def test_a_long_form_is_of_the_same_type_as_the_short_one(name: str) -> None:
    types = get_type_hints(Event)
    assert types[LONG[name]] == types[name]


def test_values_of_any_length_have_a_long_form() -> None:
    assert LONG == {
        "args": "long_args",
        "kwargs": "long_kwargs",
        "result": "long_result",
        "error": "long_error",
    }
