from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from phloem.model.state import State
from phloem.model.task import Error, Task
from phloem_server.mirror import list_view as window
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.list_view import GONE_KEPT, ListView
from phloem_server.mirror.query.query import Query
from phloem_server.mirror.query.search_text import Texts
from phloem_server.mirror.view import News
from tests.unit.server.mirror.plain_filter import fits, shown


class Record:
    """Tasks and the views of them, changed together as the relay does."""

    def __init__(self) -> None:
        self.offset = 0
        self.now = 1000.0
        self.index = TaskIndex()
        self.views: list[ListView] = []

    def view(self, **asked: Any) -> ListView:
        view = filled(ListView(Query.parse(asked, None), self.index, self.offset, self.now))
        view.awaited = False
        self.views.append(view)
        return view

    def change(self, task_id: str, state: State, **facts: Any) -> None:
        self.offset += 1
        old = self.index.get(task_id)
        first = self.offset if old is None else old.first_offset
        new = Task(id=task_id, state=state, offset=self.offset, first_offset=first, **facts)
        self.index.put(new)
        for view in self.views:
            view.note([(old, new)], self.offset)
            view.settle(self.offset)

    def remove(self, task_id: str) -> None:
        self.offset += 1
        old = self.index.get(task_id)
        self.index.drop(task_id)
        for view in self.views:
            view.note([(old, None)], self.offset)
            view.settle(self.offset)


def filled(view: ListView) -> ListView:
    while view.searching:
        view.fill(0)
    return view


def ids(view: ListView) -> list[str]:
    return [task.id for task in view.news(None).put]


def totals(view: ListView) -> dict[str, int]:
    return {state: count for state, count in view.totals().items() if count}


def test_a_view_shows_the_newest_first_and_no_more_than_its_limit() -> None:
    record = Record()
    view = record.view(limit=3)
    for number in range(5):
        record.change(f"t{number}", State.PENDING)
    assert ids(view) == ["t4", "t3", "t2"]
    news = view.news(3)
    assert ([task.id for task in news.put], news.drop) == (["t4", "t3"], ("t0", "t1"))


def test_a_row_that_does_not_fit_any_more_leaves_and_an_older_one_takes_its_place() -> None:
    record = Record()
    for number in range(5):
        record.change(f"t{number}", State.STARTED)
    view = record.view(state="STARTED", limit=2)
    before = record.offset
    record.change("t4", State.SUCCESS)
    news = view.news(before)
    assert (ids(view), [task.id for task in news.put], news.drop) == (["t3", "t2"], ["t2"], ("t4",))


def test_a_view_whose_states_contradict_each_other_has_no_rows_and_still_counts() -> None:
    record = Record()
    record.change("t1", State.FAILURE)
    view = record.view(**{"state": "FAILURE", "not": {"state": "FAILURE"}})
    record.change("t2", State.FAILURE)
    assert (ids(view), totals(view)) == ([], {"FAILURE": 2})


def test_a_row_that_comes_back_is_not_told_as_gone() -> None:
    record = Record()
    view = record.view(state="STARTED")
    record.change("t1", State.STARTED)
    before = record.offset
    record.change("t1", State.SUCCESS)
    record.change("t1", State.STARTED)
    news = view.news(before)
    assert ([task.id for task in news.put], news.drop) == (["t1"], ())


def test_a_task_that_was_removed_leaves_the_view() -> None:
    record = Record()
    view = record.view()
    record.change("t1", State.SUCCESS)
    before = record.offset
    record.remove("t1")
    assert (ids(view), view.news(before).drop, totals(view)) == ([], ("t1",), {})


def test_totals_count_what_fits_the_query_whatever_its_state() -> None:
    record = Record()
    everything, mail = record.view(state="FAILURE"), record.view(state="FAILURE", name="mail.*")
    record.change("t1", State.PENDING, name="mail.send")
    record.change("t2", State.PENDING, name="images.resize")
    record.change("t1", State.SUCCESS, name="mail.send")
    assert totals(everything) == {"PENDING": 1, "SUCCESS": 1}
    assert totals(mail) == {"SUCCESS": 1}


def test_a_row_that_left_and_fits_again_where_there_is_no_place_any_more_has_left() -> None:
    record = Record()
    view = record.view(limit=1, state=["STARTED"])
    record.change("a", State.STARTED)
    before = record.offset
    record.change("a", State.RETRY)
    record.change("b", State.STARTED)
    record.change("a", State.STARTED)
    assert (ids(view), view.news(before).drop) == (["b"], ("a",))


def test_tasks_that_reach_an_age_in_one_moment_are_examined_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record()
    view = record.view(waited=">60s", limit=3)
    for number in range(50):
        record.change(f"t{number}", State.PENDING, created_at=1000.0)
    sift, sifted = Query.sift, []

    def counted(query: Query, tasks: list[Task], now: float, texts: Texts) -> list[Task]:
        sifted.append(len(tasks))
        return sift(query, tasks, now, texts)

    monkeypatch.setattr(Query, "sift", counted)
    assert view.pass_time(1061.0, record.offset)
    assert sifted == [50, 50]  # as of before, and as of then
    assert (ids(view), totals(view)) == (["t49", "t48", "t47"], {"PENDING": 50})


def test_a_viewer_who_missed_more_departures_than_are_kept_cannot_resume() -> None:
    record = Record()
    view = record.view(limit=1)
    for number in range(GONE_KEPT + 10):
        record.change(f"t{number}", State.PENDING)
    assert view.floor > 0
    assert len(view.news(view.floor).drop) <= GONE_KEPT


IDS = [f"t{number}" for number in range(14)]
NAMES = ["mail.send", "mail.sort", "images.resize"]
QUEUES = ["celery", "media"]
TEXTS = ["Cat", "dog", "CATALOGUE"]
ERRORS = [Error(type="KeyError", message="cat"), Error(type="Timeout", message="dog")]
CUSTOMERS = ["acme", "cyan"]
names = st.sampled_from([*NAMES, "mail.*", "*"])
queues = st.sampled_from([*QUEUES, "m*"])
states = st.lists(st.sampled_from(State), min_size=1, max_size=3)
task_ids = st.sampled_from(IDS)
texts = st.sampled_from(["cat", "og", "t1", "mail", "timeout"])
customers = st.fixed_dictionaries({"customer": st.sampled_from(CUSTOMERS)})
durations = st.sampled_from([">3s", ">10s", "<3s", "<10s"])
times = st.floats(960, 1060)
ages = st.sampled_from([3.0, 10.0, 30.0])


def several(one: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(one, min_size=1, max_size=2)


queries = st.fixed_dictionaries(
    {"limit": st.integers(1, 6)},
    optional={
        "state": states,
        "name": names,
        "queue": queues,
        "worker": st.sampled_from(["w1", "w*"]),
        "owner": st.sampled_from(["ann", "a*"]),
        "release": st.sampled_from(["1.0", "1*"]),
        "parent_id": task_ids,
        "root_id": task_ids,
        "group_id": st.just("g1"),
        "label": st.sampled_from(["acme", "a*"]),
        "q": several(texts).map(" ".join),
        "error": texts,
        "args": customers,
        "tries": st.sampled_from([">1", ">2"]),
        "since": st.sampled_from(["3s", "30s"]),
        "until": st.sampled_from(["3s", "10s"]),
        "ran": durations,
        "waited": durations,
        "not": st.fixed_dictionaries(
            {},
            optional={
                "state": states,
                "name": several(names),
                "queue": several(queues),
                "root_id": several(task_ids),
                "q": several(texts),
                "error": several(texts),
                "args": customers,
            },
        ),
        "within": ages,
        "older": ages,
        "before": st.integers(1, 40),
    },
)
facts = st.fixed_dictionaries(
    {"state": st.sampled_from(State)},
    optional={
        "name": st.sampled_from(NAMES),
        "queue": st.sampled_from(QUEUES),
        "worker": st.sampled_from(["w1", "w2"]),
        "owner": st.sampled_from(["ann", "bob"]),
        "release": st.sampled_from(["1.0", "2.0"]),
        "parent_id": task_ids,
        "root_id": task_ids,
        "group_id": st.sampled_from(["g1", "g2"]),
        "message": st.sampled_from(TEXTS),
        "args": st.sampled_from(TEXTS),
        "label": st.sampled_from(["acme", "cyan"]),
        "kwargs": customers.map(json.dumps),
        "error": st.sampled_from(ERRORS),
        "retries": st.integers(0, 2),
        "created_at": times,
        "received_at": times,
        "retried_at": times,
        "eta": times,
        "started_at": times,
        "finished_at": times,
    },
)


class Follower:
    """A viewer of one view, and the view."""

    def __init__(self, asked: dict[str, Any], view: ListView, offset: int) -> None:
        self.asked = asked
        self.view = view
        self.offset = offset
        self.rows = {task.id: task for task in view.news(None).put}
        view.given(to_all=False)

    def take(self, since: int, news: News, offset: int) -> None:
        """What the next frame tells."""
        assert since <= self.offset
        for gone in news.drop:
            self.rows.pop(gone, None)
        self.rows.update((task.id, task) for task in news.put)
        self.offset = offset


class Windows(RuleBasedStateMachine):
    """Views filled slice by slice, while tasks come, change and go and time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.record = Record()
        self.followers: list[Follower] = []

    @initialize(tasks=st.lists(st.tuples(task_ids, facts), max_size=30))
    def begin(self, tasks: list[tuple[str, dict[str, Any]]]) -> None:
        for task_id, what in tasks:
            self.change(task_id, what)

    @rule(asked=queries)
    def watch(self, asked: dict[str, Any]) -> None:
        view = ListView(Query.parse(asked, None), self.record.index, self.record.offset, self.record.now)
        view.fill(self.record.offset)
        view.awaited = False
        self.record.views.append(view)
        self.followers.append(Follower(asked, view, self.record.offset))
        assert (window.SLICE, window.GONE_KEPT) == (3, 2)
        assert view.resumes(self.record.offset)

    @rule(number=st.integers(0, 100))
    def join(self, number: int) -> None:
        """Somebody else asks for what is watched already, between two frames."""
        if self.followers and len(self.followers) < 20:
            other = self.followers[number % len(self.followers)]
            self.followers.append(Follower(other.asked, other.view, self.record.offset))

    @rule(task_id=task_ids, what=facts)
    def change(self, task_id: str, what: dict[str, Any]) -> None:
        self.record.change(task_id, **what)

    @rule(task_id=task_ids)
    def remove(self, task_id: str) -> None:
        if self.record.index.get(task_id) is not None:
            self.record.remove(task_id)

    @rule(task_id=task_ids, what=facts)
    def make_again(self, task_id: str, what: dict[str, Any]) -> None:
        """Removed and sent again, and heard of only then."""
        old = self.record.index.get(task_id)
        self.record.offset += 2
        here = self.record.offset
        new = Task(id=task_id, offset=here, first_offset=here, **what)
        self.record.index.put(new)
        for view in self.record.views:
            view.note([(old, None), (None, new)], here)
            view.settle(here)

    @rule()
    def fill(self) -> None:
        for view in self.record.views:
            view.fill(self.record.offset)

    @rule(seconds=st.floats(0.1, 20))
    def pass_time(self, seconds: float) -> None:
        self.record.now += seconds
        for view in self.record.views:
            view.pass_time(self.record.now, self.record.offset)

    @rule()
    def tell(self) -> None:
        for view in self.record.views:
            since, view.flushed = view.flushed, self.record.offset
            news = view.news(since)
            for follower in self.followers:
                if follower.view is view:
                    follower.take(since, news, self.record.offset)
            view.given(to_all=True)

    @invariant()
    def every_view_is_a_plain_filter_of_all_tasks_once_it_has_looked_at_them(self) -> None:
        tasks = sorted(self.record.index.newest(), key=lambda task: -task.first_offset)
        assert {state: n for state, n in self.record.index.totals.items() if n} == Counter(t.state for t in tasks)
        for follower in self.followers:
            asked, view = follower.asked, follower.view
            if view.searching:
                continue
            now = view._now
            rows = [task for task in tasks if shown(asked, task, now)]
            assert list(view.news(None).put) == rows[: asked["limit"]]
            assert totals(view) == Counter(task.state for task in tasks if fits(asked, task, now))
            if "before" not in asked:
                assert view.next == (rows[asked["limit"] - 1].first_offset if len(rows) > asked["limit"] else None)

    @invariant()
    def who_takes_every_frame_shows_what_a_new_viewer_sees(self) -> None:
        for follower in self.followers:
            if follower.view.flushed == follower.offset == self.record.offset:
                assert follower.rows == {task.id: task for task in follower.view.news(None).put}

    def teardown(self) -> None:
        """At last all is found, and time has passed for all."""
        for follower in self.followers:
            view = follower.view
            while view._now < self.record.now and view.query.passes:
                view.pass_time(self.record.now, self.record.offset)
            while view.searching:
                view.fill(self.record.offset)
        self.tell()
        for follower in self.followers:
            view = follower.view
            assert follower.rows == {task.id: task for task in view.news(None).put}
        self.every_view_is_a_plain_filter_of_all_tasks_once_it_has_looked_at_them()


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "SLICE", 3)
    monkeypatch.setattr(window, "CROSSINGS", 2)
    monkeypatch.setattr(window, "GONE_KEPT", 2)


TestWindows = Windows.TestCase
TestWindows.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
