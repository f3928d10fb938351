from __future__ import annotations

import time

import pytest

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.model.task import Line
from phloem.record.record import ChannelError
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.task_view import TaskView
from tests.unit.server.mirror.following import Producer, Scripted, eventually, rows


def test_a_search_that_takes_long_is_answered_at_once_and_finished_later(
    follower: Follower, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.view_keeper.FIRST_FILL", 0.0)
    monkeypatch.setattr("phloem_server.mirror.mirror.SEARCH_TURN_SECONDS", 0.0)
    monkeypatch.setattr("phloem_server.mirror.list_view.SLICE", 5)
    for number in range(60):
        said(f"t{number}", State.PENDING, name="mail.send" if number % 2 else "mail.sort")
    eventually(lambda: len(rows(follower)) == 60)
    view = follower.mirror.open(Query(q="send"))
    follower.views.refresh(view)
    eventually(lambda: not view.searching)
    assert len(view.news(None).put) == view.totals()["PENDING"] == 30
    # A client that was told before all was found is told the rest as news.
    assert view.dirty
    assert view.flushed < follower.position.offset


def test_a_row_leaves_when_it_is_too_old_though_nothing_changes(follower: Follower, said: Producer) -> None:
    view = follower.mirror.open(Query(within=0.5))
    follower.views.refresh(view)
    said("t1", State.STARTED, created_at=time.time())
    eventually(lambda: [task.id for task in view.news(None).put] == ["t1"])
    eventually(lambda: view.news(None).put == ())
    assert view.totals()["STARTED"] == 0


def test_a_task_view_hears_what_its_task_says(follower: Follower, said: Producer) -> None:
    view = follower.mirror.open("t1")
    follower.views.refresh(view)
    line = Line(at=2.0, level="info", message="hello")
    said("t1", State.STARTED, log=(line,))
    eventually(lambda: [entry.message for entry in view.news(None).log or ()] == ["STARTED", "hello"])


def test_a_task_that_was_made_and_removed_before_it_was_heard_of_is_gone_where_it_was_read(channel: Scripted) -> None:
    follower = Follower(channel)
    follower.catch_up()
    view = follower.mirror.open("t1")
    assert isinstance(view, TaskView)
    follower.liveness.found()
    Producer(channel)("t1", State.SUCCESS)
    follower.views.refresh(view)
    assert view.news(None).put
    epoch = follower.position.epoch
    follower.take(Changes(epoch=epoch, from_=0, to=2, drop=("t1",)), heard=True)
    assert (view.news(None).put, view.news(1).drop, view.dirty) == ((), ("t1",), True)


def test_a_task_view_reads_what_was_said_while_nothing_was_heard(
    follower: Follower, channel: Scripted, said: Producer
) -> None:
    view = follower.mirror.open("t1")
    follower.views.refresh(view)
    assert isinstance(view, TaskView)
    channel.deaf = True
    said("t1", State.STARTED, log=(Line(at=2.0, level="info", message="unheard"),))
    eventually(lambda: view.wants)
    follower.views.refresh(view)
    assert [entry.message for entry in view.news(None).log or ()] == ["STARTED", "unheard"]


def test_a_task_that_could_not_be_read_is_read_the_next_time(
    channel: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(channel)
    follower.catch_up()
    Producer(channel)("t1", State.SUCCESS)
    view = follower.mirror.open("t1")

    def fail(_: str) -> None:
        raise ChannelError("away")

    with monkeypatch.context() as patched:
        patched.setattr(channel, "task", fail)
        follower.views.refresh(view)
    assert (view.news(None).put, follower.views.dirty()) == ((), [view])
    follower.views.refresh(view)
    assert [task.id for task in view.news(None).put] == ["t1"]
