from __future__ import annotations

from phloem.model.log import left_out
from phloem.model.state import State
from phloem.model.task import LogEntry, Task, Try
from phloem_server.mirror.index import TaskIndex
from phloem_server.mirror.task_view import LOG_KEPT, TaskView


def entry(number: int) -> LogEntry:
    return LogEntry(id=f"{number}-0", at=float(number), kind="log", level="info", message=f"line {number}")


def test_a_task_view_tells_each_line_once() -> None:
    view = TaskView("t1", TaskIndex(), 0)
    view.hear((entry(1), entry(2)), 5)
    view.hear((entry(2), entry(3)), 6)
    assert [line.id for line in view.news(5).log or ()] == ["3-0"]
    assert [line.id for line in view.news(None).log or ()] == ["1-0", "2-0", "3-0"]


def test_what_was_read_is_put_before_what_was_heard_meanwhile() -> None:
    view = TaskView("t1", TaskIndex(), 0)
    view.hear((entry(10),), 7)
    task = Task(id="t1", state=State.STARTED, offset=6, first_offset=1, args="long")
    view.take(task, (entry(8), entry(9), entry(10)), 7)
    news = view.news(None)
    assert ([line.id for line in news.log or ()], news.put) == (["8-0", "9-0", "10-0"], (task,))


def test_a_task_view_keeps_the_long_fields_while_rows_come() -> None:
    view = TaskView("t1", TaskIndex(), 0)
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
    view = TaskView("t1", TaskIndex(), 0)
    view.take(Task(id="t1", state=State.STARTED, run="r1", offset=3, first_offset=1), (), 3)
    view.wants = False
    view.note(None, Task(id="t1", state=State.SUCCESS, run="r1", offset=4, first_offset=1, result="…"), 4)
    assert view.wants


def removed() -> tuple[TaskView, Task]:
    """A view of a task that was removed at offset 5, and the task."""
    view = TaskView("t1", TaskIndex(), 0)
    task = Task(id="t1", state=State.STARTED, run="r1", offset=3, first_offset=1)
    view.note(None, task, 3)
    view.take(task, (entry(1), entry(2)), 3)
    view.note(task, None, 5)
    return view, task


def test_a_task_that_was_removed_while_it_was_read_stays_removed() -> None:
    view, task = removed()
    view.take(task, (entry(1),), 6)
    view.take(None, (entry(1),), 6)
    assert (view.news(None).put, view.news(None).log, view.news(4).drop) == ((), (), ("t1",))


def test_a_task_that_was_removed_takes_its_log_with_it() -> None:
    view, _ = removed()
    assert view.news(None).log == ()
    again = Task(id="t1", state=State.PENDING, run="r2", offset=7, first_offset=6)
    view.note(None, again, 7)
    view.hear((entry(9),), 7)
    assert [line.id for line in view.news(None).log or ()] == ["9-0"]
    assert view.floor == 7, "who was told of the one before has to forget its log"
    assert view.wants


def test_a_task_that_was_made_again_can_be_read_before_that_is_heard() -> None:
    view, _ = removed()
    again = Task(id="t1", state=State.PENDING, run="r2", offset=7, first_offset=6)
    view.take(again, (entry(9),), 5)
    assert (view.news(None).put, len(view.news(None).log or ())) == ((again,), 1)
    assert view.floor == 5


def test_another_run_shows_its_own_arguments_and_the_tries_that_were_read() -> None:
    view = TaskView("t1", TaskIndex(), 0)
    tries = (Try(run="r1", state=State.RETRY),)
    first = Task(id="t1", state=State.RETRY, run="r1", offset=3, first_offset=1, args="the long form", tries=tries)
    view.take(first, (), 3)
    view.note(None, Task(id="t1", state=State.RETRY, run="r2", offset=4, first_offset=1, args="of r2"), 4)
    (shown,) = view.news(3).put
    assert (shown.args, shown.tries, view.wants) == ("of r2", tries, True)


def test_of_a_long_log_a_view_keeps_the_beginning_and_the_end_and_clients_behind_that_start_over() -> None:
    view = TaskView("t1", TaskIndex(), 0)
    for number in range(1, LOG_KEPT + 100):
        view.hear((entry(number),), number)
    log = view.news(None).log or ()
    assert len(log) <= LOG_KEPT
    assert (log[0], log[-1]) == (entry(1), entry(LOG_KEPT + 99))
    [gap] = [each for each in log if each.kind == "gap"]
    assert gap.message == left_out(LOG_KEPT + 99 - len(log) + 1)
    assert not view.resumes(log.index(gap) + 1)
    assert view.resumes(LOG_KEPT + 98)
    assert view.news(LOG_KEPT + 98).log == (entry(LOG_KEPT + 99),)
