from __future__ import annotations

import time
from functools import partial

import pytest

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.record.record import PAGE
from phloem_server.mirror.follower import LATE, Follower
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.task_view import TaskView
from tests.unit.server.mirror.following import Producer, Scripted, eventually, rows


def test_what_is_recorded_is_shown(follower: Follower, said: Producer) -> None:
    said("t1", State.STARTED)
    eventually(lambda: rows(follower) == {"t1": State.STARTED})
    said("t1", State.SUCCESS)
    said("t2", State.STARTED)
    eventually(lambda: rows(follower) == {"t2": State.STARTED, "t1": State.SUCCESS})


def test_a_message_that_was_lost_is_noticed_by_the_next(follower: Follower, channel: Scripted, said: Producer) -> None:
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(follower))
    channel.deaf = True
    said("t1", State.SUCCESS)
    channel.deaf = False
    said("t2", State.STARTED)
    eventually(lambda: rows(follower) == {"t2": State.STARTED, "t1": State.SUCCESS})


def test_a_message_that_was_lost_is_noticed_even_if_none_follows(
    follower: Follower, channel: Scripted, said: Producer
) -> None:
    said("t1", State.STARTED)
    channel.deaf = True
    said("t1", State.SUCCESS)
    eventually(lambda: rows(follower) == {"t1": State.SUCCESS})


def test_a_subscription_that_hears_nothing_is_replaced(follower: Follower, channel: Scripted, said: Producer) -> None:
    channel.deaf = True

    def speak() -> bool:
        said("t1", State.PROGRESS)
        return channel.subscriptions > 1

    eventually(speak)


def test_without_the_gap_check_a_lost_message_would_stay_lost(
    follower: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: the same fault with the defences off shows that the fault is real."""
    monkeypatch.setattr("phloem_server.mirror.follower.CHECK_EVERY", 3600)
    monkeypatch.setattr(follower, "catch_up", lambda: False)
    monkeypatch.setattr(follower, "fits", lambda message: True)
    channel.deaf = True
    said("t1", State.STARTED)
    channel.deaf = False
    said("t2", State.STARTED)
    eventually(lambda: "t2" in rows(follower))
    assert "t1" not in rows(follower)


def test_whatever_goes_wrong_with_what_is_held_the_record_is_read_anew(
    follower: Follower, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(follower))
    anew: list[None] = []
    follower.on_resync.add(lambda: anew.append(None))
    apply = follower.mirror.apply

    def fail(changes: Changes, *, heard: bool) -> bool:
        monkeypatch.setattr(follower.mirror, "apply", apply)
        raise KeyError("it is inconsistent")

    monkeypatch.setattr(follower.mirror, "apply", fail)
    said("t1", State.SUCCESS)
    eventually(lambda: len(anew) == 1)
    assert rows(follower) == {"t1": State.SUCCESS}


def test_a_flood_is_heard_and_not_read_page_by_page(channel: Scripted, said: Producer) -> None:
    follower = Follower(channel)
    follower.catch_up()
    follower.liveness.found()
    view = follower.mirror.open("on no page")
    follower.views.refresh(view)
    assert isinstance(view, TaskView)
    for number in range(PAGE + 1):
        said(f"t{number}", State.PENDING)
    assert follower.catch_up(flows=True)
    assert follower.position.offset == 0
    view.wants = False
    assert follower.catch_up()
    assert follower.position.offset == PAGE + 1
    assert view.wants, "between two pages its task may have spoken"
    said("last", State.PENDING)
    assert follower.catch_up(flows=True)
    assert follower.position.offset == PAGE + 2


def test_a_follower_that_is_too_slow_for_a_flood_reads_what_pages_leave_out(channel: Scripted, said: Producer) -> None:
    follower = Follower(channel)
    follower.catch_up()
    assert follower._is_in_time()
    follower.lag.seconds = LATE
    assert not follower._is_in_time()


def test_in_a_flood_it_is_known_that_nothing_was_missed(channel: Scripted, said: Producer) -> None:
    follower = Follower(channel)
    follower.catch_up()
    for number in range(PAGE + 1):
        said(f"t{number}", State.PENDING)
    follower.counts.checked_at, follower.liveness.heard_at, follower.lag.seconds = 0.0, 0.0, 0.25
    before = time.monotonic()
    assert follower.catch_up(flows=True)
    assert before - 0.25 <= follower.counts.checked_at <= time.monotonic() - 0.25
    assert follower.liveness.heard_at >= before


def test_what_was_heard_says_how_far_behind_redis_it_is(
    follower: Follower, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower.lag, "rest", lambda: None)
    follower.lag.seconds = 1000.0
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(follower))
    assert follower.lag.seconds < 900.0


def test_a_follower_that_knows_everything_is_not_behind_however_late_the_last_change_was(follower: Follower) -> None:
    follower.lag.seconds = 1000.0
    eventually(lambda: follower.lag.seconds == 0.0)


def test_another_epoch_replaces_everything_and_is_told(
    follower: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.HEALING", 0.1)
    anew: list[None] = []
    follower.on_resync.add(lambda: anew.append(None))
    said("t1", State.STARTED)
    eventually(lambda: "t1" in rows(follower))
    channel.corrupt(lambda tasks: tasks.clear())
    said("t2", State.STARTED)
    eventually(lambda: rows(follower) == {"t2": State.STARTED})
    assert len(anew) == 1


def test_each_event_reaches_every_listener_even_if_one_fails(
    follower: Follower, channel: Scripted, said: Producer
) -> None:
    heard: list[str] = []
    for name in ("on_change", "on_status", "on_resync"):
        listeners = getattr(follower, name)
        listeners.add(lambda: next(iter(())))
        for number in range(2):
            listeners.add(partial(heard.append, f"{name} {number}"))
    follower.views.refresh(follower.mirror.open(Query()))
    said("t1", State.STARTED)
    eventually(lambda: {"on_change 0", "on_change 1"} <= set(heard))
    channel.corrupt(lambda tasks: None)
    eventually(lambda: {"on_resync 0", "on_resync 1"} <= set(heard))
    channel.away = True
    eventually(lambda: {"on_status 0", "on_status 1"} <= set(heard))
    assert not follower.live


def test_a_follower_that_is_stopped_ends(channel: Scripted) -> None:
    follower = Follower(channel)
    follower.stop()
    follower.run()
    follower.views.stop()
    follower.views.run()
