from __future__ import annotations

import threading
import time
from typing import cast

import pytest

from phloem.model.state import State
from phloem_server.live.announcements import Announcements
from phloem_server.live.presence import TELL_EVERY
from phloem_server.live.protocol import Done, Frame, Resync, Watching
from phloem_server.transport.fanout import Fanout
from tests.unit.server.live.stage import Stage


def test_another_record_asks_every_client_to_watch_again(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    stage.channel.epoch = "another"
    stage.follower.catch_up()
    stage.announcements.announce()
    assert stage.wire.to("ann", "resync") == [Resync(watch=watch, reason="The record of tasks started anew.")]


def test_a_client_that_is_behind_is_asked_as_well(stage: Stage) -> None:
    for number in range(20):
        stage.say(f"t{number}", State.STARTED)
    watch = stage.watch("slow", {"view": {}}).watch
    stage.wire.blocked = {"slow"}
    stage.say("t1", State.SUCCESS)
    stage.delivery.flush()
    assert stage.wire.rooms[watch] == set()
    stage.channel.epoch = "another"
    stage.follower.catch_up()
    stage.announcements.announce()
    assert [message.watch for message in stage.wire.to("slow", "resync")] == [watch]


def test_a_client_is_told_which_build_of_the_page_there_is_and_each_answer_tells_the_time() -> None:
    stage = Stage(build=lambda: "b2")
    watch = stage.watch("ann", {"view": {}}).watch
    assert [status.build for status in stage.wire.to("ann", "status")] == ["b2"]
    said = stage.hub.seen("ann", {"watch": watch, "offset": 0})
    assert isinstance(said, Done)
    assert said.now == pytest.approx(time.time(), abs=60)


def statuses(stage: Stage) -> list[bool]:
    """What was told of Redis, to a client or to all."""
    return [message.live for _, event, message in stage.wire.sent if event == "status"]


def test_redis_lost_and_found_is_told_once_each(stage: Stage) -> None:
    for live in (False, False, True):
        stage.set_live(live)
        stage.announcements.announce()
        stage.announcements.announce()
    assert statuses(stage) == [False, True]


def test_the_status_that_is_told_last_is_the_last_one(stage: Stage) -> None:
    stage.follower.liveness.lost()
    other = threading.Thread(target=stage.hub.connect, args=["ann"])

    def meanwhile() -> None:
        if not other.ident:
            stage.follower.liveness.found()  # Redis is back while it is still being told that it was lost
            other.start()
            other.join(0.2)

    stage.wire.meanwhile = meanwhile
    stage.announcements.announce()
    other.join()
    assert statuses(stage) == [False, True]
    stage.announcements.announce()
    assert statuses(stage) == [False, True, True]


def test_no_client_is_told_of_another_record_before_it_is_told_that_it_is_another(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    for sid in ("ann", "bob", "slow"):
        stage.watch(sid, {"view": {}})
    watch = stage.watch("ann", {"view": {}}).watch
    stage.wire.blocked = {"slow"}
    stage.say("t1", State.SUCCESS)
    stage.delivery.flush()
    stage.wire.blocked = set()
    stage.wire.sent.clear()
    stage.channel.epoch = "another"
    stage.follower.catch_up()
    stage.say("t2", State.STARTED)
    stage.delivery.flush()  # which comes before the announcement
    for sid in ("ann", "bob", "slow"):
        first, *others = [message for receiver, _, message in stage.wire.sent if receiver == sid]
        assert first == Resync(watch=watch, reason="The record of tasks started anew.")
        assert all(isinstance(each, Frame) and each.epoch == "another" for each in others)
    told = len(stage.wire.sent)
    stage.announcements.announce()
    assert len(stage.wire.sent) == told, "once is enough"


def test_a_frame_that_only_tells_how_many_watch_comes_after_the_word_of_another_record(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    stage.watch("bob", {"view": {}})
    stage.clock.now += TELL_EVERY
    stage.channel.epoch = "another"
    stage.follower.catch_up()
    stage.delivery.flush()
    resync, frame = [message for receiver, event, message in stage.wire.sent if receiver == "ann" and event != "status"]
    assert resync == Resync(watch=watch, reason="The record of tasks started anew.")
    assert (frame.epoch, frame.watching) == ("another", Watching(view=2, all=2))


def test_a_client_that_is_behind_is_told_of_another_record_before_it_catches_up(stage: Stage) -> None:
    watch = stage.watch("slow", {"view": {}}).watch
    stage.wire.blocked = {"slow"}
    stage.say("t1", State.STARTED)
    stage.delivery.flush()
    stage.channel.epoch = "another"
    stage.follower.catch_up()
    stage.wire.blocked = set()
    stage.delivery.flush()
    first, *_ = [message for receiver, event, message in stage.wire.sent if receiver == "slow" and event != "status"]
    assert first == Resync(watch=watch, reason="The record of tasks started anew.")


def test_another_record_is_announced_while_redis_answers_all_along(stage: Stage) -> None:
    announcements = Announcements(stage.follower, cast(Fanout, stage.wire), stage.audiences)
    stage.watch("ann", {"view": {}})
    told = threading.Event()
    stage.wire.meanwhile = told.set
    thread = threading.Thread(target=announcements.run, daemon=True)
    thread.start()
    stage.channel.epoch = "another"
    stage.follower.catch_up()
    assert told.wait(5)
    announcements.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert len(stage.wire.to("ann", "resync")) == 1


def test_a_record_that_becomes_another_while_a_frame_is_on_its_way_is_told_with_the_next(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    stage.watch("ann", {"view": {}})
    before = stage.follower.position.epoch
    stage.say("t1", State.SUCCESS)

    def meanwhile() -> None:
        stage.wire.meanwhile = lambda: None
        stage.channel.epoch = "another"
        stage.say("t2", State.STARTED)

    stage.wire.meanwhile = meanwhile
    stage.delivery.flush()
    stage.say("t3", State.STARTED)
    stage.delivery.flush()
    frame, resync, *frames = [message for receiver, _, message in stage.wire.sent if receiver == "ann"][1:]
    assert (frame.epoch, [task.id for task in frame.put]) == (before, ["t1"])
    assert isinstance(resync, Resync)
    assert [each.epoch for each in frames] == ["another"]


def test_a_client_that_comes_first_after_the_record_became_another_has_all_others_told(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    stage.channel.epoch = "another"
    stage.follower.catch_up()
    assert stage.watch("bob", {"view": {}}).epoch == "another"
    assert (len(stage.wire.to("ann", "resync")), stage.wire.to("bob", "resync")) == (1, [])


def test_announcements_are_made_by_a_thread_of_their_own_until_it_is_stopped(stage: Stage) -> None:
    thread = threading.Thread(target=stage.announcements.run)
    thread.start()
    told = threading.Event()
    stage.wire.meanwhile = told.set
    stage.follower.liveness.lost()
    assert told.wait(5)
    stage.announcements.stop()
    thread.join(5)
    assert not thread.is_alive()
