"""What the record believes of what is told by others than the app's own processes."""

from __future__ import annotations

from functools import partial

import pytest

from phloem.model.event import Event
from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Error, Task
from phloem.record.record import Channel
from phloem.redaction import WITHHELD
from tests.contract.telling import Producer, states

T = 1763700000.0

Teller = partial[Event]


def read(channel: Channel) -> Task:
    task = channel.task("t1")
    assert task is not None
    return task


@pytest.fixture
def attached() -> Producer:
    return Producer("attached")


@pytest.fixture
def heard() -> Teller:
    return partial(Producer("observer"), known_by=KnownBy.EVENTS, run="heard")


@pytest.fixture
def stored() -> Teller:
    return partial(Producer("observer of the backend"), known_by=KnownBy.BACKEND, run="heard")


def test_a_task_of_an_attached_app_is_known_by_attach_alone(channel: Channel, attached: Producer) -> None:
    channel.record([attached(State.PENDING), attached(State.RECEIVED, run="r1", begins=True)])
    assert read(channel).known_by == ("attach",)


def test_a_task_says_who_told_of_it_and_who_knows_best_first(channel: Channel, heard: Teller, stored: Teller) -> None:
    channel.record([heard(State.RECEIVED, begins=True, name="shop.pack", at=T)])
    channel.record([stored(State.SUCCESS, result="42", at=T + 1)])
    assert (read(channel).known_by, read(channel).state, read(channel).name) == (
        ("backend", "events"),
        "SUCCESS",
        "shop.pack",
    )


def test_what_is_known_better_stays_and_what_is_known_worse_gives_way(
    channel: Channel, heard: Teller, stored: Teller
) -> None:
    channel.record([heard(State.STARTED, started_at=T, at=T), stored(State.SUCCESS, result='"whole"', at=T + 2)])
    channel.record([heard(State.SUCCESS, result="'who…", finished_at=T + 2, at=T + 2)])
    assert (read(channel).result, read(channel).started_at) == ('"whole"', T)


def test_a_better_end_of_a_run_takes_the_place_of_a_worse_one(channel: Channel, heard: Teller, stored: Teller) -> None:
    guess, truth = Error(type="?", message="cut"), Error(type="ValueError", message="whole")
    channel.record([heard(State.FAILURE, error=guess, long_error=guess, finished_at=T, at=T)])
    channel.record([stored(State.FAILURE, error=truth, long_error=truth, at=T)])
    assert read(channel).error == truth
    assert states(channel) == ["FAILURE"]


def test_a_run_that_attach_names_is_the_one_that_events_told_of(
    channel: Channel, attached: Producer, heard: Teller
) -> None:
    channel.record([heard(State.RECEIVED, begins=True, args="(1,)", at=T), heard(State.STARTED, started_at=T, at=T)])
    channel.record([attached(State.RECEIVED, begins=True, run="r1", args="[1]", at=T, lease="w1")])
    channel.record([attached(State.STARTED, run="r1", started_at=T + 0.001, at=T)])
    channel.record([heard(State.SUCCESS, at=T + 5, result="cut")])
    task = read(channel)
    assert (task.run, task.state, task.args, task.started_at, task.result) == ("r1", "STARTED", "[1]", T + 0.001, None)
    assert states(channel) == ["RECEIVED", "STARTED"]
    assert [each.run for each in task.tries or ()] == ["r1"]


def test_what_events_tell_late_of_a_run_that_attach_told_of_changes_nothing(
    channel: Channel, attached: Producer, heard: Teller
) -> None:
    channel.record([attached(State.RECEIVED, begins=True, run="r1", at=T), attached(State.SUCCESS, run="r1", at=T + 1)])
    before = read(channel)
    channel.record([heard(State.RECEIVED, begins=True, at=T), heard(State.STARTED, at=T)])
    channel.record([heard(State.SUCCESS, at=T + 1.01)])
    assert read(channel) == before


def test_events_tell_of_the_run_of_a_task_whose_sender_alone_is_attached(
    channel: Channel, attached: Producer, heard: Teller
) -> None:
    channel.record([attached(State.PENDING, args="[1]", queue="fast", created_at=T, at=T)])
    channel.record([heard(State.RECEIVED, begins=True, args="(1,)", at=T + 1), heard(State.SUCCESS, at=T + 2)])
    task = read(channel)
    assert (task.state, task.args, task.queue, task.known_by) == ("SUCCESS", "[1]", "fast", ("attach", "events"))


def test_another_worker_that_is_not_attached_takes_up_what_an_attached_one_lost(
    channel: Channel, attached: Producer, heard: Teller
) -> None:
    channel.record([attached(State.STARTED, run="r1", at=T), attached(State.LOST, run="r1", at=T + 10)])
    channel.record([heard(State.RECEIVED, begins=True, worker="w2", at=T + 11)])
    assert (read(channel).state, read(channel).worker) == ("RECEIVED", "w2")


def test_a_try_that_is_received_once_more_is_another_run_of_those_that_events_tell_of(
    channel: Channel, heard: Teller
) -> None:
    channel.record([heard(State.STARTED, started_at=T, at=T), heard(State.RETRY, at=T + 1)])
    channel.record([heard(State.RECEIVED, begins=True, run="second", attempt=2, retries=1, at=T + 2)])
    assert (read(channel).state, read(channel).retries) == ("RECEIVED", 1)
    assert [each.state for each in read(channel).tries or ()] == ["RETRY"]


def test_arguments_that_attach_withheld_are_not_told_by_others(
    channel: Channel, attached: Producer, heard: Teller
) -> None:
    channel.record([attached(State.PENDING, args=WITHHELD)])
    channel.record([heard(State.RECEIVED, begins=True, args="('secret',)")])
    assert read(channel).args == WITHHELD
