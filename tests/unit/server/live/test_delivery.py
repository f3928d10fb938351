from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from phloem.model.state import State
from phloem.model.task import Line, Task
from phloem_server.live.delivery import Delivery
from phloem_server.live.presence import TELL_EVERY
from phloem_server.live.protocol import Answer, Watching
from phloem_server.mirror.list_view import ListView
from phloem_server.mirror.query.search_text import search_texts
from phloem_server.mirror.task_view import LOG_KEPT
from phloem_server.transport.fanout import Fanout
from tests.unit.server.live.stage import Stage
from tests.waiting import wait_until


def test_each_frame_fits_the_one_before_for_every_viewer(stage: Stage) -> None:
    offsets = {sid: stage.watch(sid, {"view": {}}).offset for sid in ("ann", "bob")}
    stage.say("t1", State.STARTED)
    late = stage.watch("cid", {"view": {}})
    offsets["cid"] = late.offset
    for state in (State.PROGRESS, State.SUCCESS):
        stage.delivery.flush()
        stage.say("t1", state)
    stage.delivery.flush()
    for sid, at in offsets.items():
        for frame in stage.wire.to(sid, "frame"):
            assert frame.from_ <= at
            at = frame.to
        assert at == stage.follower.position.offset
        assert stage.wire.to(sid, "frame")[-1].put[0].state is State.SUCCESS


def test_changes_between_two_ticks_are_told_together(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    for percent in range(10):
        stage.say("t1", State.PROGRESS, percent=float(percent))
    stage.delivery.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.from_, frame.to, [task.percent for task in frame.put]) == (0, 10, [9.0])


def test_a_task_that_is_not_known_yet_can_be_watched(stage: Stage) -> None:
    answer = stage.watch("ann", {"task": "t1"})
    assert (answer.tasks, answer.log) == ((), ())
    stage.say("t1", State.STARTED)
    stage.delivery.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert ([task.id for task in frame.put], [entry.message for entry in frame.log]) == (
        ["t1"],
        ["STARTED"],
    )


def test_what_could_not_be_read_at_first_is_told_once_it_can_be(stage: Stage) -> None:
    stage.say("t1", State.STARTED, args="short…", long_args="the long form")
    stage.follower.liveness.lost()
    (row,) = stage.watch("ann", {"task": "t1"}).tasks
    assert row.args == "short…"
    stage.follower.liveness.found()
    stage.delivery.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.put[0].args, [entry.message for entry in frame.log]) == ("the long form", ["STARTED"])


@pytest.mark.parametrize("leaps", [True, False], ids=["in one frame", "twin: anew"])
def test_a_client_in_step_shows_no_row_that_left_even_if_more_left_than_a_view_remembers(
    stage: Stage, leaps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListView, "leaps", leaps)
    monkeypatch.setattr("phloem_server.mirror.list_view.GONE_KEPT", 100)
    for number in range(20):
        stage.say(f"old{number}", State.PENDING)
    answer = stage.watch("ann", {"view": {"limit": 20}})
    rows = {task.id for task in answer.tasks}
    for number in range(140):
        stage.record(f"t{number}", State.PENDING)
    stage.follower.catch_up()
    stage.delivery.flush()
    for frame in stage.wire.to("ann", "frame"):
        rows = (rows - set(frame.drop)) | {task.id for task in frame.put}
    newest = {task.id for task in stage.watch("bob", {"view": {"limit": 20}}).tasks}
    assert len(newest) == 20
    assert (rows == newest) is leaps
    assert (stage.wire.to("ann", "resync") == []) is leaps


@pytest.mark.parametrize("target", [{"view": {"limit": 5}}, {"task": "t0"}], ids=["list", "task"])
def test_a_client_of_a_view_that_was_left_is_told_just_what_is_new_since_the_answer(
    stage: Stage, target: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.mirror.list_view.GONE_KEPT", 100)
    stage.say("t0", State.STARTED)
    stage.watch("ann", target)
    stage.delivery.flush()
    stage.hub.disconnect("ann")
    lines = tuple(Line(at=1.0, level="info", message=str(number)) for number in range(2 * LOG_KEPT))
    stage.say("t0", State.PROGRESS, log=lines)
    for number in range(110):
        stage.record(f"x{number}", State.PENDING)
    stage.follower.catch_up()
    answer = stage.watch("bob", target)
    stage.delivery.flush()
    # The frame after a task was read tells it to clients that were there before.
    assert all(frame.from_ >= answer.offset - 1 for frame in stage.wire.to("bob", "frame"))
    stage.say("t0", State.SUCCESS)
    stage.say("last", State.PENDING)
    stage.delivery.flush()
    assert stage.wire.to("bob", "resync") == []
    frames, at = stage.wire.to("bob", "frame"), answer.offset
    for frame in frames:
        assert frame.from_ <= at
        at = frame.to
    shown = "last" if "view" in target else "t0"
    assert shown in [task.id for task in frames[-1].put]


def test_texts_to_search_are_put_together_once_for_all_views(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.say("t1", State.STARTED)
    for word in ("a", "b", "c"):
        stage.watch("ann", {"view": {"q": word}})
        stage.watch("ann", {"view": {"not": {"q": ["x", "y", word]}}})
    made: list[Task] = []

    def texts(tasks: list[Task]) -> list[str]:
        made.extend(tasks)
        return search_texts(tasks)

    monkeypatch.setattr("phloem_server.mirror.query.search_text.search_texts", texts)
    stage.say("t1", State.PROGRESS)
    assert [task.state for task in made] == [State.STARTED, State.PROGRESS]


def test_a_client_that_left_before_something_was_read_is_told_it_when_it_is_back(stage: Stage) -> None:
    stage.say("t1", State.STARTED, args="short…", long_args="the long form")
    stage.follower.liveness.lost()
    first = stage.watch("ann", {"task": "t1"})
    stage.watch("bob", {"task": "t1"})
    stage.hub.disconnect("ann")
    stage.follower.liveness.found()
    stage.delivery.flush()
    again = stage.watch("ann", {"task": "t1", "since": {"epoch": first.epoch, "offset": first.offset}})
    assert again.tasks[0].args == "the long form"


def test_clients_that_come_and_leave_are_told_to_the_others_at_most_every_two_seconds(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    assert stage.watch("ann", {"view": {}}).watching == Watching(view=1, all=1)
    for number in range(32):
        stage.clock.now += TELL_EVERY / 16  # which adds up without rounding
        assert stage.watch(f"guest{number}", {"task": "t1"}).watching == Watching(view=number + 1, all=number + 2)
        stage.delivery.flush()
    frames = stage.wire.to("ann", "frame")
    assert [frame.watching for frame in frames] == [Watching(view=1, all=17), Watching(view=1, all=33)]
    assert all((frame.from_, frame.to, frame.put, frame.drop) == (1, 1, (), ()) for frame in frames)
    stage.hub.disconnect("guest0")
    stage.clock.now += 1
    stage.delivery.flush()
    assert len(stage.wire.to("ann", "frame")) == 2
    stage.say("t1", State.SUCCESS)
    stage.delivery.flush()
    assert stage.wire.to("ann", "frame")[2].watching == Watching(view=1, all=32), "with what is new anyway, at once"


def test_what_one_client_is_told_alone_is_not_taken_for_told_to_all(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    stage.watch("slow", {"view": {}})
    stage.wire.blocked.add("slow")
    stage.say("t1", State.STARTED)
    stage.delivery.flush()
    stage.watch("cid", {"view": {}})
    stage.wire.blocked.clear()
    stage.delivery.flush()
    assert stage.wire.to("slow", "frame")[-1].watching == Watching(view=3, all=3)
    stage.clock.now += TELL_EVERY + 1
    stage.delivery.flush()
    assert stage.wire.to("ann", "frame")[-1].watching == Watching(view=3, all=3)


def test_changes_are_taken_in_while_a_frame_is_being_sent(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    stage.say("t1", State.STARTED)
    sending, go_on = threading.Event(), threading.Event()

    def meanwhile() -> None:
        stage.wire.meanwhile = lambda: None
        sending.set()
        assert go_on.wait(5)

    stage.wire.meanwhile = meanwhile
    delivering = threading.Thread(target=stage.delivery.flush)
    delivering.start()
    assert sending.wait(5)
    ingesting = threading.Thread(target=stage.say, args=["t1", State.SUCCESS])
    ingesting.start()
    ingesting.join(5)
    assert (ingesting.is_alive(), stage.follower.position.offset) == (False, 2), "a socket takes its time"
    go_on.set()
    delivering.join(5)
    stage.delivery.flush()
    frames = stage.wire.to("ann", "frame")
    assert [(frame.from_, frame.to, frame.put[0].state) for frame in frames] == [
        (0, 1, State.STARTED),
        (1, 2, State.SUCCESS),
    ]


def test_a_client_that_comes_while_a_frame_is_being_sent_misses_nothing(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    stage.say("t1", State.STARTED)
    answers: list[Answer] = []
    coming = threading.Thread(target=lambda: answers.append(stage.watch("bob", {"view": {}})))

    def meanwhile() -> None:
        stage.wire.meanwhile = lambda: None
        stage.say("t2", State.STARTED)
        coming.start()
        coming.join(0.1)

    stage.wire.meanwhile = meanwhile
    stage.delivery.flush()
    coming.join(5)
    stage.say("t3", State.STARTED)
    stage.delivery.flush()
    frames = stage.wire.to("bob", "frame")
    at = answers[0].offset
    for frame in frames:
        assert frame.from_ <= at
        at = frame.to
    rows = {task.id for task in answers[0].tasks} | {task.id for frame in frames for task in frame.put}
    assert (at, rows) == (3, {"t1", "t2", "t3"})


def test_no_frame_passes_a_client_that_has_its_answer_and_is_about_to_get_frames(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.watch("ann", {"view": {}})
    stage.say("t1", State.STARTED)
    stage.hub.connect("bob")
    delivering = threading.Thread(target=stage.delivery.flush)
    at_the_view, joining = threading.Event(), threading.Event()

    def refresh(_: object) -> None:
        if threading.current_thread() is delivering:
            at_the_view.set()
            assert joining.wait(5)

    def meanwhile() -> None:
        stage.wire.meanwhile = lambda: None
        stage.say("t1", State.SUCCESS)
        joining.set()
        delivering.join(0.1)

    monkeypatch.setattr(stage.follower.views, "refresh", refresh)
    delivering.start()
    assert at_the_view.wait(5)
    stage.wire.meanwhile = meanwhile
    answer = stage.hub.watch("bob", {"view": {}})
    delivering.join(5)
    assert isinstance(answer, Answer)
    [frame] = stage.wire.to("bob", "frame")
    assert frame.from_ <= answer.offset < frame.to


@pytest.mark.parametrize("event", ["on_change", "on_status", "on_free"])
def test_what_there_may_be_to_send_is_not_waited_for(stage: Stage, event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phloem_server.live.delivery.BEHIND_TICK", 60.0)
    delivery = Delivery(stage.follower, cast(Fanout, stage.wire), stage.audiences, stage.announcements)
    flushed = threading.Event()
    monkeypatch.setattr(delivery, "flush", flushed.set)
    thread = threading.Thread(target=delivery.run, daemon=True)
    thread.start()
    getattr(stage.wire if event == "on_free" else stage.follower, event)()
    assert flushed.wait(5)
    delivery.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_view_that_cannot_be_sent_does_not_silence_the_others_for_good(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    thread = threading.Thread(target=stage.delivery.run)
    failed = threading.Event()

    def fail() -> None:
        stage.wire.meanwhile = lambda: None
        failed.set()
        raise RuntimeError("the first frame")

    stage.wire.meanwhile = fail
    thread.start()
    stage.say("t1", State.STARTED)
    assert failed.wait(5)
    stage.say("t1", State.SUCCESS)
    wait_until(lambda: stage.wire.to("ann", "frame"), 60, "a frame is sent")
    stage.delivery.stop()
    thread.join(5)
    assert not thread.is_alive()
