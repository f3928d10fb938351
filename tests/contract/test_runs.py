"""What becomes of an event: of the current run, of another, of one that is over, too late or once more."""

from __future__ import annotations

from typing import Any

import pytest

from phloem.model.changes import Position
from phloem.model.state import State
from phloem.model.task import Error, Line
from phloem.record.record import Channel
from phloem.redaction import WITHHELD
from tests.contract.telling import Producer, only, states


def test_a_late_event_changes_no_state_but_says_what_nobody_said(channel: Channel) -> None:
    child, main, producer = Producer("child"), Producer("main"), Producer("producer")
    channel.record([child(State.SUCCESS, run="r1", result="3")])
    late = main(State.RECEIVED, run="r1", begins=True, received_at=5.0)
    assert channel.record([late]).verdicts == ("stale",)
    assert channel.record([producer(State.PENDING, name="app.add", created_at=4.0)]).verdicts == ("stale",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.received_at, task.created_at, task.name) == (
        "SUCCESS",
        5.0,
        4.0,
        "app.add",
    )
    assert states(channel) == ["SUCCESS"]


def test_a_line_said_before_the_first_progress_leaves_what_is_known_of_the_start(channel: Channel) -> None:
    said = Producer()
    line = Line(at=1.0, level="info", message="hello")
    channel.record([said(State.STARTED, run="r1", started_at=5.0), said(State.STARTED, run="r1", log=(line,))])
    task = channel.task("t1")
    assert task is not None
    assert task.started_at == 5.0


@pytest.mark.parametrize("end", [State.RETRY, State.FAILURE, State.SUCCESS, State.REVOKED])
def test_lines_that_an_end_brings_along_were_said_before_it(channel: Channel, end: State) -> None:
    line = Line(at=1.0, level="info", message="hello")
    channel.record([Producer()(end, run="r1", started_at=5.0, log=(line,))])
    assert [entry.message for entry in channel.log("t1")][-3:] == ["STARTED", "hello", end]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"state": State.PENDING}, State.REVOKED),
        ({"state": State.RECEIVED, "run": "r1", "begins": True}, State.REVOKED),
        ({"state": State.RETRY, "run": "r1"}, State.REVOKED),
        ({"state": State.STARTED, "run": "r1"}, State.STARTED),
        ({"state": State.SUCCESS, "run": "r1"}, State.SUCCESS),
    ],
)
def test_a_task_is_revoked_by_its_name_only_where_it_waits(
    channel: Channel, before: dict[str, Any], after: State
) -> None:
    said = Producer()
    revoked = said(State.REVOKED, if_waits=True)
    assert channel.record([revoked]).verdicts == ("zombie",)
    assert channel.task("t1") is None
    channel.record([said(**before), said(State.REVOKED, if_waits=True)])
    task = channel.task("t1")
    assert task is not None
    assert task.state is after
    assert channel.record([said(State.SUCCESS, run=before.get("run"))]).verdicts == (
        ("stale",) if before["state"] is State.SUCCESS else ("ok",)
    )


def test_an_event_without_a_state_begins_no_run(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.SUCCESS, run="r1")])
    assert channel.record([said(run="r2", name="app.add")]).verdicts == ("zombie",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.run, task.name) == ("SUCCESS", "r1", "app.add")


def test_of_two_ends_of_one_run_the_second_says_nothing(channel: Channel) -> None:
    said = Producer()
    error = Error(type="TimeLimitExceeded")
    channel.record([said(State.SUCCESS, run="r1", result="3"), said(State.FAILURE, run="r1", error=error)])
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.result, task.error) == ("SUCCESS", "3", None)


def test_a_task_that_is_lost_does_not_show_the_error_of_an_earlier_try(channel: Channel) -> None:
    said = Producer()
    error = Error(type="OSError", traceback="far away")
    channel.record([said(State.RETRY, run="r1", error=error, long_error=error)])
    channel.record([said(State.RETRY, run="r2", attempt=2, begins=True, lease="w1")])
    channel.record([said(State.PROGRESS, run="r2")])
    channel.heartbeat("w1", 0)
    task = channel.task("t1")
    assert task is not None
    assert task.error is not None
    assert (task.state, task.error.type) == ("LOST", "WorkerLost")


def test_the_first_to_describe_a_task_is_believed(channel: Channel) -> None:
    said = Producer()
    channel.record(
        [
            said(State.PENDING, name="first", queue="q1"),
            said(State.STARTED, run="r1", name="second"),
        ]
    )
    task = channel.task("t1")
    assert task is not None
    assert (task.name, task.queue) == ("first", "q1")


def test_what_a_task_calls_itself_takes_the_place_of_its_label_and_stays_in_its_next_try(channel: Channel) -> None:
    sender, child = Producer("sender"), Producer("child")
    channel.record([sender(State.PENDING, name="app.add", label="Contoso")])
    channel.record([child(State.STARTED, run="r1", name="app.add", label="Contoso", own_label="ACME")])
    assert only(channel).tasks[0].label == "ACME"
    channel.record([child(State.PROGRESS, run="r1", own_label="ACME-Corp")])
    channel.record([child(State.RETRY, run="r1"), child(State.STARTED, run="r2", attempt=2, label="Contoso")])
    assert only(channel).tasks[0].label == "ACME-Corp"


def test_a_run_that_is_over_calls_its_task_nothing(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1", own_label="ACME"), said(State.STARTED, run="r2", attempt=2)])
    channel.record([said(State.PROGRESS, run="r1", own_label="Contoso")])
    assert only(channel).tasks[0].label == "ACME"


def test_of_several_times_at_which_a_task_was_revoked_the_last_is_told_and_a_new_message_has_none(
    channel: Channel,
) -> None:
    worker, server = Producer("worker"), Producer("server")
    channel.record([worker(State.PENDING), server(None, revoked_at=5.0)])
    channel.record([worker(State.STARTED, run="r1"), worker(State.RETRY, run="r1")])
    assert only(channel).tasks[0].revoked_at == 5
    channel.record([server(None, revoked_at=9.0)])
    assert only(channel).tasks[0].revoked_at == 9
    channel.record([worker(State.REVOKED, at=1763700001.0), worker(State.STARTED, run="r2", at=1763700002.0)])
    assert only(channel).tasks[0].revoked_at is None


def test_arguments_that_were_withheld_are_told_by_whom_knows_them_and_then_believed(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.PENDING, args=WITHHELD), said(State.RECEIVED, run="r1", args="[1]", long_args="[1, 2]")])
    channel.record([said(State.STARTED, run="r1", args="[3]"), said(State.PENDING, args=WITHHELD)])
    task = channel.task("t1")
    assert task is not None
    assert task.args == "[1, 2]"
    [row] = [row for page in channel.changed(Position()) for row in page.tasks]
    assert row.args == "[1]"


@pytest.mark.parametrize("ended", [State.SUCCESS, State.FAILURE, State.REVOKED])
def test_a_task_that_ended_stays_as_it_ended_within_its_run(channel: Channel, ended: State) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1"), said(ended, run="r1")])
    for later in (State.PROGRESS, State.SUCCESS, State.FAILURE):
        assert channel.record([said(later, run="r1")]).verdicts == ("stale",)
    assert states(channel) == ["STARTED", ended]


def test_a_task_given_up_as_lost_may_still_be_heard_to_end(channel: Channel) -> None:
    said = Producer()
    error = Error(type="WorkerLost", message="gone")
    channel.record([said(State.STARTED, run="r1"), said(State.LOST, run="r1", error=error)])
    assert channel.record([said(State.PROGRESS, run="r1")]).verdicts == ("stale",)
    assert channel.record([said(State.SUCCESS, run="r1", result="3")]).verdicts == ("ok",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.result, task.error) == ("SUCCESS", "3", None)


def test_of_two_runs_the_one_of_the_earlier_attempt_is_over_even_if_nothing_was_heard_of_it(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r2", attempt=2)])
    assert channel.record([said(State.SUCCESS, run="r1", attempt=0)]).verdicts == ("zombie",)
    assert channel.record([said(State.STARTED, run="r3", attempt=2)]).verdicts == ("begin",)


def test_an_event_that_does_not_tell_of_its_attempt_leaves_that_of_its_run(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r2", attempt=2), said(State.SUCCESS, run="r2")])
    assert channel.record([said(State.STARTED, run="r1", attempt=0)]).verdicts == ("zombie",)


def test_an_id_that_is_sent_again_after_its_end_begins_again(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1"), said(State.STARTED, run="r2", attempt=2)])
    channel.record([said(State.SUCCESS, run="r2", at=1763700010.0)])
    assert channel.record([said(State.STARTED, run="r0", attempt=0)]).verdicts == ("zombie",)
    assert channel.record([said(State.STARTED, run="r3", attempt=0, at=1763700020.0)]).verdicts == ("begin",)
    assert states(channel) == ["STARTED", "STARTED", "SUCCESS", "STARTED"]


def test_states_that_lie_behind_the_first_thing_heard_of_a_run_are_in_its_log(channel: Channel) -> None:
    said, late = Producer(), Producer("late")
    channel.record([said(State.STARTED, run="r1", created_at=1.0, received_at=2.0)])
    channel.record([late(State.PENDING, created_at=1.0), late(State.RECEIVED, run="r1", begins=True, received_at=2.0)])
    assert states(channel) == ["PENDING", "RECEIVED", "STARTED"]
    assert [entry.at for entry in channel.log("t1")] == [1.0, 2.0, 1763700000.123456]
    channel.record([said(State.STARTED, run="r2", created_at=1.0, received_at=5.0, attempt=1)])
    assert states(channel) == ["PENDING", "RECEIVED", "STARTED", "RECEIVED", "STARTED"]


def test_another_run_leaves_a_state_that_ended_and_what_came_of_it(channel: Channel) -> None:
    said = Producer()
    error = Error(type="ValueError", message="bad")
    channel.record([said(State.STARTED, run="r1", name="app.add"), said(State.FAILURE, run="r1", error=error)])
    assert channel.record([said(State.RECEIVED, run="r2", begins=True)]).verdicts == ("begin",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.run, task.error, task.name) == ("RECEIVED", "r2", None, "app.add")
    assert states(channel) == ["STARTED", "FAILURE", "RECEIVED"]


def test_an_event_of_a_run_that_is_over_changes_no_state(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1"), said(State.STARTED, run="r2")])
    line = Line(at=1.0, level="info", message="I am still here")
    assert channel.record([said(State.SUCCESS, run="r1", log=(line,))]).verdicts == ("zombie",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.run) == ("STARTED", "r2")
    assert channel.log("t1")[-1].message == "I am still here"


def test_a_try_that_waits_shows_why_the_last_one_failed_until_it_starts(channel: Channel) -> None:
    said = Producer()
    error = Error(type="OSError", message="refused")
    channel.record(
        [
            said(State.STARTED, run="r1", started_at=1.0),
            said(State.RETRY, run="r1", error=error, eta=9.0),
            said(State.RETRY, run="r2", begins=True, eta=9.5, retries=1),
        ]
    )
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.error, task.eta, task.retries) == ("RETRY", error, 9.5, 1)
    channel.record([said(State.STARTED, run="r2", started_at=9.6)])
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.error, task.started_at, task.eta) == ("STARTED", None, 9.6, 9.5)


def test_a_run_that_gives_its_message_back_leaves_a_task_that_waits_for_any_other(channel: Channel) -> None:
    child, main = Producer("child"), Producer("main")
    channel.record([child(State.STARTED, run="r1", attempt=2, name="app.front", queue="fast", lease="w1", percent=5.0)])
    given_back = child(State.PENDING, run="r1", attempt=2, queue="slow", replaced_by="app.work", message="It goes on.")
    assert channel.record([given_back]).verdicts == ("ok",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.run, task.started_at, task.percent) == ("PENDING", None, None, None)
    assert (task.name, task.queue, task.replaced_by, task.message) == ("app.front", "slow", "app.work", "It goes on.")
    channel.heartbeat("w1", 0)
    assert channel.record([child(State.SUCCESS, run="r1", attempt=2)]).verdicts == ("zombie",)
    assert channel.record([main(State.RECEIVED, run="r2", begins=True)]).verdicts == ("begin",)
    assert states(channel) == ["STARTED", "PENDING", "RECEIVED"]


def test_a_message_that_went_back_when_the_next_run_had_begun_changes_no_state(channel: Channel) -> None:
    child, main = Producer("child"), Producer("main")
    channel.record([child(State.STARTED, run="r1"), main(State.STARTED, run="r2", attempt=1)])
    assert channel.record([child(State.PENDING, run="r1", message="It goes on.")]).verdicts == ("zombie",)
    channel.record([main(State.FAILURE, run="r2", attempt=1)])
    assert channel.record([main(State.PENDING, run="r2", message="It goes on.")]).verdicts == ("stale",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.run, task.message) == ("FAILURE", "r2", None)


def test_a_task_that_was_never_sent_ends_once_and_leaves_no_trace_in_one_that_was(channel: Channel) -> None:
    said, child = Producer(), Producer("child")
    error = Error(type="ValueError")
    never = {"unsent": True, "error": error, "finished_at": 6.0}
    assert channel.record([said(State.FAILURE, **never), said(State.FAILURE, **never)]).verdicts == ("begin", "ok")
    assert states(channel) == ["FAILURE"]
    channel.record([child(State.STARTED, run="r1"), said(State.FAILURE, **never)])
    assert channel.record([child(State.SUCCESS, run="r1", result="3")]).verdicts == ("ok",)
    assert channel.record([said(State.FAILURE, **never)]).verdicts == ("stale",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.result, task.error, task.finished_at) == ("SUCCESS", "3", None, None)


def test_a_task_that_was_not_going_to_be_sent_waits_once_it_is(channel: Channel) -> None:
    said, producer = Producer(), Producer("producer")
    ended = said(State.FAILURE, unsent=True, at=5.0, error=Error(type="ValueError"), name="app.old")
    channel.record([ended, producer(State.PENDING, at=4.0)])
    assert states(channel) == ["FAILURE"]
    channel.record([producer(State.PENDING, at=6.0, name="app.add")])
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.error, task.name) == ("PENDING", None, "app.add")
