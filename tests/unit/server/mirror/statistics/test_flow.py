from __future__ import annotations

from typing import Any

import msgspec
import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.statistics.flow import Flow


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sent(at: float, **fields: Any) -> Task:
    known = {"id": "t1", "state": State.PENDING, "offset": 1, "first_offset": 1, "queue": "mail", "created_at": at}
    return Task(**{**known, **fields})


def test_a_task_comes_when_it_is_sent_and_leaves_when_it_starts(clock: Clock) -> None:
    flow, waits = Flow(clock), sent(clock.now)
    flow.note(None, waits)
    assert flow.per_minute() == ({"mail": 1}, {})
    runs = msgspec.structs.replace(waits, state=State.STARTED, started_at=clock.now)
    flow.note(waits, runs)
    flow.note(runs, msgspec.structs.replace(runs, state=State.SUCCESS, finished_at=clock.now))
    assert flow.per_minute() == ({"mail": 1}, {"mail": 1})


def test_one_that_ends_unstarted_leaves_as_well(clock: Clock) -> None:
    flow, waits = Flow(clock), sent(clock.now)
    flow.note(None, waits)
    flow.note(waits, msgspec.structs.replace(waits, state=State.REVOKED, finished_at=clock.now))
    assert flow.per_minute() == ({"mail": 1}, {"mail": 1})


def test_what_is_older_than_a_minute_counts_no_more_and_costs_nothing(clock: Clock) -> None:
    flow = Flow(clock)
    flow.note(None, sent(clock.now - 61))
    assert flow.per_minute() == ({}, {})
    flow.note(None, sent(clock.now))
    clock.now += 66
    assert flow.per_minute() == ({}, {})
    assert not flow._came


def test_times_that_come_out_of_order_are_counted_where_they_belong(clock: Clock) -> None:
    flow = Flow(clock)
    for before in (0, 30, 1, 31):
        flow.note(None, sent(clock.now - before))
    assert flow.per_minute() == ({"mail": 4}, {})
    clock.now += 40
    assert flow.per_minute() == ({"mail": 2}, {})


def test_an_hour_in_which_nobody_asks_costs_no_more_than_a_minute(clock: Clock) -> None:
    flow = Flow(clock)
    for second in range(3600):
        for at in (clock.now, clock.now - 30, clock.now + 30):
            waits = sent(at, queue=f"queue{second % 7}")
            flow.note(None, waits)
            flow.note(waits, msgspec.structs.replace(waits, state=State.STARTED, started_at=at))
        flow.note(None, sent(clock.now, queue=f"reply{second}"))
        clock.now += 1
    for counts in (flow._came, flow._left):
        assert sum(len(slots) for slots in counts.values()) <= 7 * 27 + 66
    assert "reply0" not in flow._came


def test_times_that_lie_further_ahead_than_clocks_may_differ_are_not_counted(clock: Clock) -> None:
    flow = Flow(clock)
    flow.note(None, sent(clock.now + 59))
    flow.note(None, sent(clock.now + 61))
    assert flow.per_minute() == ({"mail": 1}, {})


def test_a_task_without_a_queue_or_a_time_is_not_counted(clock: Clock) -> None:
    flow = Flow(clock)
    flow.note(None, sent(clock.now, queue=None))
    flow.note(None, sent(clock.now, created_at=None))
    flow.note(sent(clock.now), None)
    assert flow.per_minute() == ({}, {})
