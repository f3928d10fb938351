from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from phloem.model.changes import Position
from phloem.model.state import State
from phloem.model.task import Task
from phloem.testing.held_task import HeldTask
from phloem_server.mirror.follower import Follower
from tests.unit.server.mirror.following import Producer, Scripted, eventually, rows


def test_a_client_with_an_offset_that_is_not_known_has_the_record_read_in_a_flood_as_well(channel: Scripted) -> None:
    follower = Follower(channel)
    follower.catch_up()
    follower.liveness.found()
    assert not follower.continuity.has_waiting_clients()
    assert not follower.continuity.succeeds(Position(epoch=follower.position.epoch, offset=1000))
    assert follower.continuity.has_waiting_clients()
    follower.catch_up()
    assert not follower.continuity.has_waiting_clients()
    assert follower.continuity.succeeds(Position(epoch=follower.position.epoch, offset=1000))


def test_an_offset_that_was_reached_is_asked_about_no_more(channel: Scripted, said: Producer) -> None:
    follower = Follower(channel)
    follower.catch_up()
    follower.liveness.found()
    assert not follower.continuity.succeeds(Position(epoch=follower.position.epoch, offset=1))
    said("t1", State.PENDING)
    for page in channel.changed(follower.position):
        follower.take(page, heard=True)
    assert not follower.continuity.has_waiting_clients()


def test_a_follower_that_has_just_come_does_not_replace_what_was_shown_of_an_epoch_that_it_did_not_see(
    channel: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.HEALING", 0.1)
    follower = Follower(channel)
    follower.catch_up()
    assert not follower.continuity.succeeds(Position(epoch="before", offset=1))
    assert follower.continuity.succeeds(Position())
    assert follower.continuity.succeeds(follower.position)
    eventually(lambda: follower.continuity.succeeds(Position(epoch="before", offset=1)))


Fault = Callable[[dict[str, HeldTask]], object]
FORGOTTEN: dict[str, Fault] = {
    "its end": lambda tasks: tasks["t1"].facts.update(state=State.STARTED),
    "its progress": lambda tasks: tasks["t1"].facts.update(percent=10.0),
    "its run": lambda tasks: tasks["t1"].facts.update(run="r0", received_at=1.0),
    "the task": lambda tasks: tasks.pop("t1"),
}


@pytest.mark.parametrize("fault", FORGOTTEN.values(), ids=FORGOTTEN)
@pytest.mark.parametrize("defended", [True, False], ids=["defended", "undefended"])
def test_a_record_that_forgot_what_was_shown_is_not_shown_before_it_was_told_again(
    follower: Follower, channel: Scripted, said: Producer, monkeypatch: pytest.MonkeyPatch, fault: Fault, defended: bool
) -> None:
    monkeypatch.setattr("phloem_server.mirror.follower.HEALING", 60.0 if defended else 0.0)
    ended = {"received_at": 2.0, "finished_at": time.time(), "percent": 100.0}
    said("t1", State.SUCCESS, **ended)
    eventually(lambda: "t1" in rows(follower))
    shown: list[Task | None] = []
    follower.on_resync.add(lambda: shown.append(follower.index.get("t1")))
    before = channel.corrupt(fault)
    eventually((lambda: not follower.live) if defended else (lambda: shown != []))
    told_again = channel.restore(before)
    eventually(lambda: follower.live and follower.index.get("t1") == told_again)
    assert (shown == [told_again]) is defended
