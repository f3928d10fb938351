"""What every channel keeps, whether it is Redis or a test's memory."""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
import pytest

from phloem.model.changes import Changes, Position
from phloem.model.state import State
from phloem.model.task import Line, Step
from phloem.record.record import Channel, Subscribed
from tests.contract.telling import START, Producer, hear, only, states

CREATED = 1763700000.5


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


def test_each_task_became_known_after_the_one_before_it_and_keeps_that_time(channel: Channel) -> None:
    said = Producer()
    began = time.time()
    channel.record([said(State.PENDING, id=f"t{number}", owner="ann") for number in range(3)])
    channel.record([said(State.PENDING, id="t3"), said(State.STARTED, id="t0", run="r1")])
    tasks = {task.id: task for task in only(channel).tasks}
    times = [tasks[f"t{number}"].known_at or 0.0 for number in range(4)]
    assert all(before < after for before, after in pairwise(times))
    assert began - 1 < times[0] < times[-1] < time.time() + 1
    task = channel.task("t0")
    assert task is not None
    assert task.known_at == times[0]


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
    row = msgspec.structs.replace(task, tries=msgspec.UNSET, earlier_tries=msgspec.UNSET)
    assert only(channel).tasks == (row,)


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


def test_a_line_has_its_step_its_fields_and_its_run_unless_that_is_the_first(channel: Channel) -> None:
    hostile = '<b>\u202e"\\\n' + "e\u0301" * 9
    fields = {"order": 17, "big": 2**53, "rate": 0.5, "last": True, "none": None, hostile: hostile}
    lines = (Line(at=1.0, level="info", message="plain"), Line(at=2.0, level="error", message=hostile, fields=fields))
    within = Line(at=3.0, level="info", message="within", step="1.2")
    said = Producer()
    channel.record([said(State.STARTED, run="r1", log=(*lines, within))])
    channel.record([said(State.STARTED, run="r2", attempt=2, log=(within,))])
    told = [(each.step, each.run, each.fields) for each in channel.log("t1") if each.kind == "log"]
    unset = msgspec.UNSET
    assert told == [(unset, unset, unset), (unset, unset, fields), ("1.2", unset, unset), ("1.2", "r2", unset)]
    kinds = [(type(value), value) for value in told[1][2].values()] if told[1][2] else []
    assert kinds == [(type(value), value) for value in fields.values()]


@pytest.mark.parametrize("task_id", ["plain", "with space", 'quote"and\\slash', "ünïcode", "a/b:c{d}"])
def test_any_text_can_be_the_id_of_a_task(channel: Channel, task_id: str) -> None:
    line = Line(at=1.0, level="info", message="x")
    channel.record([Producer()(State.STARTED, id=task_id, run="r1", log=(line,))])
    task = channel.task(task_id)
    assert task is not None
    assert task.id == task_id
    assert only(channel).tasks[0].id == task_id


@pytest.mark.parametrize(
    ("sent", "received", "kept"),
    [
        ({"queue": "mail"}, {"queue": "mail", "priority": 3}, {"queue": "mail", "priority": 3}),
        ({"queue": "mail", "args": "[1]"}, {"queue": "urgent", "args": "[1]"}, {"queue": "urgent", "args": "[1]"}),
        ({"args": "…", "label": "first"}, {"args": "[1]", "label": "other"}, {"args": "[1]", "label": "first"}),
        ({"args": ',"worker":"w9"\n,"name":"x"'}, {"args": ',"worker":"w9"\n,"name":"x"'}, {"name": "app.add"}),
        ({"eta": 9.5}, {"eta": None}, {"eta": 9.5}),
    ],
    ids=["goes on", "differs", "tells what was withheld", "looks like another field", "had an arrival"],
)
def test_what_is_told_of_a_task_twice_is_known_once_and_better(
    channel: Channel, sent: dict[str, object], received: dict[str, object], kept: dict[str, object]
) -> None:
    said = Producer()
    channel.record([said(State.PENDING, name="app.add", created_at=CREATED, **sent)])
    end = said(State.SUCCESS, run="r1", name="app.add", created_at=CREATED, worker="w1", started_at=2.0, **received)
    channel.record([end, said(State.PENDING, id="t2")])
    channel.record([said(State.STARTED, run="r1", name="app.add", created_at=CREATED, worker="w1", **received)])
    task = channel.task("t1")
    assert task is not None
    assert (task.state, task.worker, task.created_at, task.started_at) == (State.SUCCESS, "w1", CREATED, 2.0)
    assert {name: getattr(task, name) for name in kept} == kept
