from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from phloem.model.state import State
from phloem.sharing.token import Share
from phloem_server.access.principal import ANYONE, bearer_of, onlooker
from phloem_server.live import hub
from phloem_server.live.audiences import KEPT_SECONDS
from phloem_server.live.cursor import UNREAD_LIMIT
from phloem_server.live.hub import VIEWS_LIMIT
from phloem_server.live.protocol import Answer, Done, Refusal
from tests.unit.server.live.stage import Stage


def test_the_answer_holds_what_the_view_shows_now(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    answer = stage.watch("ann", {"view": {}})
    assert ([task.id for task in answer.tasks], answer.offset, answer.resumed) == (["t1"], 1, False)
    assert answer.totals["STARTED"] == 1


def test_a_client_that_may_look_at_single_tasks_is_refused_lists(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    stage.hub.connect("eve", onlooker(ANYONE))
    refusal = stage.hub.watch("eve", {"view": {}})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.again) == ("scope_exceeded", False)
    answer = stage.hub.watch("eve", {"task": "t1"})
    assert isinstance(answer, Answer)
    assert [task.id for task in answer.tasks] == ["t1"]


def test_nobody_waits_while_an_application_is_asked_what_somebody_may_see(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def may(*_: object) -> bool:
        other = threading.Thread(target=stage.hub.connect, args=("bob", ANYONE))
        other.start()
        other.join(10)
        return not other.is_alive()

    monkeypatch.setattr(hub, "may", may)
    stage.say("t1", State.STARTED)
    assert isinstance(stage.watch("ann", {"view": {}}), Answer)


def test_who_leaves_while_that_is_asked_is_told_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def may(*_: object) -> bool:
        stage.hub.disconnect("ann")
        return True

    monkeypatch.setattr(hub, "may", may)
    stage.hub.connect("ann")
    refusal = stage.hub.watch("ann", {"view": {}})
    assert isinstance(refusal, Refusal)
    assert refusal.error == "This connection is closed."


def test_the_bearer_of_a_token_is_shown_its_task_and_no_other(stage: Stage) -> None:
    for name in ("t1", "t2"):
        stage.say(name, State.STARTED)
    stage.hub.connect("eve", bearer_of(Share(task="t1", actions=("see",), exp=time.time() + 60)))
    assert isinstance(stage.hub.watch("eve", {"task": "t1"}), Answer)
    others: list[dict[str, Any]] = [{"task": "t2"}, {"view": {}}, {"view": {"q": "t1"}}]
    for other in others:
        refusal = stage.hub.watch("eve", other)
        assert isinstance(refusal, Refusal)
        assert (refusal.code, refusal.error) == (
            "scope_exceeded",
            "This is not the task that the token is for, which is all that its bearer may look at.",
        )


def test_a_client_that_comes_back_gets_only_what_changed(stage: Stage) -> None:
    for number in range(5):
        stage.say(f"t{number}", State.STARTED)
    first = stage.watch("ann", {"view": {}})
    stage.hub.disconnect("ann")
    stage.say("t2", State.SUCCESS)
    since = {"epoch": first.epoch, "offset": first.offset}
    again = stage.watch("ann2", {"view": {}, "since": since})
    assert (again.resumed, [task.id for task in again.tasks]) == (True, ["t2"])


def test_a_client_from_a_server_that_is_further_on_is_not_shown_what_is_older(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    epoch = stage.follower.position.epoch
    stage.follower.liveness.lost()
    further = {"view": {}, "since": {"epoch": "of a record that started anew", "offset": 1}}
    stage.hub.connect("ann")
    refusal = stage.hub.watch("ann", further)
    assert isinstance(refusal, Refusal)
    assert refusal.again
    stage.follower.liveness.found()
    assert len(stage.watch("ann", further).tasks) == 1
    stage.follower.liveness.lost()
    assert stage.watch("bob", {"view": {}, "since": {"epoch": epoch, "offset": 1}}).resumed
    assert len(stage.watch("eve", {"view": {}}).tasks) == 1


@pytest.mark.parametrize(("said", "shown"), [({"searching": True}, ["t1"]), ({}, [])])
def test_a_client_that_left_while_rows_were_still_to_come_is_told_all_of_them_by_another_process(
    stage: Stage, said: dict[str, Any], shown: list[str]
) -> None:
    stage.say("t1", State.SUCCESS)
    there = Stage(stage.channel)
    there.watch("bob", {"view": {}})  # its view has found that row
    stage.watch("ann", {"view": {}})
    stage.follower.mirror.replace(stage.follower.index, stage.follower.position)  # the record was read anew
    left = stage.watch("ann", {"view": {}})
    assert (left.tasks, left.searching) == ((), True)
    since = {"epoch": left.epoch, "offset": left.offset}
    came = there.watch("ann", {"view": {}, "since": since, **said})
    assert [task.id for task in came.tasks] == shown  # a twin: it would not be told any more
    assert came.resumed is not bool(said)


@pytest.mark.parametrize("since", [{"epoch": "other", "offset": 1}, {"offset": 1}, {"epoch": "", "offset": 10**9}])
def test_a_client_of_another_record_gets_everything(stage: Stage, since: dict[str, Any]) -> None:
    stage.say("t1", State.STARTED)
    answer = stage.watch("ann", {"view": {}, "since": since})
    assert (answer.resumed, len(answer.tasks)) == (False, 1)


@pytest.mark.parametrize("live", [True, False])
def test_a_client_that_was_shown_more_of_this_record_is_asked_to_wait_until_it_is_known_here(
    stage: Stage, live: bool
) -> None:
    stage.say("t1", State.STARTED)
    since = {"epoch": stage.follower.position.epoch, "offset": 2}
    stage.set_live(live)
    stage.hub.connect("ann")
    refusal = stage.hub.watch("ann", {"view": {}, "since": since})
    assert isinstance(refusal, Refusal)
    assert refusal.again
    stage.say("t1", State.SUCCESS)
    answer = stage.watch("ann", {"view": {}, "since": since})
    assert (answer.resumed, answer.tasks) == (True, ())


def test_a_client_that_was_shown_an_offset_that_redis_never_reached_is_shown_what_is_true(stage: Stage) -> None:
    stage.say("t1", State.STARTED)
    since = {"epoch": stage.follower.position.epoch, "offset": 10**9}
    stage.hub.connect("ann")
    assert isinstance(stage.hub.watch("ann", {"view": {}, "since": since}), Refusal)
    stage.follower.catch_up()  # the check of every second
    answer = stage.watch("ann", {"view": {}, "since": since})
    assert (answer.resumed, [task.id for task in answer.tasks]) == (False, ["t1"])


def test_before_the_record_was_read_no_client_is_told_that_it_is_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("phloem_server.live.hub.FIRST_READ_SECONDS", 0.01)
    stage = Stage(is_known=False)
    stage.hub.connect("ann")
    refusal = stage.hub.watch("ann", {"view": {}})
    assert isinstance(refusal, Refusal)
    assert refusal.again
    stage.follower.catch_up()
    assert stage.watch("ann", {"view": {}}).epoch == stage.follower.position.epoch


@pytest.mark.parametrize("leave", ["unwatch", "disconnect"])
def test_a_client_that_leaves_while_a_view_is_read_is_not_in_it_afterwards(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, leave: str
) -> None:
    stage.hub.connect("ann")

    def read(_: object) -> None:
        if leave == "unwatch":
            assert stage.hub.unwatch("ann", {"watch": "task:t1"}) == Done()
        else:
            stage.hub.disconnect("ann")

    monkeypatch.setattr(stage.follower.views, "refresh", read)
    assert isinstance(stage.hub.watch("ann", {"task": "t1"}), Refusal)
    assert stage.wire.rooms.get("task:t1", set()) == set()
    assert stage.audiences.of("task:t1") == {}
    stage.clock.now += KEPT_SECONDS + 1
    stage.delivery.flush()
    assert stage.follower.mirror.opened() == []


def test_a_refused_watch_leaves_no_view_behind(stage: Stage) -> None:
    for number in range(VIEWS_LIMIT):
        stage.watch("ann", {"task": f"t{number}"})
    for number in range(100):
        assert isinstance(stage.hub.watch("ann", {"task": f"more{number}"}), Refusal)
    assert len(stage.follower.mirror.opened()) == VIEWS_LIMIT


def test_a_client_that_does_not_read_its_answers_gets_no_more(stage: Stage) -> None:
    stage.watch("ann", {"view": {}})
    stage.wire.unread.add("ann")
    for _ in range(UNREAD_LIMIT):
        stage.wire.send("answer", None, to="ann")
    refusal = stage.hub.watch("ann", {"view": {}})
    assert isinstance(refusal, Refusal)
    assert "wait to be read" in refusal.error


def test_after_unwatch_nothing_comes_though_others_still_watch(stage: Stage) -> None:
    for sid in ("ann", "bob"):
        watch = stage.watch(sid, {"view": {}}).watch
    assert stage.hub.unwatch("ann", {"watch": watch}) == Done()
    stage.say("t1", State.STARTED)
    stage.delivery.flush()
    assert [len(stage.wire.to(sid, "frame")) for sid in ("ann", "bob")] == [0, 1]


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
        ({"task": "x" * 10_001}, "task is 10001 characters long; expected 1 to 10000"),
        ({"task": 7}, "Expected `str | null`, got `int` - at `$.task`"),
        ({"view": {}, "since": 3}, "at `$.since`"),
        ({"view": {}, "since": {"epoch": "e", "offset": "1"}}, "at `$.since.offset`"),
    ],
)
def test_a_message_that_does_not_fit_is_answered_with_what_came_and_what_was_expected(
    stage: Stage, message: Any, said: str
) -> None:
    stage.hub.connect("ann")
    answer = stage.hub.watch("ann", message)
    assert isinstance(answer, Refusal)
    assert said in answer.error


def test_one_connection_opens_only_so_many_views(stage: Stage) -> None:
    for number in range(VIEWS_LIMIT):
        stage.watch("ann", {"task": f"t{number}"})
    refusal = stage.hub.watch("ann", {"task": "one more"})
    assert isinstance(refusal, Refusal)
    assert f"{VIEWS_LIMIT} views are open" in refusal.error


@pytest.mark.parametrize("message", [{"watch": "other", "offset": 1}, {"watch": 3, "offset": 1}, {"watch": "x"}, 5])
def test_seen_of_something_else_is_refused(stage: Stage, message: Any) -> None:
    stage.watch("ann", {"view": {}})
    assert isinstance(stage.hub.seen("ann", message), Refusal)


def test_at_a_stop_all_connections_end_in_no_order_and_not_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts: dict[str, float] = {}
    monkeypatch.setattr(stage.wire, "cut", lambda sid: cuts.setdefault(sid, stage.clock.now - 100))
    names = [f"guest{number}" for number in range(100)]
    for name in names:
        stage.watch(name, {"view": {}})
    stage.hub.dismiss(1.0)
    assert sorted(cuts) == sorted(names)
    assert list(cuts) != names
    assert [round(at, 2) for at in cuts.values()] == [number / 100 for number in range(100)]
