from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line, Task
from phloem.testing import MemoryChannel
from phloem_server.listeners import Listeners
from phloem_server.live.cursor import BEHIND_AFTER, BEHIND_TICK, BLOCKED_LIMIT, SILENT_LIMIT
from phloem_server.live.hub import ANSWERS, KEPT, KEPT_MOST, WATCHES, Viewers
from phloem_server.live.presence import TELL_EVERY
from phloem_server.live.protocol import Answer, Done, Frame, Json, Refusal, Resync, Status, Watching
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.list_view import GONE_KEPT, ListView
from phloem_server.mirror.search_text import search_texts
from phloem_server.mirror.task_view import LOG_KEPT


class Wire:
    """Stands for the sockets: rooms, whose socket takes nothing, who was cut off, and what was sent to each viewer."""

    def __init__(self) -> None:
        self.rooms: dict[str, set[str]] = {}
        self.blocked: set[str] = set()
        self.unread: set[str] = set()
        self.cuts: list[str] = []
        self.sent: list[tuple[str, str, Any]] = []
        self.encoded = 0
        self.on_free: Listeners[[]] = Listeners()

    def join(self, sid: str, room: str) -> None:
        self.rooms.setdefault(room, set()).add(sid)

    def leave(self, sid: str, room: str) -> None:
        self.rooms.get(room, set()).discard(sid)

    def send(self, event: str, message: Any, to: str | None = None) -> None:
        for sid in self.rooms.get(to or "", {to or "everybody"}):
            self.sent.append((sid, event, message))

    def offer(self, event: str, message: Any, to: str | list[str]) -> list[str]:
        receivers = self.rooms.get(to, {to}) if isinstance(to, str) else to
        self.encoded += 1
        self.sent += [(sid, event, message) for sid in receivers if sid not in self.blocked]
        return [sid for sid in receivers if sid in self.blocked]

    def ready(self, sid: str) -> bool:
        return sid not in self.blocked

    def waiting(self, sid: str) -> int:
        return len([None for receiver, *_ in self.sent if receiver == sid]) if sid in self.unread else 0

    def cut(self, sid: str) -> None:
        self.cuts.append(sid)

    def to(self, sid: str, event: str) -> list[Any]:
        return [message for receiver, name, message in self.sent if (receiver, name) == (sid, event)]


class Stage:
    """A relay that is moved by hand, and viewers of it."""

    def __init__(self, channel: MemoryChannel | None = None) -> None:
        self.channel = channel or MemoryChannel()
        self.relay = Follower(self.channel)
        self.wire = Wire()
        self.viewers = Viewers(self.relay, self.wire)  # type: ignore[arg-type]
        self.relay._catch_up()
        self.relay.live = True
        self.relay._settled_at = 0
        self.seq = 0

    def say(self, task_id: str, state: State, **facts: Any) -> None:
        self.seq += 1
        self.channel.record([Event(id=task_id, at=1.0, source="p", seq=self.seq, run="r1", state=state, **facts)])
        self.relay._catch_up()

    def watch(self, sid: str, message: Any) -> Answer:
        if sid not in self.viewers._cursors:
            self.viewers.connect(sid)
        answer = self.viewers.watch(sid, message)
        assert isinstance(answer, Answer), answer
        return answer


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_the_answer_holds_what_the_view_shows_now(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    answer = stage.watch("ann", {"view": {}})
    assert ([task.id for task in answer.tasks], answer.offset, answer.resumed) == (["t1"], 1, False)
    assert answer.totals["STARTED"] == 1


def test_each_frame_fits_the_one_before_for_every_viewer(stage: Stage) -> None:
    offsets = {sid: stage.watch(sid, {"view": {}}).offset for sid in ("ann", "bob")}
    stage.say("t1", State.STARTED)
    late = stage.watch("cid", {"view": {}})
    offsets["cid"] = late.offset
    for state in (State.PROGRESS, State.SUCCESS):
        stage.viewers.flush()
        stage.say("t1", state)
    stage.viewers.flush()
    for sid, at in offsets.items():
        for frame in stage.wire.to(sid, "frame"):
            assert frame.from_ <= at
            at = frame.to
        assert at == stage.relay.position.offset
        assert stage.wire.to(sid, "frame")[-1].put[0].state is State.SUCCESS


def test_changes_between_two_ticks_are_told_together(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    for percent in range(10):
        stage.say("t1", State.PROGRESS, percent=float(percent))
    stage.viewers.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.from_, frame.to, [task.percent for task in frame.put]) == (0, 10, [9.0])


def test_who_comes_back_gets_only_what_changed(stage: Stage) -> None:
    for number in range(5):
        stage.say(f"t{number}", State.STARTED)
    first = stage.watch("ann", {"view": {}})
    stage.viewers.disconnect("ann")
    stage.say("t2", State.SUCCESS)
    since = {"epoch": first.epoch, "offset": first.offset}
    again = stage.watch("ann2", {"view": {}, "since": since})
    assert (again.resumed, [task.id for task in again.tasks]) == (True, ["t2"])


def test_who_comes_from_a_server_that_is_further_on_is_not_shown_what_is_older(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    epoch = stage.relay.position.epoch
    stage.relay.live = False
    further = {"view": {}, "since": {"epoch": "of a record that started anew", "offset": 1}}
    stage.viewers.connect("ann")
    refusal = stage.viewers.watch("ann", further)
    assert isinstance(refusal, Refusal)
    assert refusal.again
    stage.relay.live = True
    assert len(stage.watch("ann", further).tasks) == 1
    stage.relay.live = False
    assert stage.watch("bob", {"view": {}, "since": {"epoch": epoch, "offset": 1}}).resumed
    assert len(stage.watch("eve", {"view": {}}).tasks) == 1


@pytest.mark.parametrize(("said", "shown"), [({"searching": True}, ["t1"]), ({}, [])])
def test_who_left_while_rows_were_still_to_come_is_told_all_of_them_by_another_process(
    stage: Stage, said: dict[str, Any], shown: list[str]
) -> None:
    stage.say("t1", State.SUCCESS)
    there = Stage(stage.channel)
    there.watch("bob", {"view": {}})  # its view has found that row
    stage.watch("ann", {"view": {}})
    stage.relay.mirror.replace(stage.relay.index, stage.relay.position)  # the record was read anew
    left = stage.watch("ann", {"view": {}})
    assert (left.tasks, left.searching) == ((), True)
    since = {"epoch": left.epoch, "offset": left.offset}
    came = there.watch("ann", {"view": {}, "since": since, **said})
    assert [task.id for task in came.tasks] == shown  # a twin: nobody would tell of it any more
    assert came.resumed is not bool(said)


@pytest.mark.parametrize("since", [{"epoch": "other", "offset": 1}, {"offset": 1}, {"epoch": "", "offset": 10**9}])
def test_who_was_somewhere_else_gets_everything(stage: Stage, since: dict[str, Any]) -> None:
    stage.say("t1", State.STARTED)
    answer = stage.watch("ann", {"view": {}, "since": since})
    assert (answer.resumed, len(answer.tasks)) == (False, 1)


@pytest.mark.parametrize("live", [True, False])
def test_who_was_shown_more_of_this_record_is_asked_to_wait_until_it_is_known_here(stage: Stage, live: bool) -> None:
    stage.say("t1", State.STARTED)
    since = {"epoch": stage.relay.position.epoch, "offset": 2}
    stage.relay.live = live
    stage.viewers.connect("ann")
    refusal = stage.viewers.watch("ann", {"view": {}, "since": since})
    assert isinstance(refusal, Refusal)
    assert refusal.again
    stage.say("t1", State.SUCCESS)
    answer = stage.watch("ann", {"view": {}, "since": since})
    assert (answer.resumed, answer.tasks) == (True, ())


def test_who_was_shown_an_offset_that_redis_never_reached_is_shown_what_is_true(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    since = {"epoch": stage.relay.position.epoch, "offset": 10**9}
    stage.viewers.connect("ann")
    assert isinstance(stage.viewers.watch("ann", {"view": {}, "since": since}), Refusal)
    stage.relay._catch_up()  # the check of every second
    answer = stage.watch("ann", {"view": {}, "since": since})
    assert (answer.resumed, [task.id for task in answer.tasks]) == (False, ["t1"])


def test_a_viewer_who_is_silent_too_long_gets_fewer_frames_and_still_every_change(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    watch = stage.watch("slow", {"view": {}}).watch
    assert stage.watch("quick", {"view": {}}).watch == watch
    for tick in range(200):
        clock[0] += 0.05
        stage.say("t1", State.PROGRESS, percent=float(tick))
        stage.viewers.flush()
        stage.viewers.seen("quick", {"watch": watch, "offset": stage.relay.position.offset})
    assert len(stage.wire.to("quick", "frame")) == 200
    slow = stage.wire.to("slow", "frame")
    assert len(slow) < 110
    assert all(frame.from_ == before.to for before, frame in pairwise(slow))
    stage.viewers.seen("slow", {"watch": watch, "offset": slow[-1].to})
    assert stage.wire.to("slow", "frame")[-1].to == stage.relay.position.offset
    stage.say("t1", State.SUCCESS)
    stage.viewers.flush()
    assert stage.wire.to("slow", "frame")[-1].put[0].state is State.SUCCESS


def test_who_could_not_take_frames_gets_one_with_all_of_them_once_he_can(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    stage.watch("bob", {"view": {}})
    stage.wire.blocked = {"ann"}
    for percent in range(20):
        stage.say("t1", State.PROGRESS, percent=float(percent))
        stage.viewers.flush()
    assert (len(stage.wire.to("ann", "frame")), len(stage.wire.to("bob", "frame"))) == (0, 20)
    stage.wire.blocked = set()
    stage.viewers.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.watch, frame.from_, frame.to, [task.percent for task in frame.put]) == (watch, 0, 20, [19.0])
    stage.say("t1", State.SUCCESS)
    stage.viewers.flush()
    assert stage.wire.to("ann", "frame")[-1] == stage.wire.to("bob", "frame")[-1]


def test_who_comes_to_again_reads_what_was_sent_and_then_gets_one_frame_with_the_rest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    watch = stage.watch("slow", {"view": {}}).watch

    def pass_time(seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            clock[0] += 0.1
            stage.say("t1", State.PROGRESS, percent=stage.seq % 100)
            stage.viewers.flush()

    pass_time(20)
    sent = stage.wire.to("slow", "frame")
    for _ in range(10):  # he is still at the first of them
        pass_time(1)
        assert isinstance(stage.viewers.seen("slow", {"watch": watch, "offset": sent[0].to}), Done)
    assert len(stage.wire.to("slow", "frame")) <= len(sent) + 1, "one may have been due when he came to"
    told = stage.wire.to("slow", "frame")[-1].to
    stage.viewers.seen("slow", {"watch": watch, "offset": told})
    assert (stage.wire.to("slow", "frame")[-1].from_, stage.wire.to("slow", "frame")[-1].to) == (
        told,
        stage.relay.position.offset,
    )


def test_all_who_missed_the_same_share_one_frame(stage: Stage) -> None:
    for sid in ("ann", "bob", "cid"):
        stage.watch(sid, {"view": {}})
    stage.wire.blocked = {"ann", "bob"}
    stage.say("t1", State.STARTED)
    stage.viewers.flush()
    stage.say("t1", State.SUCCESS)
    stage.viewers.flush()
    stage.wire.blocked, before = set(), stage.wire.encoded
    stage.viewers.flush()
    assert stage.wire.encoded == before + 1
    for sid in ("ann", "bob"):
        (frame,) = stage.wire.to(sid, "frame")
        assert (frame.from_, frame.to) == (0, 2)


def test_who_says_seen_while_the_socket_takes_nothing_is_told_when_it_does(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    stage.wire.blocked = {"ann"}
    stage.say("t1", State.STARTED)
    stage.viewers.flush()
    assert isinstance(stage.viewers.seen("ann", {"watch": watch, "offset": 0}), Done)
    stage.wire.blocked = set()
    stage.viewers.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.from_, frame.to) == (0, 1)


def test_the_connection_of_who_takes_nothing_for_too_long_is_ended(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    stage.watch("ann", {"view": {}})
    stage.wire.blocked = {"ann"}
    stage.say("t1", State.STARTED)
    stage.viewers.flush()
    clock[0] += BLOCKED_LIMIT - 1
    stage.viewers.flush()
    assert stage.wire.cuts == []
    clock[0] += 1
    stage.viewers.flush()
    assert stage.wire.cuts == ["ann"]


def test_a_new_record_asks_everybody_to_watch_again(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    stage.channel.epoch = "another"
    stage.relay._catch_up()
    assert stage.wire.to("ann", "resync") == [Resync(watch=watch, reason="The record of tasks started anew.")]


def test_a_viewer_who_is_behind_is_asked_as_well(stage: Stage) -> None:
    for number in range(20):
        stage.say(f"t{number}", State.STARTED)
    watch = stage.watch("slow", {"view": {}}).watch
    stage.wire.blocked = {"slow"}
    stage.say("t1", State.SUCCESS)
    stage.viewers.flush()
    assert stage.wire.rooms[watch] == set()
    stage.channel.epoch = "another"
    stage.relay._catch_up()
    assert [message.watch for message in stage.wire.to("slow", "resync")] == [watch]


def test_who_comes_is_told_which_build_of_the_page_there_is_and_each_answer_tells_the_time(stage: Stage) -> None:
    stage.viewers = Viewers(stage.relay, stage.wire, build=lambda: "b2")  # type: ignore[arg-type]
    watch = stage.watch("ann", {"view": {}}).watch
    assert [status.build for status in stage.wire.to("ann", "status")] == ["b2"]
    said = stage.viewers.seen("ann", {"watch": watch, "offset": 0})
    assert isinstance(said, Done)
    assert said.now == pytest.approx(time.time(), abs=60)


def test_the_status_that_is_told_last_is_the_last_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.viewers.connect("ann")
    told: list[bool] = []
    other = threading.Thread(target=stage.relay._set_live, args=[True])

    def send(event: str, message: Status, to: str | None = None) -> None:
        if not told and not other.ident:
            other.start()  # Redis is back while it is still being told that it was lost
            other.join(0.2)
        told.append(message.live)

    monkeypatch.setattr(stage.wire, "send", send)
    stage.relay._set_live(False)
    other.join()
    assert told == [False, True]


def test_who_asks_before_the_record_was_read_is_not_told_that_it_is_empty(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("phloem_server.live.hub.READING", 0.01)
    stage.relay._known.clear()
    stage.viewers.connect("ann")
    refusal = stage.viewers.watch("ann", {"view": {}})
    assert isinstance(refusal, Refusal)
    assert refusal.again
    stage.relay._catch_up()
    assert stage.watch("ann", {"view": {}}).epoch == stage.relay.position.epoch


def test_a_view_that_nobody_came_back_to_is_closed_whoever_else_asks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    stage.watch("ann", {"task": "t1"})
    stage.viewers.disconnect("ann")
    stage.say("t1", State.STARTED)
    monkeypatch.setattr(stage.channel, "task", lambda _: pytest.fail("it is read for nobody"))
    stage.viewers.flush()
    clock[0] += KEPT + 1
    stage.viewers.flush()
    assert stage.relay.mirror._views == {}


def test_views_that_nobody_looks_at_are_kept_up_to_a_number(stage: Stage) -> None:
    stage.watch("bob", {"task": "looked at"})
    for number in range(KEPT_MOST + 10):
        stage.watch("ann", {"task": str(number)})
        assert stage.viewers.unwatch("ann", {"watch": f"task:{number}"}) == Done()
    assert set(stage.relay.mirror._views) == {"task:looked at", *(f"task:{n}" for n in range(10, KEPT_MOST + 10))}


@pytest.mark.parametrize("leave", ["unwatch", "disconnect"])
def test_who_leaves_while_a_view_is_read_is_not_in_it_afterwards(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, leave: str
) -> None:
    stage.viewers.connect("ann")

    def read(_: object) -> None:
        if leave == "unwatch":
            assert stage.viewers.unwatch("ann", {"watch": "task:t1"}) == Done()
        else:
            stage.viewers.disconnect("ann")

    monkeypatch.setattr(stage.relay, "refresh", read)
    assert isinstance(stage.viewers.watch("ann", {"task": "t1"}), Refusal)
    assert stage.wire.rooms.get("task:t1", set()) == set()
    assert "task:t1" in stage.viewers._left


def test_a_task_that_nobody_knows_yet_can_be_watched(stage: Stage) -> None:
    answer = stage.watch("ann", {"task": "t1"})
    assert (answer.tasks, answer.log) == ((), ())
    stage.say("t1", State.STARTED)
    stage.viewers.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert ([task.id for task in frame.put], [entry.message for entry in frame.log]) == (
        ["t1"],
        ["STARTED"],
    )


def test_what_could_not_be_read_at_first_is_told_once_it_can_be(stage: Stage) -> None:
    stage.say("t1", State.STARTED, args="short…", long_args="the long form")
    stage.relay.live = False
    (row,) = stage.watch("ann", {"task": "t1"}).tasks
    assert row.args == "short…"
    stage.relay.live = True
    stage.viewers.flush()
    (frame,) = stage.wire.to("ann", "frame")
    assert (frame.put[0].args, [entry.message for entry in frame.log]) == ("the long form", ["STARTED"])


@pytest.mark.parametrize("leaps", [True, False], ids=["in one frame", "twin: anew"])
def test_who_is_in_step_shows_no_row_that_left_even_if_more_left_than_a_view_remembers(
    stage: Stage, leaps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListView, "leaps", leaps)
    for number in range(200):
        stage.say(f"old{number}", State.PENDING)
    answer = stage.watch("ann", {"view": {}})
    rows = {task.id for task in answer.tasks}
    for number in range(GONE_KEPT + 400):
        stage.say(f"t{number}", State.PENDING)
    stage.viewers.flush()
    for frame in stage.wire.to("ann", "frame"):
        rows = (rows - set(frame.drop)) | {task.id for task in frame.put}
    newest = {task.id for task in stage.watch("bob", {"view": {}}).tasks}
    assert len(newest) == 200
    assert (rows == newest) is leaps
    assert (stage.wire.to("ann", "resync") == []) is leaps


def test_who_was_behind_when_more_left_than_a_view_remembers_starts_anew(stage: Stage) -> None:
    born = time.time() - 60
    for number in range(3 * GONE_KEPT):
        stage.say(f"t{number}", State.PENDING, created_at=born + number / 100)
    watch = stage.watch("ann", {"view": {"older": 60, "limit": 5}}).watch
    (view,) = stage.relay.mirror.opened()
    assert isinstance(view, ListView)

    def pass_time(seconds: float) -> None:
        end = view._now + seconds
        while view._now < end - 1e-6:
            view.pass_time(end, stage.relay.position.offset)

    pass_time(3)
    stage.viewers.flush()
    cursor = stage.viewers._cursors["ann"][watch]
    cursor.waiting_since = time.monotonic() - BEHIND_AFTER - 1
    pass_time(12)
    stage.viewers.flush()
    assert cursor.behind
    pass_time(1)  # which is told as of the same offset
    stage.viewers.seen("ann", {"watch": watch, "offset": stage.relay.position.offset})
    assert [resync.watch for resync in stage.wire.to("ann", "resync")] == [watch]


@pytest.mark.parametrize("target", [{"view": {"limit": 5}}, {"task": "t0"}], ids=["list", "task"])
def test_who_comes_to_a_view_that_was_left_is_told_just_what_is_new_since_the_answer(
    stage: Stage, target: dict[str, Any]
) -> None:
    stage.say("t0", State.STARTED)
    stage.watch("ann", target)
    stage.viewers.flush()
    stage.viewers.disconnect("ann")
    lines = tuple(Line(at=1.0, level="info", message=str(number)) for number in range(2 * LOG_KEPT))
    stage.say("t0", State.PROGRESS, log=lines)
    for number in range(GONE_KEPT + 10):
        stage.say(f"x{number}", State.PENDING)
    answer = stage.watch("bob", target)
    stage.viewers.flush()
    stage.say("t0", State.SUCCESS)
    stage.say("last", State.PENDING)
    stage.viewers.flush()
    assert stage.wire.to("bob", "resync") == []
    frames, at = stage.wire.to("bob", "frame"), answer.offset
    for frame in frames:
        assert frame.from_ <= at
        at = frame.to
    shown = "last" if "view" in target else "t0"
    assert shown in [task.id for task in frames[-1].put]


def test_a_view_has_those_who_look_at_it_and_nobody_else(stage: Stage) -> None:
    for sid in ("ann", "bob"):
        for task_id in ("t1", "t2"):
            stage.watch(sid, {"task": task_id})
    stage.watch("cid", {"task": "t1"})
    audiences = stage.viewers._audiences
    assert {key: set(found) for key, found in audiences.items()} == {
        "task:t1": {"ann", "bob", "cid"},
        "task:t2": {"ann", "bob"},
    }
    assert all(found[sid] is stage.viewers._cursors[sid][key] for key, found in audiences.items() for sid in found)
    stage.viewers.disconnect("ann")
    assert stage.viewers.unwatch("bob", {"watch": "task:t2"}) == Done()
    assert {key: set(found) for key, found in audiences.items()} == {"task:t1": {"bob", "cid"}}
    assert stage.viewers.census().views == 1


def test_texts_to_search_are_put_together_once_for_all_views(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.say("t1", State.STARTED)
    for word in ("a", "b", "c"):
        stage.watch("ann", {"view": {"q": word}})
        stage.watch("ann", {"view": {"not": {"q": ["x", "y", word]}}})
    made: list[Task] = []

    def texts(tasks: list[Task]) -> list[str]:
        made.extend(tasks)
        return search_texts(tasks)

    monkeypatch.setattr("phloem_server.mirror.search_text.search_texts", texts)
    stage.say("t1", State.PROGRESS)
    assert [task.state for task in made] == [State.STARTED, State.PROGRESS]


def test_who_left_before_something_was_read_is_told_it_when_he_is_back(stage: Stage) -> None:
    stage.say("t1", State.STARTED, args="short…", long_args="the long form")
    stage.relay.live = False
    first = stage.watch("ann", {"task": "t1"})
    stage.watch("bob", {"task": "t1"})
    stage.viewers.disconnect("ann")
    stage.relay.live = True
    stage.viewers.flush()
    again = stage.watch("ann", {"task": "t1", "since": {"epoch": first.epoch, "offset": first.offset}})
    assert again.tasks[0].args == "the long form"


def test_who_is_behind_on_a_task_is_told_its_end_and_log_in_one_frame(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    stage.say("t1", State.STARTED)
    stage.watch("slow", {"task": "t1"})
    for tick in range(300):
        clock[0] += 0.05
        lines = (Line(at=1.0, level="info", message=f"line {tick}"),)
        state = State.SUCCESS if tick == 299 else State.PROGRESS
        stage.say("t1", state, percent=float(tick), log=lines)
        stage.viewers.flush()
    clock[0] += BEHIND_TICK
    stage.viewers.flush()
    assert stage.wire.to("slow", "resync") == []
    frames = stage.wire.to("slow", "frame")
    assert all(frame.from_ <= before.to for before, frame in pairwise(frames))
    assert frames[-1].put[0].state is State.SUCCESS
    said = [entry.message for frame in frames for entry in frame.log if entry.kind == "log"]
    assert list(dict.fromkeys(said)) == [f"line {tick}" for tick in range(300)]


def test_a_refused_watch_leaves_no_view_behind(stage: Stage) -> None:
    for number in range(WATCHES):
        stage.watch("ann", {"task": f"t{number}"})
    for number in range(100):
        assert isinstance(stage.viewers.watch("ann", {"task": f"more{number}"}), Refusal)
    assert len(stage.relay.mirror._views) == WATCHES


def test_who_does_not_read_what_he_asked_for_gets_no_more(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    stage.wire.unread.add("ann")
    for _ in range(ANSWERS):
        stage.wire.send("answer", None, to="ann")
    refusal = stage.viewers.watch("ann", {"view": {}})
    assert isinstance(refusal, Refusal)
    assert "wait to be read" in refusal.error


def test_after_unwatch_nothing_comes(stage: Stage) -> None:
    watch = stage.watch("ann", {"view": {}}).watch
    assert stage.viewers.unwatch("ann", {"watch": watch}) == Done()
    stage.say("t1", State.STARTED)
    stage.viewers.flush()
    assert stage.wire.to("ann", "frame") == []


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (None, "Expected `object`, got `null`"),
        ("view", "Expected `object`, got `str`"),
        ({}, "either a view or a task"),
        ({"view": {}, "task": "t1"}, "either a view or a task"),
        ({"view": []}, "Expected `object | null`, got `array` - at `$.view`"),
        ({"view": {"state": "DONE"}}, "state is 'DONE'"),
        ({"task": ""}, "task is 0 characters long"),
        ({"task": "x" * 1000}, "task is 1000 characters long; expected 1 to 256"),
        ({"task": 7}, "Expected `str | null`, got `int` - at `$.task`"),
        ({"view": {}, "since": 3}, "at `$.since`"),
        ({"view": {}, "since": {"epoch": "e", "offset": "1"}}, "at `$.since.offset`"),
    ],
)
def test_a_message_that_does_not_fit_is_answered_with_what_came_and_what_was_expected(
    stage: Stage, message: Any, said: str
) -> None:
    stage.viewers.connect("ann")
    answer = stage.viewers.watch("ann", message)
    assert isinstance(answer, Refusal)
    assert said in answer.error


def test_one_connection_opens_only_so_many_views(stage: Stage) -> None:
    for number in range(WATCHES):
        stage.watch("ann", {"task": f"t{number}"})
    refusal = stage.viewers.watch("ann", {"task": "one more"})
    assert isinstance(refusal, Refusal)
    assert f"{WATCHES} views are open" in refusal.error


@pytest.mark.parametrize("message", [{"watch": "other", "offset": 1}, {"watch": 3, "offset": 1}, {"watch": "x"}, 5])
def test_seen_of_something_else_is_refused(stage: Stage, message: Any) -> None:
    stage.watch("ann", {"view": {}})
    assert isinstance(stage.viewers.seen("ann", message), Refusal)


def test_frames_are_json_with_the_names_of_the_contract() -> None:
    frame = Frame(watch="w", epoch="e", from_=1, to=2, put=(), drop=("t1",), totals={"SUCCESS": 1})
    assert Json.loads(Json.dumps(["frame", frame], separators=(",", ":"))) == [
        "frame",
        {
            "watch": "w",
            "epoch": "e",
            "from": 1,
            "to": 2,
            "put": [],
            "drop": ["t1"],
            "totals": {"SUCCESS": 1},
            "next": None,
            "searching": False,
            "lag": 0.0,
            "tick": 0.0,
        },
    ]


def test_what_is_not_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="malformed"):
        Json.loads("{not json")
    with pytest.raises(ValueError, match="recursion"):
        Json.loads("[" * 30_000)


def test_others_who_come_and_leave_are_told_at_most_every_two_seconds(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    stage.viewers._presence._told_at = clock[0]
    stage.say("t1", State.STARTED)
    assert stage.watch("ann", {"view": {}}).watching == Watching(view=1, all=1)
    for number in range(32):
        clock[0] += TELL_EVERY / 16  # which adds up without rounding
        assert stage.watch(f"guest{number}", {"task": "t1"}).watching == Watching(view=number + 1, all=number + 2)
        stage.viewers.flush()
    frames = stage.wire.to("ann", "frame")
    assert [frame.watching for frame in frames] == [Watching(view=1, all=17), Watching(view=1, all=33)]
    assert all((frame.from_, frame.to, frame.put, frame.drop) == (1, 1, (), ()) for frame in frames)
    stage.viewers.disconnect("guest0")
    clock[0] += 1
    stage.viewers.flush()
    assert len(stage.wire.to("ann", "frame")) == 2
    stage.say("t1", State.SUCCESS)
    stage.viewers.flush()
    assert stage.wire.to("ann", "frame")[2].watching == Watching(view=1, all=32), "with what is new anyway, at once"


def silent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass in which tasks change and nothing is heard of "ann"."""
    clock = [100.0]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])

    def passes(seconds: float) -> None:
        for _ in range(int(seconds)):
            clock[0] += 1
            stage.say("t1", State.PROGRESS, percent=clock[0] % 100)
            stage.viewers.flush()

    return passes


def test_who_is_silent_for_too_long_is_told_to_watch_again_and_then_cut_off(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = silent(stage, monkeypatch)
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
def test_a_sign_of_who_was_told_to_watch_again_is_enough(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    passes = silent(stage, monkeypatch)
    key = stage.watch("ann", {"view": {}}).watch
    passes(BEHIND_AFTER + SILENT_LIMIT + 2)
    assert len(stage.wire.to("ann", "resync")) == 1
    if sign == "watch":
        stage.watch("ann", {"view": {}})
    else:
        stage.viewers.seen("ann", {"watch": key, "offset": stage.relay.position.offset})
    told = len(stage.wire.to("ann", "frame"))
    passes(BEHIND_AFTER)
    assert len(stage.wire.to("ann", "frame")) > told
    passes(SILENT_LIMIT - 4)
    assert stage.wire.cuts == []


def test_at_a_stop_all_are_sent_away_in_no_order_and_not_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    cuts: dict[str, float] = {}
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("phloem_server.live.hub.time.sleep", lambda seconds: clock.append(clock.pop() + seconds))
    monkeypatch.setattr(stage.wire, "cut", lambda sid: cuts.setdefault(sid, clock[0] - 100))
    names = [f"guest{number}" for number in range(100)]
    for name in names:
        stage.watch(name, {"view": {}})
    stage.viewers.dismiss(1.0)
    assert sorted(cuts) == sorted(names)
    assert list(cuts) != names
    assert [round(at, 2) for at in cuts.values()] == [number / 100 for number in range(100)]


def test_what_one_is_told_alone_is_not_taken_for_told_to_all(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [time.monotonic()]
    monkeypatch.setattr("phloem_server.live.hub.time.monotonic", lambda: clock[0])
    stage.watch("ann", {"view": {}})
    stage.watch("slow", {"view": {}})
    stage.wire.blocked.add("slow")
    stage.say("t1", State.STARTED)
    stage.viewers.flush()
    stage.watch("cid", {"view": {}})
    stage.wire.blocked.clear()
    stage.viewers.flush()
    assert stage.wire.to("slow", "frame")[-1].watching == Watching(view=3, all=3)
    clock[0] += TELL_EVERY + 1
    stage.viewers.flush()
    assert stage.wire.to("ann", "frame")[-1].watching == Watching(view=3, all=3)
