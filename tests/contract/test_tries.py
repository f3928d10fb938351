"""What the record keeps of the tries of a task, and what each run brings anew."""

from __future__ import annotations

import msgspec
import pytest

from phloem.model.changes import Position
from phloem.model.state import State
from phloem.model.task import STEPS_KEPT_BYTES, TRIES_LIMIT, Error, Step, Task, Try
from phloem.model.times import waited
from phloem.model.tries import tries_of
from phloem.record.record import Channel
from tests.contract.telling import Producer, states

AWAY = Error(type="ConnectionError", message="away", traceback="far away")
SHORT = Error(type="ConnectionError", message="away")


def read(channel: Channel) -> Task:
    task = channel.task("t1")
    assert task is not None
    return task


def begin(said: Producer, number: int, channel: Channel, *, waits: bool = False) -> None:
    """A worker receives the message of a try."""
    state = State.RETRY if waits else State.RECEIVED
    run, worker, args = f"r{number}", f"w{number}@here", f"[{number}]"
    channel.record([said(state, begins=True, run=run, attempt=2 * number, retries=number, worker=worker, args=args)])


def fail(said: Producer, number: int, channel: Channel) -> None:
    """A try starts, and asks for another."""
    run = f"r{number}"
    channel.record([said(State.STARTED, run=run, attempt=2 * number, started_at=10.0 * number)])
    retry = said(State.RETRY, run=run, attempt=2 * number, error=SHORT, long_error=AWAY, at=10.0 * number + 4)
    channel.record([retry])


def test_a_task_that_has_not_started_has_no_try_and_one_that_has_is_its_own(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.PENDING, args="[0]")])
    assert tries_of(read(channel)) == ()
    begin(said, 1, channel)
    assert tries_of(read(channel)) == ()
    channel.record([said(State.STARTED, run="r1", started_at=10.0)])
    assert tries_of(read(channel)) == (Try(run="r1", worker="w1@here", started_at=10.0, state=State.STARTED),)
    channel.record([said(State.SUCCESS, run="r1", finished_at=12.0)])
    [only] = tries_of(read(channel))
    assert (only.state, only.finished_at, read(channel).retried_at) == ("SUCCESS", 12.0, None)


@pytest.mark.parametrize("waits", [True, False])
def test_each_try_is_kept_with_its_worker_times_cause_and_arguments(channel: Channel, waits: bool) -> None:
    said = Producer()
    begin(said, 1, channel)
    fail(said, 1, channel)
    first = Try(
        run="r1", worker="w1@here", started_at=10.0, finished_at=14.0, state=State.RETRY, error=SHORT, args="[1]"
    )
    asked = read(channel)
    assert (asked.args, asked.error, [each.state for each in tries_of(asked)]) == ("[1]", AWAY, ["RETRY"])
    begin(said, 2, channel, waits=waits)
    between = read(channel)
    assert (tries_of(between), between.args, between.retried_at) == ((first,), "[2]", 14.0)
    channel.record([said(State.STARTED, run="r2", attempt=4, started_at=20.0)])
    channel.record([said(State.SUCCESS, run="r2", attempt=4, finished_at=21.0)])
    second = Try(run="r2", worker="w2@here", started_at=20.0, finished_at=21.0, state=State.SUCCESS, args="[2]")
    done = read(channel)
    assert (tries_of(done), done.earlier_tries, done.error) == ((first, second), 0, None)
    assert waited(done) == 6.0


def test_arguments_are_told_of_each_try_where_any_had_others(channel: Channel) -> None:
    said = Producer()
    for number, args in enumerate(("[1]", "[1]", "[3]"), start=1):
        run = f"r{number}"
        channel.record([said(State.STARTED, run=run, attempt=2 * number, started_at=1.0 * number, args=args)])
        channel.record([said(State.RETRY, run=run, attempt=2 * number, at=number + 0.5)])
        told = [each.args for each in tries_of(read(channel))]
        assert told == (["[1]", "[1]", "[3]"] if number == 3 else [None] * number)


def test_a_list_has_no_tries(channel: Channel) -> None:
    said = Producer()
    begin(said, 1, channel)
    fail(said, 1, channel)
    begin(said, 2, channel)
    [row] = [row for page in channel.changed(Position()) for row in page.tasks]
    assert (row.tries, row.args, row.retried_at) == (msgspec.UNSET, "[2]", 14.0)


def test_the_log_says_once_that_a_task_is_to_be_tried_again(channel: Channel) -> None:
    said = Producer()
    begin(said, 1, channel)
    fail(said, 1, channel)
    begin(said, 2, channel, waits=True)
    channel.record([said(State.STARTED, run="r2", attempt=4)])
    assert states(channel) == ["RECEIVED", "STARTED", "RETRY", "STARTED"]


def test_of_many_tries_the_last_are_kept_and_the_others_counted(channel: Channel) -> None:
    said = Producer()
    for number in range(1, TRIES_LIMIT + 4):
        begin(said, number, channel)
        fail(said, number, channel)
    task = read(channel)
    assert (len(tries_of(task)), task.earlier_tries) == (TRIES_LIMIT, 3)
    assert [each.run for each in tries_of(task)] == [f"r{number}" for number in range(4, TRIES_LIMIT + 4)]


def test_a_run_of_which_no_end_was_heard_before_it_was_delivered_again_is_lost(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1", started_at=1.0), said(State.STARTED, run="r2", attempt=1)])
    [only] = tries_of(read(channel))
    assert (only.run, only.state) == ("r1", "LOST")


def test_a_message_that_a_worker_put_back_before_it_started_was_no_try(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.RECEIVED, begins=True, run="r1", lease="l1", args="[1]")])
    channel.heartbeat("l1", 0)
    assert (read(channel).state, read(channel).args) == ("PENDING", "[1]")
    channel.record([said(State.RECEIVED, begins=True, run="r2", attempt=1)])
    assert (tries_of(read(channel)), read(channel).retried_at) == ((), None)


def test_a_task_whose_worker_vanished_keeps_that_try_when_it_is_delivered_again(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1", lease="l1", started_at=1.0)])
    channel.heartbeat("l1", 0)
    lost_at = read(channel).finished_at
    assert lost_at is not None
    channel.record([said(State.STARTED, run="r2", attempt=1, started_at=lost_at + 5, at=lost_at + 5)])
    lost, again = tries_of(read(channel))
    assert lost.error is not None
    assert (lost.state, lost.error.type, again.run) == ("LOST", "WorkerLost", "r2")
    assert waited(read(channel)) == pytest.approx(5, abs=0.01)


def test_a_task_that_is_revoked_while_it_waits_for_a_try_does_not_show_the_one_before_as_its_own(
    channel: Channel,
) -> None:
    said = Producer()
    begin(said, 1, channel)
    fail(said, 1, channel)
    begin(said, 2, channel, waits=True)
    channel.record([said(State.REVOKED, run="r2", attempt=4, finished_at=30.0)])
    task = read(channel)
    assert (task.started_at, task.error, [each.state for each in tries_of(task)]) == (None, None, ["RETRY", "REVOKED"])


def test_another_message_with_the_same_id_is_another_task(channel: Channel) -> None:
    said = Producer()
    begin(said, 1, channel)
    fail(said, 1, channel)
    begin(said, 2, channel)
    channel.record([said(State.FAILURE, run="r2", attempt=4, finished_at=30.0, at=30.0)])
    channel.record([said(State.STARTED, run="r9", attempt=0, started_at=99.0, at=99.0)])
    assert [each.run for each in tries_of(read(channel))] == ["r9"]
    assert read(channel).retried_at is None


def test_a_run_that_gave_its_message_back_is_a_try(channel: Channel) -> None:
    said = Producer()
    begin(said, 1, channel)
    channel.record([said(State.STARTED, run="r1", attempt=2, started_at=10.0)])
    channel.record([said(State.PENDING, run="r1", at=12.0)])
    given_back = read(channel)
    [only] = tries_of(given_back)
    assert (only.state, only.worker, only.started_at, only.finished_at) == ("RETRY", "w1@here", 10.0, 12.0)
    assert (given_back.state, given_back.started_at, given_back.retried_at) == ("PENDING", None, 12.0)


def test_why_a_try_failed_is_kept_though_it_is_heard_after_the_next_was_received(channel: Channel) -> None:
    said = Producer()
    begin(said, 1, channel)
    channel.record([said(State.STARTED, run="r1", attempt=2, started_at=10.0)])
    channel.record([said(State.RETRY, run="r1", attempt=2, at=14.0)])
    begin(said, 2, channel, waits=True)
    late = said(State.RETRY, run="r1", attempt=2, error=SHORT, long_error=AWAY)
    assert channel.record([late]).verdicts == ("zombie",)
    waiting = read(channel)
    assert ([each.error for each in tries_of(waiting)], waiting.error) == ([SHORT], AWAY)
    channel.record([said(State.STARTED, run="r2", attempt=4, started_at=20.0)])
    assert (tries_of(read(channel))[0].error, read(channel).error) == (SHORT, None)


@pytest.mark.parametrize(("late", "state"), [(State.PENDING, "RETRY"), (State.FAILURE, "FAILURE")])
def test_an_end_that_is_heard_late_is_that_of_its_try(channel: Channel, late: State, state: str) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1", started_at=1.0)])
    channel.record([said(State.STARTED, run="r2", attempt=1, started_at=5.0)])
    channel.record([said(late, run="r1", at=4.0)])
    first = tries_of(read(channel))[0]
    assert (first.state, first.finished_at, read(channel).state) == (state, 4.0, "STARTED")


def work(said: Producer, number: int, channel: Channel, *steps: Step) -> None:
    """A try says how far it is."""
    run, attempt = f"r{number}", 2 * number
    channel.record([said(State.STARTED, run=run, attempt=attempt, started_at=10.0 * number)])
    channel.record([said(State.PROGRESS, run=run, attempt=attempt, steps=steps)])


def test_each_try_that_is_over_keeps_its_steps_and_the_present_one_has_those_of_the_task(channel: Channel) -> None:
    said = Producer()
    reading = Step(key="1", name="Reading", description='page "2"', started_at=11.0, finished_at=12.5, done=True)
    begin(said, 1, channel)
    work(said, 1, channel, reading)
    begin(said, 2, channel)
    assert [each.steps for each in tries_of(read(channel))] == [(reading,)]
    again = msgspec.structs.replace(reading, started_at=21.0, finished_at=None, done=False)
    work(said, 2, channel, again)
    assert [each.steps for each in tries_of(read(channel))] == [(reading,), msgspec.UNSET]
    assert read(channel).steps == (again,)
    begin(said, 3, channel)
    work(said, 3, channel)
    begin(said, 4, channel)
    assert [each.steps for each in tries_of(read(channel))] == [(reading,), (again,), msgspec.UNSET]


def test_of_many_steps_those_of_the_last_tries_are_kept(channel: Channel) -> None:
    said = Producer()
    steps = [Step(key=str(number), description="x" * 900, started_at=float(number)) for number in range(40)]
    for number in range(1, 5):
        begin(said, number, channel)
        work(said, number, channel, *steps[: 4 * 5 * number % 41])  # 20, 40, 19 and 39 of them
    begin(said, 5, channel)
    kept = [len(each.steps or ()) for each in tries_of(read(channel))]
    assert kept == [0, 0, 19, 39]
    assert (
        sum(len(msgspec.json.encode(each.steps)) for each in tries_of(read(channel)) if each.steps) <= STEPS_KEPT_BYTES
    )
