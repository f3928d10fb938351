"""Views of clients that are limited to some tasks: what lies outside looks as what does not exist."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.model.task import LogEntry, Task
from phloem_server.mirror.list_view import ListView
from phloem_server.mirror.mirror import Mirror
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.scope import Scope
from phloem_server.mirror.task_view import TaskView
from phloem_server.mirror.view import View

WITHIN = Scope(root="mine")
ANN = Scope(owner="ann")


def task(task_id: str, offset: int, root_id: str | None, state: State = State.STARTED) -> Task:
    return Task(id=task_id, root_id=root_id, state=state, offset=offset, first_offset=offset)


class Told:
    """A mirror that is told of tasks."""

    def __init__(self) -> None:
        self.mirror = Mirror()
        self.offset = 0

    def tell(self, *tasks: tuple[str, str | None], log: bool = False) -> None:
        found = []
        logs: dict[str, tuple[LogEntry, ...]] = {}
        start = self.offset
        for task_id, root_id in tasks:
            self.offset += 1
            found.append(task(task_id, self.offset, root_id))
            if log:
                logs[task_id] = (LogEntry(id=f"{self.offset}-0", at=1.0, kind="line", level="info", message="said"),)
        changes = Changes(epoch="e", from_=start, to=self.offset, tasks=tuple(found), drop=(), logs=logs)
        self.mirror.apply(changes, heard=True)

    def tell_owned(self, *tasks: tuple[str, str | None]) -> None:
        start = self.offset
        found = []
        for task_id, owner in tasks:
            self.offset += 1
            known = task(task_id, self.offset, None)
            found.append(msgspec.structs.replace(known, owner=owner))
        changes = Changes(epoch="e", from_=start, to=self.offset, tasks=tuple(found), drop=())
        self.mirror.apply(changes, heard=True)

    def forget(self, task_id: str) -> None:
        self.offset += 1
        changes = Changes(epoch="e", from_=self.offset - 1, to=self.offset, tasks=(), drop=(task_id,))
        self.mirror.apply(changes, heard=True)

    def view(self, task_id: str, scope: Scope | None = WITHIN) -> TaskView:
        view = self.mirror.open(task_id, scope)
        assert isinstance(view, TaskView)
        return view


@pytest.fixture
def told() -> Told:
    return Told()


def shown(view: View, since: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.structs.asdict(view.news(since))
    return found | {"totals": view.totals(), "dirty": view.dirty}


def test_a_list_and_its_counts_hold_what_is_within_the_scope(told: Told) -> None:
    told.tell(("mine", None), ("other", None), ("next", "mine"), ("others", "other"))
    page = told.mirror.page(Query.parse({}, WITHIN))
    assert [each.id for each in page.tasks] == ["next", "mine"]
    assert sum(page.totals.values()) == 2
    assert sum(told.mirror.page(Query.parse({}, None)).totals.values()) == 4


def test_clients_with_one_scope_share_a_view_and_others_have_their_own() -> None:
    assert Query.parse({}, WITHIN).key == Query.parse({}, Scope(root="mine")).key
    assert Query.parse({}, WITHIN).key != Query.parse({}, None).key
    mirror = Mirror()
    assert mirror.open("1", WITHIN) is mirror.open("1", Scope(root="mine"))
    assert mirror.open("1", WITHIN) is not mirror.open("1")
    assert mirror.open("1", Scope(task="1", singly=True)) is not mirror.open("1")
    assert mirror.open("1", Scope(task="1", singly=True)) is mirror.open("1", Scope(task="1", singly=True))


def test_what_a_client_sends_is_never_its_scope() -> None:
    with pytest.raises(ValueError, match="'scope' is not part of a query"):
        Query.parse({"scope": {"root": "mine"}}, None)


def test_a_task_outside_the_scope_looks_as_one_that_does_not_exist_whatever_happens_to_it(told: Told) -> None:
    missing, foreign = told.view("missing"), told.view("other")
    told.tell(("other", None), log=True)
    for view in (missing, foreign):
        view.take(None if view is missing else task("other", 1, None), (), told.offset)
        view.dirty = view.wants = False
    assert shown(missing) == shown(foreign)
    told.tell(("other", None), log=True)
    told.forget("other")
    told.tell(("other", None))
    for since in (None, 0, 1, told.offset):
        assert shown(missing, since) == shown(foreign, since)
        assert since is None or missing.resumes(since) == foreign.resumes(since)
    assert (missing.wants, missing.floor) == (foreign.wants, foreign.floor)


def test_a_client_without_a_scope_sees_all_of_that(told: Told) -> None:
    """The twin of the test before it."""
    view = told.view("other", None)
    told.tell(("other", None), log=True)
    assert view.dirty
    assert [each.id for each in view.news(0).put] == ["other"]
    assert [each.message for each in view.news(0).log or ()] == ["said"]


def test_a_task_that_turns_out_to_be_within_the_scope_is_shown_with_the_whole_of_its_log(told: Told) -> None:
    view = told.view("next")
    told.tell(("next", None), log=True)
    before = view.dirty
    told.tell(("next", "mine"), log=True)
    assert (before, view.dirty, view.wants) == (False, True, True)
    entries = tuple(LogEntry(id=f"{number}-0", at=1.0, kind="line", level="info", message="said") for number in (1, 2))
    view.take(task("next", 2, "mine"), entries, told.offset)
    news = view.news(told.offset - 1)
    assert [each.id for each in news.put] == ["next"]
    assert len(news.log or ()) == 2


def test_the_removal_of_a_task_is_told_to_those_who_saw_it(told: Told) -> None:
    mine, foreign = told.view("mine"), told.view("other")
    told.tell(("mine", None), ("other", None))
    before = told.offset
    told.forget("mine")
    told.forget("other")
    assert mine.news(before).drop == ("mine",)
    assert foreign.news(before).drop == ()


def test_no_id_looks_as_the_scope_of_another_client(told: Told) -> None:
    limited = told.mirror.open("bobs", Scope(owner="bob"))
    forged = limited.key.removeprefix("task:")
    for task_id in (forged, 'bobs {"owner":"bob"}', ' {"owner":"bob"}:bobs', limited.key):
        for scope in (None, Scope(task=task_id, singly=True), ANN):
            assert told.mirror.open(task_id, scope) is not limited


def test_the_key_of_a_query_with_a_scope_is_too_long_for_a_second_query_that_has_it() -> None:
    lengths = {len(Query.parse({}, scope).key) for scope in (ANN, WITHIN)}
    assert lengths == {128 // 4}
    assert len(Query.parse({}, None).key) not in lengths


def test_a_scope_with_an_empty_owner_admits_nothing_and_not_all() -> None:
    nobody = Query.parse({}, Scope(owner=""))
    assert not nobody.takes_all
    assert not nobody.fits(task("1", 1, None), 0.0)


def test_views_of_one_task_are_closed_each_for_itself(told: Told) -> None:
    told.view("mine"), told.view("mine", None)
    told.mirror.close(told.view("mine").key)
    told.tell(("mine", None))
    assert told.view("mine", None).dirty
    told.mirror.close("task:mine")
    told.tell(("mine", None))
    assert told.mirror.opened() == []


def test_a_change_is_noted_by_the_views_of_its_owner_and_of_those_who_see_all(told: Told) -> None:
    everything, ann, bob = (told.mirror.open(Query.parse({}, scope)) for scope in (None, ANN, Scope(owner="bob")))
    for view in (everything, ann, bob):
        assert isinstance(view, ListView)
        told.mirror.fill(view)
        view.awaited = False
    told.tell_owned(("1", "ann"), ("2", "bob"), ("3", None))
    assert [[each.id for each in view.news(None).put] for view in (everything, ann, bob)] == [
        ["3", "2", "1"],
        ["1"],
        ["2"],
    ]
    assert [sum(view.totals().values()) for view in (everything, ann, bob)] == [3, 1, 1]
    for view in (everything, ann, bob):
        view.dirty = False
    told.tell_owned(("4", "ann"))
    assert [view.dirty for view in (everything, ann, bob)] == [True, True, False]
    told.mirror.close(ann.key)
    told.tell_owned(("5", "ann"))
    assert [each.id for each in ann.news(None).put] == ["4", "1"]


def test_an_owner_is_no_pattern(told: Told) -> None:
    told.tell_owned(("1", "ann"), ("2", "*"))
    assert [each.id for each in told.mirror.page(Query.parse({"owner": "a*"}, ANN)).tasks] == ["1"]
    assert [each.id for each in told.mirror.page(Query.parse({"owner": "ann"}, Scope(owner="*"))).tasks] == []
    assert [each.id for each in told.mirror.page(Query.parse({}, Scope(owner="*"))).tasks] == ["2"]
    assert sum(told.mirror.page(Query.parse({}, Scope(owner="*"))).totals.values()) == 1


def test_the_ids_of_tasks_outside_the_scope_are_in_no_row(told: Told) -> None:
    told.tell_owned(("1", "ann"), ("2", "bob"))
    for number, parent in (("3", "1"), ("4", "2"), ("5", "gone")):
        told.offset += 1
        known = msgspec.structs.replace(
            task(number, told.offset, parent), owner="ann", parent_id=parent, retry_of=parent
        )
        changes = Changes(epoch="e", from_=told.offset - 1, to=told.offset, tasks=(known,), drop=())
        told.mirror.apply(changes, heard=True)
    rows = {each.id: each for each in told.mirror.page(Query.parse({}, ANN)).tasks}
    assert [rows[number].parent_id for number in ("3", "4", "5")] == ["1", None, None]
    assert [rows[number].root_id for number in ("3", "4", "5")] == ["1", None, None]
    assert [rows[number].retry_of for number in ("3", "4", "5")] == ["1", None, None]
    for scope in (ANN, Scope(task="4", singly=True)):
        (shown,) = told.view("4", scope).news(None).put
        assert (shown.parent_id, shown.root_id) == (None, None)
    assert {each.parent_id for each in told.mirror.page(Query.parse({}, None)).tasks} == {None, "1", "2", "gone"}
