"""What becomes of the tasks of a worker that leaves."""

from __future__ import annotations

from phloem.model.known_by import KnownBy
from phloem.model.state import State
from phloem.model.task import Error
from phloem.record.record import Channel
from tests.contract.telling import Producer, only, states


def test_a_worker_that_says_goodbye_leaves_nothing_as_if_it_ran(channel: Channel) -> None:
    said = Producer()
    channel.record(
        [
            said(State.RECEIVED, id="next", run="a", begins=True, lease="w1", worker="w1@host"),
            said(State.STARTED, id="running", run="b", lease="w1"),
            said(State.STARTED, id="done", run="c", lease="w1"),
            said(State.SUCCESS, id="done", run="c"),
            said(State.STARTED, id="elsewhere", run="d", lease="w2"),
        ]
    )
    before = only(channel)
    assert channel.heartbeat("w1", 0) == before.epoch
    rows = {task.id: task for task in only(channel).tasks}
    assert {task_id: str(task.state) for task_id, task in rows.items()} == {
        "next": "PENDING",
        "running": "LOST",
        "done": "SUCCESS",
        "elsewhere": "STARTED",
    }
    assert (rows["next"].worker, rows["next"].run) == (None, None)
    assert rows["running"].error is not None
    assert states(channel, "next") == ["RECEIVED", "PENDING"]
    assert channel.record([said(State.RECEIVED, id="next", run="a", begins=True)]).verdicts == ("zombie",)
    assert channel.record([said(State.RECEIVED, id="next", run="e", begins=True)]).verdicts == ("begin",)


def test_a_worker_answers_for_the_next_try_until_that_is_sent(channel: Channel) -> None:
    said = Producer()
    for task_id in ("cut off", "sent"):
        channel.record([said(State.STARTED, id=task_id, run="r1", lease="w1")])
        channel.record([said(State.RETRY, id=task_id, run="r1", lease="w1")])
    channel.record([said(State.RETRY, id="sent", run="r1")])
    channel.heartbeat("w1", 0)
    assert {task.id: str(task.state) for task in only(channel).tasks} == {"cut off": "LOST", "sent": "RETRY"}


def test_a_try_that_waits_in_a_worker_that_leaves_waits_on(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.STARTED, run="r1", lease="w1"), said(State.RETRY, run="r1", error=Error(type="Busy"))])
    channel.record(
        [said(State.RETRY, run="r2", begins=True, lease="w1", worker="w1@host", attempt=2, retries=1, eta=9.0)]
    )
    channel.heartbeat("w1", 0)
    [task] = only(channel).tasks
    assert (str(task.state), task.eta, task.retries, task.worker, task.run) == ("RETRY", 9.0, 1, None, None)
    assert task.error == Error(type="Busy")
    assert channel.record([said(State.STARTED, run="r3", attempt=2)]).verdicts == ("begin",)


def test_what_runs_and_is_told_with_its_message_is_lost_with_its_worker(channel: Channel) -> None:
    said = Producer("observer")
    channel.record([said(State.STARTED, run="r1", begins=True, lease="w1", known_by=KnownBy.INSPECT)])
    channel.heartbeat("w1", 0)
    assert [str(task.state) for task in only(channel).tasks] == ["LOST"]


def test_a_worker_that_is_heard_of_keeps_its_tasks(channel: Channel) -> None:
    channel.record([Producer()(State.STARTED, run="r1", lease="w1")])
    channel.heartbeat("w1", 10)
    assert [str(task.state) for task in only(channel).tasks] == ["STARTED"]
