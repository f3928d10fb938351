from __future__ import annotations

import pytest

from phloem.model.state import State
from phloem.sharing.token import Share
from phloem_server.access.principal import bearer_of
from phloem_server.live.audiences import KEPT_SECONDS, KEPT_VIEWS
from phloem_server.live.protocol import Done, Watching
from tests.unit.server.live.stage import Stage


def test_a_view_without_clients_is_not_read_and_closed_after_a_while(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.watch("ann", {"task": "t1"})
    stage.hub.disconnect("ann")
    stage.say("t1", State.STARTED)
    monkeypatch.setattr(stage.channel, "task", lambda _: pytest.fail("it is read for no client"))
    stage.delivery.flush()
    stage.clock.now += KEPT_SECONDS + 1
    stage.delivery.flush()
    assert stage.follower.mirror.opened() == []


def test_views_without_clients_are_kept_up_to_a_number(stage: Stage) -> None:
    stage.watch("bob", {"task": "looked at"})
    for number in range(KEPT_VIEWS + 10):
        stage.watch("ann", {"task": str(number)})
        assert stage.hub.unwatch("ann", {"watch": f"task:{number}"}) == Done()
    opened = {view.key for view in stage.follower.mirror.opened()}
    assert opened == {"task:looked at", *(f"task:{n}" for n in range(10, KEPT_VIEWS + 10))}


def test_a_view_has_the_clients_that_watch_it_and_no_others(stage: Stage) -> None:
    for sid in ("ann", "bob"):
        for task_id in ("t1", "t2"):
            stage.watch(sid, {"task": task_id})
    stage.watch("cid", {"task": "t1"})
    assert {key: set(found) for key, found in stage.audiences.each()} == {
        "task:t1": {"ann", "bob", "cid"},
        "task:t2": {"ann", "bob"},
    }
    assert all(found[sid] is stage.audiences.cursor(sid, key) for key, found in stage.audiences.each() for sid in found)
    stage.hub.disconnect("ann")
    assert stage.hub.unwatch("bob", {"watch": "task:t2"}) == Done()
    assert {key: set(found) for key, found in stage.audiences.each()} == {"task:t1": {"bob", "cid"}}
    assert stage.hub.census().views == 1


@pytest.mark.parametrize(
    "scope",
    [
        Share(task="t1", actions=("see",), exp=2e9),
        Share(root="t1", actions=("see",), exp=2e9),
        Share(owner="ann", actions=("see",), exp=2e9),
    ],
    ids=["task", "root", "owner"],
)
def test_whoever_is_limited_to_some_tasks_is_told_of_no_other_connection(stage: Stage, scope: Share) -> None:
    for sid in ("ann", "bob", "cid"):
        stage.watch(sid, {"task": "t1"})
    stage.hub.connect("dan", bearer_of(scope))
    answer = stage.watch("dan", {"task": "t1"})
    assert answer.watching == Watching(view=1, all=1)
    assert stage.watch("ann", {"task": "t1"}).watching == Watching(view=3, all=4)


def test_a_view_that_was_closed_and_opened_again_is_another(stage: Stage) -> None:
    stage.watch("ann", {"task": "t1"})
    [closed] = stage.follower.mirror.opened()
    stage.hub.disconnect("ann")
    stage.clock.now += KEPT_SECONDS + 1
    stage.delivery.flush()
    stage.watch("bob", {"task": "t1"})
    [opened] = stage.follower.mirror.opened()
    assert (stage.audiences.has(closed), stage.audiences.has(opened)) == (False, True)
