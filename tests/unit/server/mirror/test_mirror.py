from __future__ import annotations

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.follower import Follower
from phloem_server.mirror.query.query import Query
from tests.unit.server.mirror.following import Producer, Scripted, eventually, rows


def test_a_view_is_shared_by_equal_queries(follower: Follower) -> None:
    assert follower.mirror.open(Query(limit=5)) is follower.mirror.open(Query(limit=5))
    assert follower.mirror.open(Query(limit=5)) is not follower.mirror.open(Query(limit=6))


def test_pages_follow_each_other_without_a_gap(follower: Follower, said: Producer) -> None:
    for number in range(7):
        said(f"t{number}", State.PENDING)
    eventually(lambda: len(rows(follower)) == 7)
    first = follower.mirror.page(Query(limit=3))
    second = follower.mirror.page(Query(limit=3, before=first.next))
    third = follower.mirror.page(Query(limit=3, before=second.next))
    assert [task.id for page in (first, second, third) for task in page.tasks] == [f"t{n}" for n in range(6, -1, -1)]
    assert third.next is None
    assert first.totals["PENDING"] == 7


def test_a_message_that_puts_two_tasks_at_one_place_leaves_the_one_that_it_tells_of(channel: Scripted) -> None:
    said = Producer(channel)
    said("t1", State.STARTED)
    follower = Follower(channel)
    follower.catch_up()
    view = follower.mirror.open(Query())
    follower.views.refresh(view)
    forged = Task(id="t2", state=State.STARTED, offset=2, first_offset=1)
    follower.take(Changes(epoch=follower.position.epoch, from_=1, to=2, tasks=(forged,)), heard=True)
    assert list(follower.index.newest()) == list(view.news(None).put) == [forged]
    assert view.news(1).drop == ("t1",)
