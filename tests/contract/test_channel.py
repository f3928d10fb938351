"""What every channel keeps, whether it is Redis or a test's memory."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

import pytest

from phloem.model.changes import Changes, Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error, Line, Step
from phloem.record.record import Channel, Heard, Subscribed
from tests.processes import wait_until

START = Position()

T = TypeVar("T")


class Producer:
    """Numbers events as a recorder does."""

    def __init__(self, source: str = "a") -> None:
        self.source = source
        self.seq = 0

    def __call__(self, state: State | None = None, **facts: object) -> Event:
        self.seq += 1
        given = {"id": "t1", "at": 1763700000.123456, "state": state, **facts}
        return Event(source=self.source, seq=self.seq, **given)  # type: ignore[arg-type]


def states(channel: Channel, task_id: str = "t1") -> list[str]:
    return [entry.message for entry in channel.last_log(task_id, 1000) if entry.kind == "state"]


def only(channel: Channel, since: Position = START) -> Changes:
    pages = list(channel.changed(since))
    assert len(pages) == 1
    return pages[0]


def hear(heard: Heard, kind: type[T]) -> T:
    """The next message of a kind, however long the silence before it."""

    def one() -> T | None:
        message = next(heard)
        return message if isinstance(message, kind) else None

    found = wait_until(one, 10, f"a message is {kind.__name__}")
    assert found is not None
    return found


def test_an_event_is_there_to_be_read_as_it_was_said(channel: Channel) -> None:
    said = Producer()
    step = Step(key="1", description="Über “all”", current=3, total=10.5, unit="row", rate=1.25)
    event = said(
        State.PROGRESS,
        run="r1",
        name="app.add",
        queue="mail",
        args="[1, 2]",
        created_at=1763700000.123456,
        steps=(step,),
        percent=28.57,
        message="line\nbreak <b>",
        worker="w1@host",
    )
    assert channel.record([event]).verdicts == ("begin",)
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.run, task.name, task.queue, task.args) == (
        "PROGRESS",
        "r1",
        "app.add",
        "mail",
        "[1, 2]",
    )
    assert (task.created_at, task.percent, task.steps, task.message) == (
        1763700000.123456,
        28.57,
        (step,),
        "line\nbreak <b>",
    )
    assert (task.result, task.error, task.finished_at) == (None, None, None)


def test_every_event_takes_the_next_offset(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.PENDING), said(State.RECEIVED, run="r1", begins=True)])
    channel.record([said(State.STARTED, run="r1"), said(State.PENDING, id="t2")])
    changes = only(channel)
    assert (changes.from_, changes.to, changes.reset) == (0, 4, True)
    assert [(task.id, task.offset, task.first_offset) for task in changes.tasks] == [
        ("t1", 3, 1),
        ("t2", 4, 4),
    ]


def test_steps_of_which_nobody_knows_the_whole_take_back_the_percentage(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.PROGRESS, run="r1", steps=(Step(key="1", done=True),), percent=100.0)])
    channel.record([said(State.PROGRESS, run="r1", message="nothing about steps")])
    task = channel.task("t1")
    assert task is not None
    assert task.percent == 100
    channel.record([said(State.PROGRESS, run="r1", steps=(Step(key="1", done=True), Step(key="2")))])
    task = channel.task("t1")
    assert task is not None
    assert task.percent is None


def test_what_changed_since_a_position_is_only_what_changed(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.PENDING), said(State.PENDING, id="t2")])
    first = only(channel)
    here = Position(epoch=first.epoch, offset=first.to)
    assert only(channel, here).tasks == ()
    channel.record([said(State.STARTED, run="r1")])
    later = only(channel, here)
    assert [task.id for task in later.tasks] == ["t1"]
    assert (later.from_, later.to, later.reset) == (2, 3, False)


@pytest.mark.parametrize("foreign", [Position(epoch="another", offset=1), Position(epoch="", offset=99)])
def test_a_reader_of_another_epoch_starts_anew(channel: Channel, foreign: Position) -> None:
    channel.record([Producer()(State.PENDING)])
    changes = only(channel, foreign)
    assert changes.reset
    assert [task.id for task in changes.tasks] == ["t1"]


def test_a_reader_ahead_of_the_record_starts_anew(channel: Channel) -> None:
    channel.record([Producer()(State.PENDING)])
    epoch = only(channel).epoch
    assert only(channel, Position(epoch=epoch, offset=99)).reset


def test_many_changes_come_in_pages_without_a_gap(channel: Channel) -> None:
    said = Producer()
    channel.record([said(State.PENDING, id=f"t{n}") for n in range(450)])
    pages = list(channel.changed(START))
    assert [len(page.tasks) for page in pages] == [200, 200, 50]
    assert [page.reset for page in pages] == [True, False, False]
    assert all(one.to == two.from_ for one, two in pairwise(pages))


def test_pages_end_where_the_record_was_at_the_first_however_fast_it_goes_on(channel: Channel) -> None:
    said, pages = Producer(), 0
    channel.record([said(State.PENDING, id=f"t{n}") for n in range(450)])
    for page in channel.changed(START):
        pages, last = pages + 1, page
        assert pages <= 4
        channel.record([said(State.PENDING, id=f"more{pages}-{n}") for n in range(300)])
    assert last.to >= 450


def test_the_same_event_sent_twice_is_recorded_once(channel: Channel) -> None:
    event = Producer()(State.STARTED, run="r1", log=(Line(at=1.0, level="info", message="hello"),))
    assert channel.record([event]).verdicts == ("begin",)
    assert channel.record([event]).verdicts == ("duplicate",)
    assert only(channel).to == 1
    assert [entry.message for entry in channel.log("t1")] == ["STARTED", "hello"]


def test_nothing_is_recorded_for_a_sender_that_knows_another_epoch(channel: Channel) -> None:
    said = Producer()
    epoch = channel.record([said(State.STARTED)]).epoch
    refused = channel.record([said(State.SUCCESS)], "another")
    assert (refused.epoch, refused.verdicts) == (epoch, ())
    assert only(channel).to == 1
    assert channel.record([said(State.SUCCESS)], epoch).verdicts == ("ok",)


def test_batches_in_a_row_are_recorded_in_order(channel: Channel) -> None:
    said = Producer()
    row = [
        [said(State.STARTED, run="r1"), said(State.STARTED, run="r1")],
        [said(State.PROGRESS, run="r1")],
        [said(State.SUCCESS, run="r1", result="3")],
    ]
    assert [recorded.verdicts for recorded in channel.record_all(row)] == [("begin", "ok"), ("ok",), ("ok",)]
    assert states(channel) == ["STARTED", "PROGRESS", "SUCCESS"]
    assert only(channel).to == 4


def test_a_batch_of_thousands_is_recorded_whole(channel: Channel) -> None:
    said, ids = Producer(), [f"t{n}" for n in range(9_001)]  # more than Lua can unpack at a time
    for state, verdict in ((State.STARTED, "begin"), (State.SUCCESS, "ok")):
        recorded = channel.record([said(state, id=task_id, run="r1") for task_id in ids])
        assert recorded.verdicts == (verdict,) * len(ids)
    last = channel.task(ids[-1])
    assert last is not None
    assert (last.state, last.offset) == (State.SUCCESS, 2 * len(ids))


def test_nothing_of_a_row_is_recorded_in_another_epoch_than_the_senders(channel: Channel) -> None:
    said = Producer()
    row = [[said(State.STARTED)], [said(State.SUCCESS)]]
    assert [recorded.verdicts for recorded in channel.record_all(row, "another")] == [(), ()]
    assert channel.task("t1") is None


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
    channel.beat("w1", 0)
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
    assert channel.beat("w1", 0) == before.epoch
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
    channel.beat("w1", 0)
    assert {task.id: str(task.state) for task in only(channel).tasks} == {"cut off": "LOST", "sent": "RETRY"}


def test_a_worker_that_is_heard_of_keeps_its_tasks(channel: Channel) -> None:
    channel.record([Producer()(State.STARTED, run="r1", lease="w1")])
    channel.beat("w1", 10)
    assert [str(task.state) for task in only(channel).tasks] == ["STARTED"]


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
    assert channel.last_log("t1", 1)[0].message == "I am still here"


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


def test_the_long_form_is_told_on_the_task_and_not_in_lists(channel: Channel) -> None:
    channel.record([Producer()(State.STARTED, run="r1", args="short…", long_args="the long form")])
    assert only(channel).tasks[0].args == "short…"
    task = channel.task("t1")
    assert task is not None
    assert task.args == "the long form"


def test_a_task_that_nobody_knows_is_none(channel: Channel) -> None:
    assert channel.task("never seen") is None
    assert channel.log("never seen") == ()


def test_the_log_is_read_on_from_an_entry(channel: Channel) -> None:
    said = Producer()
    lines = tuple(Line(at=float(n), level="info", message=f"line {n}") for n in range(5))
    channel.record([said(State.STARTED, run="r1", log=lines)])
    entries = channel.log("t1", limit=3)
    assert [entry.message for entry in entries] == ["STARTED", "line 0", "line 1"]
    rest = channel.log("t1", after=entries[-1].id)
    assert [(entry.message, entry.kind, entry.at) for entry in rest] == [
        ("line 2", "log", 2.0),
        ("line 3", "log", 3.0),
        ("line 4", "log", 4.0),
    ]


def test_what_is_known_of_a_task_stays_as_it_was_said_while_more_becomes_known(channel: Channel) -> None:
    said, odd = Producer(), 'a,"queue":"none"\n,"args":"x\\'
    channel.record([said(State.PENDING, name=odd, args=odd)])
    channel.record([said(State.RECEIVED, run=odd, kwargs=odd, worker="one")])
    channel.record([said(State.STARTED, run="r2", worker="two")])
    task = channel.task("t1")
    assert task is not None
    assert (task.name, task.args, task.kwargs, task.queue, task.run, task.worker) == (odd, odd, odd, None, "r2", "two")
    assert only(channel).tasks == (task,)


def test_a_listener_hears_a_batch_as_one_contiguous_message(channel: Channel) -> None:
    said = Producer()
    heard = channel.listen(idle=0.05)
    hear(heard, Subscribed)
    line = Line(at=1.0, level="warning", message="careful")
    channel.record(
        [
            said(State.PENDING),
            said(State.STARTED, run="r1", log=(line,)),
            said(State.PENDING, id="t2"),
        ]
    )
    channel.record([said(State.SUCCESS, run="r1")])
    first, second = hear(heard, Changes), hear(heard, Changes)
    assert (first.from_, first.to, second.from_, second.to) == (0, 3, 3, 4)
    assert [(task.id, task.state) for task in first.tasks] == [("t1", "STARTED"), ("t2", "PENDING")]
    assert [entry.message for entry in first.logs["t1"]] == ["PENDING", "STARTED", "careful"]
    assert next(heard) is None


@pytest.mark.parametrize("task_id", ["plain", "with space", 'quote"and\\slash', "ünïcode", "a/b:c{d}"])
def test_any_text_can_be_the_id_of_a_task(channel: Channel, task_id: str) -> None:
    line = Line(at=1.0, level="info", message="x")
    channel.record([Producer()(State.STARTED, id=task_id, run="r1", log=(line,))])
    task = channel.task(task_id)
    assert task is not None
    assert task.id == task_id
    assert only(channel).tasks[0].id == task_id
