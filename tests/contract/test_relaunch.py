"""The same id sent again after its end, as those do who choose ids of their own."""

from __future__ import annotations

import time
from typing import Any

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.record import Channel
from tests.contract.telling import Producer


def launch(said: Producer, day: str, at: float, **facts: Any) -> Event:
    return said(State.RECEIVED, begins=True, at=at, name="report", args=f'["{day}"]', call=day.encode(), **facts)


def end(channel: Channel, said: Producer, how: str, run: str, at: float) -> None:
    if how == "LOST":
        channel.heartbeat("w1", 0)
    else:
        channel.record([said(State(how), run=run, attempt=2, at=at)])


@pytest.mark.parametrize("how", ["SUCCESS", "FAILURE", "LOST"])
def test_a_task_that_is_sent_again_begins_with_its_first_attempt_and_its_own_arguments(
    channel: Channel, how: str
) -> None:
    said, now = Producer(), time.time()
    channel.record([launch(said, "monday", now, run="r1", attempt=2, lease="w1")])
    channel.record([said(State.STARTED, run="r1", attempt=2, at=now)])
    end(channel, said, how, "r1", now)
    assert channel.record([launch(said, "tuesday", now + 60, run="r2")]).verdicts == ("begin",)
    assert channel.record([said(State.STARTED, run="r2", at=now + 61)]).verdicts == ("ok",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.args, channel.call("t1")) == ("STARTED", '["tuesday"]', b"tuesday")


def test_a_task_that_is_delivered_again_keeps_what_is_known_of_it(channel: Channel) -> None:
    said, now = Producer(), time.time()
    channel.record([said(State.PENDING, at=now, created_at=now, retry_of="t0")])
    channel.record([launch(said, "monday", now, run="r1", lease="w1"), said(State.STARTED, run="r1", at=now)])
    channel.heartbeat("w1", 0)
    assert channel.record([launch(said, "monday", now + 60, run="r2", attempt=1)]).verdicts == ("begin",)
    task = channel.task("t1")
    assert task is not None
    assert (task.retry_of, task.created_at) == ("t0", now)


def test_an_earlier_attempt_that_is_heard_late_begins_nothing(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r2", attempt=2, at=10.0), said(State.SUCCESS, run="r2", at=20.0)])
    assert channel.record([said(State.STARTED, run="r1", attempt=1, at=5.0)]).verdicts == ("zombie",)
