from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from phloem.model.state import State
from phloem.model.task import Line
from phloem_server.live.cursor import BEHIND_AFTER, BEHIND_TICK, BLOCKED_LIMIT, SILENT_LIMIT, Cursor
from phloem_server.live.protocol import Done
from phloem_server.mirror.list_view import ListView
from phloem_server.mirror.query.query import Query
from tests.unit.server.live.stage import Stage


def test_a_client_that_is_silent_too_long_gets_fewer_frames_and_still_every_change(stage: Stage) -> None:
    watch = stage.watch("slow", {"view": {}}).watch
    assert stage.watch("quick", {"view": {}}).watch == watch
    for tick in range(200):
        stage.clock.now += 0.05
        stage.say("t1", State.PROGRESS, percent=float(tick))
        stage.delivery.flush()
        stage.hub.seen("quick", {"watch": watch, "offset": stage.follower.position.offset})
    assert len(stage.wire.to("quick", "frame")) == 200
    slow = stage.wire.to("slow", "frame")
    assert len(slow) < 110
    assert all(frame.from_ == before.to for before, frame in pairwise(slow))
    stage.hub.seen("slow", {"watch": watch, "offset": slow[-1].to})
    assert stage.wire.to("slow", "frame")[-1].to == stage.follower.position.offset
    stage.say("t1", State.SUCCESS)
    stage.delivery.flush()
    assert stage.wire.to("slow", "frame")[-1].put[0].state is State.SUCCESS


def test_a_client_that_could_not_take_frames_gets_one_with_all_of_them_once_it_can(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    stage.watch("bob", {"view": {}})
    stage.wire.blocked = {"ann"}
    for percent in range(20):
        stage.say("t1", State.PROGRESS, percent=float(percent))
        stage.delivery.flush()
    assert (len(stage.wire.to("ann", "frame")), len(stage.wire.to("bob", "frame"))) == (0, 20)
    stage.wire.blocked = set()
    stage.delivery.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.watch, frame.from_, frame.to, [task.percent for task in frame.put]) == (watch, 0, 20, [19.0])
    stage.say("t1", State.SUCCESS)
    stage.delivery.flush()
    assert stage.wire.to("ann", "frame")[-1] == stage.wire.to("bob", "frame")[-1]


def test_a_client_that_wakes_up_reads_what_was_sent_and_then_gets_one_frame_with_the_rest(stage: Stage) -> None:
    watch = stage.watch("slow", {"view": {}}).watch

    def pass_time(seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            stage.clock.now += 0.1
            stage.say("t1", State.PROGRESS, percent=stage.seq % 100)
            stage.delivery.flush()

    pass_time(20)
    sent = stage.wire.to("slow", "frame")
    for _ in range(10):  # it is still at the first of them
        pass_time(1)
        assert isinstance(stage.hub.seen("slow", {"watch": watch, "offset": sent[0].to}), Done)
    assert len(stage.wire.to("slow", "frame")) <= len(sent) + 1, "one may have been due when it woke up"
    told = stage.wire.to("slow", "frame")[-1].to
    stage.hub.seen("slow", {"watch": watch, "offset": told})
    assert (stage.wire.to("slow", "frame")[-1].from_, stage.wire.to("slow", "frame")[-1].to) == (
        told,
        stage.follower.position.offset,
    )


def test_clients_that_missed_the_same_share_one_frame(stage: Stage) -> None:
    for sid in ("ann", "bob", "cid"):
        stage.watch(sid, {"view": {}})
    stage.wire.blocked = {"ann", "bob"}
    stage.say("t1", State.STARTED)
    stage.delivery.flush()
    stage.say("t1", State.SUCCESS)
    stage.delivery.flush()
    stage.wire.blocked, before = set(), stage.wire.encoded
    stage.delivery.flush()
    assert stage.wire.encoded == before + 1
    for sid in ("ann", "bob"):
        (frame,) = stage.wire.to(sid, "frame")
        assert (frame.from_, frame.to) == (0, 2)


def test_a_client_whose_view_takes_long_to_read_is_in_step_once_it_has_its_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.watch("ann", {"view": {}})
    stage.hub.connect("bob")

    def refresh(_: object) -> None:
        monkeypatch.undo()
        for state in (State.STARTED, State.PROGRESS):
            stage.clock.now += BEHIND_AFTER
            stage.say("t1", state)
            stage.delivery.flush()

    monkeypatch.setattr(stage.follower.views, "refresh", refresh)
    answer = stage.watch("bob", {"view": {}})
    assert (answer.offset, stage.wire.to("bob", "frame")) == (2, [])
    assert stage.audiences.cursor("bob", answer.watch) == Cursor(
        view=stage.follower.mirror.open(Query()), told=2, sent_at=stage.clock.now
    )
    stage.say("t1", State.SUCCESS)
    stage.delivery.flush()
    (frame,) = stage.wire.to("bob", "frame")
    assert (frame.from_, frame.to) == (2, 3)


def test_a_client_that_confirms_while_its_socket_takes_nothing_is_told_when_it_does(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    stage.wire.blocked = {"ann"}
    stage.say("t1", State.STARTED)
    stage.delivery.flush()
    assert isinstance(stage.hub.seen("ann", {"watch": watch, "offset": 0}), Done)
    stage.wire.blocked = set()
    stage.delivery.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.from_, frame.to) == (0, 1)


def test_a_connection_whose_socket_takes_nothing_for_too_long_is_cut(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    stage.wire.blocked = {"ann"}
    stage.say("t1", State.STARTED)
    stage.delivery.flush()
    stage.clock.now += BLOCKED_LIMIT - 1
    stage.delivery.flush()
    assert stage.wire.cuts == []
    stage.clock.now += 1
    stage.delivery.flush()
    assert stage.wire.cuts == ["ann"]


def test_a_client_that_was_behind_when_more_left_than_a_view_remembers_starts_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.list_view.GONE_KEPT", 100)
    monkeypatch.setattr("phloem_server.mirror.list_view.CROSSINGS", 50)
    born = time.time() - 60
    for number in range(300):
        stage.record(f"t{number}", State.PENDING, created_at=born + number / 10)
    stage.follower.catch_up()
    watch = stage.watch("ann", {"view": {"older": 60, "limit": 5}}).watch
    (view,) = stage.follower.mirror.opened()
    assert isinstance(view, ListView)
    stage.follower.mirror.fill(view)  # what a busy machine has not found by the answer

    opened = time.time()

    def pass_time(seconds: float) -> None:
        while view.pass_time(opened + seconds, stage.follower.position.offset):
            pass  # it takes a part of the time in one go

    pass_time(3)
    stage.delivery.flush()
    cursor = stage.audiences.of(watch)["ann"]
    stage.clock.now += BEHIND_AFTER
    pass_time(15)
    stage.delivery.flush()
    assert cursor.behind
    pass_time(16)  # which is told as of the same offset
    stage.hub.seen("ann", {"watch": watch, "offset": stage.follower.position.offset})
    assert [resync.watch for resync in stage.wire.to("ann", "resync")] == [watch]


def test_a_client_that_is_behind_on_a_task_is_told_its_end_and_log_in_one_frame(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    stage.watch("slow", {"task": "t1"})
    for tick in range(300):
        stage.clock.now += 0.05
        lines = (Line(at=1.0, level="info", message=f"line {tick}"),)
        state = State.SUCCESS if tick == 299 else State.PROGRESS
        stage.say("t1", state, percent=float(tick), log=lines)
        stage.delivery.flush()
    stage.clock.now += BEHIND_TICK
    stage.delivery.flush()
    assert stage.wire.to("slow", "resync") == []
    frames = stage.wire.to("slow", "frame")
    assert all(frame.from_ <= before.to for before, frame in pairwise(frames))
    assert frames[-1].put[0].state is State.SUCCESS
    said = [entry.message for frame in frames for entry in frame.log if entry.kind == "log"]
    assert list(dict.fromkeys(said)) == [f"line {tick}" for tick in range(300)]


def silent(stage: Stage) -> Callable[[float], None]:
    """Lets time pass in which tasks change and nothing is heard of "ann"."""

    def passes(seconds: float) -> None:
        for _ in range(int(seconds)):
            stage.clock.now += 1
            stage.say("t1", State.PROGRESS, percent=stage.clock.now % 100)
            stage.delivery.flush()

    return passes


def test_a_client_that_is_silent_for_too_long_is_told_to_watch_again_and_then_cut(stage: Stage) -> None:
    passes = silent(stage)
    stage.watch("ann", {"view": {}})
    passes(BEHIND_AFTER + SILENT_LIMIT - 2)
    assert stage.wire.to("ann", "resync") == []
    passes(4)
    (resync,) = stage.wire.to("ann", "resync")
    assert "30 seconds" in resync.reason
    told = len(stage.wire.to("ann", "frame"))
    passes(SILENT_LIMIT - 4)
    assert (len(stage.wire.to("ann", "frame")), stage.wire.cuts) == (told, []), "nothing more is sent to no end"
    passes(4)
    assert "ann" in stage.wire.cuts


@pytest.mark.parametrize("sign", ["watch", "seen"])
def test_one_message_of_a_client_that_was_told_to_watch_again_is_enough(stage: Stage, sign: str) -> None:
    passes = silent(stage)
    key = stage.watch("ann", {"view": {}}).watch
    passes(BEHIND_AFTER + SILENT_LIMIT + 2)
    assert len(stage.wire.to("ann", "resync")) == 1
    if sign == "watch":
        stage.watch("ann", {"view": {}})
    else:
        stage.hub.seen("ann", {"watch": key, "offset": stage.follower.position.offset})
    told = len(stage.wire.to("ann", "frame"))
    passes(BEHIND_AFTER)
    assert len(stage.wire.to("ann", "frame")) > told
    passes(SILENT_LIMIT - 4)
    assert stage.wire.cuts == []
