from __future__ import annotations

import random
from typing import Any

import pytest

from phloem.event import LogEntry, State, Task
from phloem_server.query import Query
from phloem_server.retained import Retained
from phloem_server.views import GONE_KEPT, ListView, TaskView


class Record:
    """Tasks and the views of them, changed together as the relay does."""

    def __init__(self) -> None:
        self.offset = 0
        self.retained = Retained()
        self.views: list[ListView | TaskView] = []

    def view(self, **asked: Any) -> ListView:
        view = ListView(Query.parse(asked), self.retained, self.offset)
        self.views.append(view)
        return view

    def change(self, task_id: str, state: State, **facts: Any) -> None:
        self.offset += 1
        old = self.retained.get(task_id)
        first = self.offset if old is None else old.first_offset
        new = Task(id=task_id, state=state, offset=self.offset, first_offset=first, **facts)
        self.retained.put(new)
        for view in self.views:
            view.note(old, new, self.offset)

    def remove(self, task_id: str) -> None:
        self.offset += 1
        old = self.retained.get(task_id)
        self.retained.drop(task_id)
        for view in self.views:
            view.note(old, None, self.offset)


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


def test_a_viewer_who_missed_more_departures_than_are_kept_cannot_resume() -> None:
    record = Record()
    view = record.view(limit=1)
    for number in range(GONE_KEPT + 10):
        record.change(f"t{number}", State.PENDING)
    assert view.floor > 0
    assert len(view.news(view.floor).drop) <= GONE_KEPT


@pytest.mark.parametrize("seed", range(20))
def test_a_viewer_who_takes_the_news_shows_what_a_new_viewer_would_see(seed: int) -> None:
    """The view against a plain evaluation of its query, under random changes."""
    chance = random.Random(seed)
    record = Record()
    asked: dict[str, Any] = {"state": ["STARTED", "FAILURE"], "name": "a*", "limit": 5}
    view = record.view(**asked)
    shown: dict[str, Task] = {}
    at = record.offset
    for _ in range(400):
        task_id = f"t{chance.randrange(30)}"
        if chance.random() < 0.1 and record.retained.get(task_id):
            record.remove(task_id)
        else:
            known = record.retained.get(task_id)
            name = known.name if known else chance.choice(["a1", "a2", "b"])
            record.change(task_id, chance.choice(list(State)), name=name)
        if chance.random() < 0.3:
            news = view.news(at)
            for gone in news.drop:
                shown.pop(gone, None)
            shown.update({task.id: task for task in news.put})
            at = record.offset
            fresh = ListView(Query.parse(asked), record.retained, record.offset)
            expected = {task.id: task for task in fresh.news(None).put}
            assert shown == expected
            assert view.totals() == fresh.totals()


def entry(number: int) -> LogEntry:
    return LogEntry(id=f"{number}-0", at=float(number), kind="log", level="info", message=f"line {number}")


def test_a_task_view_tells_each_line_once() -> None:
    view = TaskView("t1", Retained(), 0)
    view.hear((entry(1), entry(2)), 5)
    view.hear((entry(2), entry(3)), 6)
    assert [line.id for line in view.news(5).log or ()] == ["3-0"]
    assert [line.id for line in view.news(None).log or ()] == ["1-0", "2-0", "3-0"]


def test_what_was_read_is_put_before_what_was_heard_meanwhile() -> None:
    view = TaskView("t1", Retained(), 0)
    view.hear((entry(10),), 7)
    task = Task(id="t1", state=State.STARTED, offset=6, first_offset=1, args="long")
    view.take(task, (entry(8), entry(9), entry(10)), 7)
    news = view.news(None)
    assert ([line.id for line in news.log or ()], news.put) == (["8-0", "9-0", "10-0"], (task,))


def test_a_task_view_keeps_the_long_fields_while_rows_come() -> None:
    view = TaskView("t1", Retained(), 0)
    view.take(
        Task(id="t1", state=State.STARTED, run="r1", offset=3, first_offset=1, args="the long form"),
        (),
        3,
    )
    view.wants = False
    row = Task(id="t1", state=State.STARTED, run="r1", offset=4, first_offset=1, args="the…", percent=50)
    view.note(None, row, 4)
    (shown,) = view.news(3).put
    assert (shown.args, shown.percent, view.wants) == ("the long form", 50, False)


def test_a_change_of_state_makes_a_task_view_want_the_long_fields() -> None:
    view = TaskView("t1", Retained(), 0)
    view.take(Task(id="t1", state=State.STARTED, run="r1", offset=3, first_offset=1), (), 3)
    view.wants = False
    view.note(None, Task(id="t1", state=State.SUCCESS, run="r1", offset=4, first_offset=1, result="…"), 4)
    assert view.wants
