"""What clients that see the tasks of some are told in place of offsets."""

from __future__ import annotations

import itertools
from itertools import pairwise

import msgspec
import pytest

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.mirror import Mirror
from phloem_server.mirror.moments import TOLD_LIMIT, Timed, micros
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.scope import Scope

ANN = Scope(owner="ann")
NOON = 1_800_000_000.0


def task(offset: int, known_at: float | None = None, owner: str = "ann") -> Task:
    return Task(
        id=f"t{offset}", state=State.STARTED, offset=offset, first_offset=offset, known_at=known_at, owner=owner
    )


def firsts(index: TaskIndex, *places: int) -> list[int]:
    return [index.arrivals.of(place) for place in places]


def test_a_client_is_told_when_it_was_told_and_not_how_far_the_record_is() -> None:
    for offset in (3, 3_000_000):
        view = Timed()
        told = view.tell(offset, 0, NOON)
        assert abs(told - micros(NOON)) < 1000
        assert view.tell(offset + 7, 1, NOON - 60) > told  # also where the clock is set back
        assert view.told(told) == view.offset(told) == offset


def test_the_moment_is_the_same_until_the_view_changes_whatever_else_does() -> None:
    view = Timed()
    told = view.tell(3, 4, NOON)
    assert {view.tell(offset, 4, NOON + offset) for offset in range(4, 10_000)} == {told}
    assert view.told(told) == 9_999
    assert view.tell(9_999, 5, NOON) > told


def test_moments_lead_where_the_offsets_lead_for_which_they_stand() -> None:
    view = Timed()
    first, again, later = (view.tell(n, c, NOON) for n, c in ((5, 0), (8, 0), (9, 1)))
    assert first == again < later
    assert [view.since(offset) for offset in (4, 5, 8, 9)] == [first, first, first, later]
    assert [view.upto(offset) for offset in (4, 5, 8, 9, 99)] == [0, first, first, later, later]
    assert [view.offset(position) for position in (first - 1, first, later - 1, later, later + 9)] == [0, 8, 8, 9, 9]
    assert view.since(10) > later  # nobody was told that


def test_only_what_a_view_has_told_itself_is_gone_on_from() -> None:
    view = Timed()
    told = view.tell(5, 0, NOON)
    assert [view.told(position) for position in (told - 1, told, told + 1, 5)] == [None, 5, None, None]
    for number in range(1, TOLD_LIMIT + 1):
        last = view.tell(5 + number, number, NOON)
    assert (view.told(told), view.told(last)) == (None, TOLD_LIMIT + 5)
    assert view.since(5) > told  # who has not been told since is not taken for somebody who was


def test_tasks_have_the_times_at_which_the_record_heard_of_them() -> None:
    index = TaskIndex()
    for place in (3, 900_000):
        index.put(task(place, NOON + place / 1_000_000))
    assert firsts(index, 3, 900_000) == [micros(NOON) + 3, micros(NOON) + 900_000]


def test_tasks_of_a_record_of_an_earlier_version_keep_their_order() -> None:
    index = TaskIndex()
    for place in (7, 2, 30):
        index.put(task(place))
    index.put(task(40, NOON))
    assert firsts(index, 2, 7, 30, 40) == [2, 7, 30, micros(NOON)]


@pytest.mark.parametrize("order", [(10, 20, 30, 40, 50), (50, 30, 20, 40, 10)])
def test_tasks_that_processes_of_an_earlier_version_made_known_are_behind_the_one_before(
    order: tuple[int, ...],
) -> None:
    index = TaskIndex()
    for place in order:
        index.put(task(place, NOON + place if place in (20, 50) else None))
    moments = firsts(index, 10, 20, 30, 40, 50)
    assert all(before < after for before, after in pairwise(moments))
    assert moments[2:4] == [micros(NOON + 20) + 1, micros(NOON + 20) + 2]
    index.drop("t20")
    assert firsts(index, 30, 40) == moments[2:4]


def test_a_task_keeps_its_time_where_a_process_of_an_earlier_version_tells_of_it_later() -> None:
    index = TaskIndex()
    index.put(task(10, NOON))
    index.put(task(20, NOON + 1))
    for offset in (30, 31):
        index.put(Task(id="t20", state=State.SUCCESS, offset=offset, first_offset=20, owner="ann"))
        assert firsts(index, 20) == [micros(NOON + 1)]
    index.drop("t20")
    index.put(task(20))
    assert firsts(index, 20) == [micros(NOON) + 1]


def test_after_the_first_task_with_a_time_was_removed_none_goes_back_before_it() -> None:
    index = TaskIndex()
    for place in (10, 20, 30):
        index.put(task(place, NOON if place == 10 else None))
    index.drop("t10")
    assert firsts(index, 20, 30) == [micros(NOON) + 1, micros(NOON) + 2]


def test_pages_of_an_owner_lead_from_task_to_task_by_moments() -> None:
    mirror = Mirror()
    owned = [task(n, NOON + n / 1e6, "ann" if n % 7 == 0 else "bob") for n in range(1, 300)]
    mirror.apply(Changes(epoch="e", from_=0, to=299, tasks=tuple(owned), at=NOON), heard=True)
    found: list[str] = []
    before: int | None = None
    while True:
        page = mirror.page(Query.parse({"limit": 5, **({} if before is None else {"before": before})}, ANN))
        found += [each.id for each in page.tasks]
        assert page.epoch != "e"
        assert all(moment > micros(NOON) - 1 for each in page.tasks for moment in (each.offset, each.first_offset))
        if page.next is None:
            break
        before = page.next
        assert before > micros(NOON)
    assert found == [f"t{n}" for n in range(294, 0, -7)]


def test_pages_of_an_owner_hold_each_task_once_where_many_of_several_owners_became_known_at_once() -> None:
    mirror = Mirror()
    owners = ["ann"] * 9 + ["bob"] * 3 + ["ann", "bob"] * 4 + ["ann"] * 5
    own = {"ann": itertools.count(), "bob": itertools.count()}  # as the record counts them, see `changes.lua`
    tasks = tuple(task(n, NOON + next(own[owner]) / 1e6, owner) for n, owner in enumerate(owners, 1))
    mirror.apply(Changes(epoch="e", from_=0, to=len(tasks), tasks=tasks, at=NOON), heard=True)
    for owner in own:
        rows = [each.id for each in reversed(tasks) if each.owner == owner]
        for limit in range(1, 5):
            page = mirror.page(Query.parse({"limit": limit}, Scope(owner=owner)))
            found = [each.id for each in page.tasks]
            while page.next is not None and len(found) < len(rows):
                page = mirror.page(Query.parse({"limit": limit, "before": page.next}, Scope(owner=owner)))
                found += [each.id for each in page.tasks]
            assert found == rows


def test_pages_of_a_workflow_hold_each_task_once() -> None:
    mirror = Mirror()
    roots = ["t1", "t2", "t2", "t2", "t1", "t2", "t1", "t1"]
    own = {"t1": itertools.count(), "t2": itertools.count()}
    tasks = tuple(
        msgspec.structs.replace(task(n, NOON + next(own[root]) / 1e6), root_id=root) for n, root in enumerate(roots, 1)
    )
    mirror.apply(Changes(epoch="e", from_=0, to=len(tasks), tasks=tasks, at=NOON), heard=True)
    scope = Scope(root="t1")
    page = mirror.page(Query.parse({"limit": 1}, scope))
    found = [each.id for each in page.tasks]
    while page.next is not None and len(found) < len(tasks):
        page = mirror.page(Query.parse({"limit": 1, "before": page.next}, scope))
        found += [each.id for each in page.tasks]
    assert found == ["t8", "t7", "t5", "t1"]


def test_a_task_without_a_time_is_behind_the_one_before_it_of_its_owner_and_tells_nothing_of_others() -> None:
    index = TaskIndex()
    for place, at, owner in ((1, NOON, "ann"), (2, NOON + 9, "ann"), (3, NOON + 1, "bob"), (4, None, "ann")):
        index.put(task(place, at, owner))
    assert firsts(index, 2, 4) == [micros(NOON + 9), micros(NOON + 9) + 1]


def test_an_offset_finds_nothing_out(mirror_of_two: Mirror) -> None:
    """Who could ask for tasks before an offset would find that of each of their tasks in a few questions."""
    for before in (0, 1, 5, 10, 11):
        assert mirror_of_two.page(Query.parse({"before": before}, ANN)).tasks == ()
    assert len(mirror_of_two.page(Query.parse({"before": 11}, None)).tasks) == 10
    assert len(mirror_of_two.page(Query.parse({"before": micros(NOON + 6)}, ANN)).tasks) == 3


@pytest.fixture
def mirror_of_two() -> Mirror:
    mirror = Mirror()
    tasks = tuple(task(n, NOON + n, "ann" if n % 2 else "bob") for n in range(1, 11))
    mirror.apply(Changes(epoch="e", from_=0, to=10, tasks=tasks, at=NOON + 10), heard=True)
    return mirror
