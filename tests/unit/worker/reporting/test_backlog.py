"""What is kept of events is bounded, and what is least needed goes first."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error, Line
from phloem.reporting import backlog as backlog_module
from phloem.reporting.backlog import BATCH_EVENTS, BATCHES_IN_A_ROW, CAPACITY, Backlog


def event(seq: int, **facts: object) -> Event:
    return msgspec.structs.replace(Event(id=f"t{seq}", at=1.0, seq=seq, state=State.STARTED), **facts)


def numbers(events: Iterator[Event] | list[Event]) -> list[int]:
    return [event.seq for event in events]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Backlog:
    """Room for 100 KB."""
    monkeypatch.setattr(backlog_module, "CAPACITY_BYTES", 100_000)
    return Backlog()


def test_beyond_its_number_the_oldest_are_given_up() -> None:
    backlog = Backlog()
    given_up = [lost for seq in range(CAPACITY + 5) for lost in backlog.add(event(seq))]
    assert (len(backlog), numbers(given_up)) == (CAPACITY, [0, 1, 2, 3, 4])


def test_beyond_its_room_the_oldest_lose_what_lists_do_not_show_before_any_is_given_up(small: Backlog) -> None:
    for seq in range(10):
        long = {"long_args": "x" * 15_000, "long_kwargs": "x", "long_result": "x"}
        assert small.add(event(seq, args="[1]", call=b"[[1],{}]", long_error=Error(type="E"), **long)) == []
    held = list(small)
    whole = [each for each in held if each.call is not None]
    light = [each for each in held if each.call is None]
    assert (numbers(light), numbers(whole)) == ([0, 1, 2, 3, 4], [5, 6, 7, 8, 9])
    assert all(each.args == "[1]" and each.state is State.STARTED for each in held)
    assert {each.long_args or each.long_kwargs or each.long_result or each.long_error for each in light} == {None}


@pytest.mark.parametrize(
    "heavy",
    [
        {"log": (Line(at=1.0, level="info", message="x" * 30_000),)},
        {"args": "x" * 30_000},
        {"result": "x" * 30_000},
        {"error": Error(type="E", message="x" * 30_000)},
    ],
    ids=lambda heavy: next(iter(heavy)),
)
def test_when_there_is_nothing_left_to_lose_the_oldest_are_given_up(small: Backlog, heavy: dict[str, object]) -> None:
    given_up = [lost for seq in range(5) for lost in small.add(event(seq, **heavy))]
    assert (numbers(given_up), numbers(list(small))) == ([0, 1], [2, 3, 4])


def test_room_that_was_left_is_room_again(small: Backlog) -> None:
    for seq in range(100):
        assert small.add(event(seq, call=b"x" * 40_000)) == []
        small.remove_through(seq - 1)
    assert [each.call is None for each in small] == [False]


def test_a_batch_is_bounded_in_number_and_in_bytes_and_is_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    backlog = Backlog()
    assert backlog.batches() == []
    for seq in range(BATCH_EVENTS + 50):
        backlog.add(event(seq))
    assert [numbers(batch) for batch in backlog.batches()] == [
        list(range(BATCH_EVENTS)),
        list(range(BATCH_EVENTS, BATCH_EVENTS + 50)),
    ]
    monkeypatch.setattr(backlog_module, "BATCH_BYTES", 5_000)
    assert all(1 < len(batch) <= 5 for batch in backlog.batches())
    monkeypatch.setattr(backlog_module, "BATCH_BYTES", 10)
    assert [numbers(batch) for batch in backlog.batches()] == [[seq] for seq in range(BATCHES_IN_A_ROW)]


def test_what_was_sent_before_comes_first_and_once() -> None:
    backlog = Backlog()
    for seq in (4, 5, 6):
        backlog.add(event(seq))
    backlog.add_before([event(3), event(1), event(3), event(4)])
    assert numbers(list(backlog)) == [1, 3, 4, 5, 6]


def test_what_is_older_than_a_moment_is_forgotten() -> None:
    backlog = Backlog()
    for seq in range(5):
        backlog.add(event(seq), now=float(seq))
    backlog.remove_before(3.0)
    assert numbers(list(backlog)) == [3, 4]
