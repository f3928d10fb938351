"""Random arguments of every type that each serializer carries: another run gets what the first one got.

More examples, and others, as Hypothesis takes them: `PHLOEM_EXAMPLES=2000 pytest --hypothesis-seed 7 FILE`.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.server.api.taken import Taken, payload
from tests.values import SERIALIZERS, alike, arguments, register_msgpack

EXAMPLES = int(os.environ.get("PHLOEM_EXAMPLES", "12"))

quickly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def everything(taken: Taken) -> Taken:
    """An app that takes all serializers."""
    register_msgpack()
    taken.celery.conf.accept_content = list(SERIALIZERS)
    return taken


def as_a_browser_writes(value: Any) -> Any:
    """JSON as JavaScript reads and writes it, whose numbers are all floats: 1.0 becomes 1."""

    def number(text: str) -> float | int:
        value = float(text)
        return int(value) if value.is_integer() else value

    return json.loads(json.dumps(value), parse_float=number, parse_int=number)


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_another_run_gets_the_same_arguments(everything: Taken, serializer: str) -> None:
    @quickly
    @given(arguments(serializer), st.sampled_from([None, "gzip"]))
    def again(given: tuple[list[Any], dict[str, Any]], compression: str | None) -> None:
        everything.celery.send_task("any", *given, serializer=serializer, compression=compression)
        first = everything.ended()
        second = everything.again(first.id)
        assert alike(payload(second), payload(first))
        assert second.body == first.body

    again()


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_what_is_not_edited_stays_what_it_is(everything: Taken, serializer: str) -> None:
    @quickly
    @given(arguments(serializer))
    def edited(given: tuple[list[Any], dict[str, Any]]) -> None:
        everything.celery.send_task("any", [*given[0], "before"], given[1], serializer=serializer)
        first = everything.ended()
        shown = everything.kept(first.id)
        assert shown["fixed"] is None
        args = as_a_browser_writes(shown["args"])
        kwargs = as_a_browser_writes(shown["kwargs"])
        second = everything.again(first.id, args=[*args[:-1], "after"], kwargs=kwargs)
        (first_args, first_kwargs, _), (args, kwargs, _) = payload(first), payload(second)
        assert alike(list(args), [*first_args[:-1], "after"])
        assert alike(kwargs, first_kwargs)

    edited()
