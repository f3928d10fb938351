"""What is to come of an entry, and what did not come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.beat import ScheduleEntry
from celery.schedules import BaseSchedule, crontab, schedule

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.boards.entries.reader import Kept
from phloem_server.boards.entries.source import Planned
from phloem_server.boards.missed_runs import MissedRuns
from phloem_server.boards.outlook import LATE_SECONDS, Outlook, outlook

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0
CELERY = Celery("test", broker="memory://", set_as_current=False)


class Once(BaseSchedule):  # type: ignore[misc]  # has no types
    """Names one time, as clocked entries do."""

    def __init__(self, moment: float, nowfun: Any = None) -> None:
        self.moment = moment
        super().__init__(nowfun=nowfun, app=CELERY)

    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        now: datetime = self.now()
        return datetime.fromtimestamp(self.moment, UTC) - now


def look(when: Any, *, now: float = NOON, ran: float | None = None, lag: float = 0.0, **known: Any) -> Outlook:
    changed_at = known.pop("changed_at", None)
    when.app, when.nowfun = CELERY, lambda: datetime.fromtimestamp(now, UTC)
    planned = Planned(name="it", entry=ScheduleEntry(name="it", task="a.b", schedule=when), **known)
    runs = [] if ran is None else [Task(id="t", state=State.SUCCESS, offset=1, first_offset=1, created_at=ran)]
    return outlook(
        Kept(planned=planned, form=repr(when), changed_at=changed_at),
        runs,
        MissedRuns(),
        now,
        since=NOON - HOUR,
        lag=lag,
    )


def every(seconds: float) -> Any:
    return schedule(timedelta(seconds=seconds))


def test_the_later_of_the_last_runs_counts() -> None:
    assert look(every(60), ran=NOON - 30, counts_from=NOON - HOUR).next == NOON + 30
    assert look(every(60), ran=NOON - HOUR, counts_from=NOON - 30).next == NOON + 30


def test_what_the_scheduler_keeps_may_be_behind_but_the_record_is_not() -> None:
    assert look(every(60), counts_from=NOON - 100, lag=180).overdue_since is None
    assert look(every(60), counts_from=NOON - 300, lag=180).overdue_since == NOON - 240
    assert look(every(60), ran=NOON - 100, counts_from=NOON - 99, lag=180).overdue_since == NOON - 40


def test_what_was_due_under_another_schedule_is_not_missed() -> None:
    changed = {"changed_at": NOON - 5}
    assert look(crontab(minute=30), ran=NOON - HOUR, **changed).overdue_since is None
    assert look(every(60), ran=NOON - HOUR, **changed).missed == 0
    late = look(every(60), ran=NOON - HOUR, changed_at=NOON - 90)
    assert (late.overdue_since, late.missed) == (NOON - 90, 2)  # beat sends at once what is due when it sees the change


def test_nothing_is_due_before_the_first_day() -> None:
    assert look(crontab(), starts_at=NOON + HOUR).next == NOON + HOUR
    assert look(every(60), counts_from=NOON - HOUR, starts_at=NOON + HOUR).overdue_since is None
    assert look(every(60), starts_at=NOON + HOUR).next == NOON + HOUR
    late = look(every(60), counts_from=NOON - HOUR, starts_at=NOON - 100)
    assert (late.overdue_since, late.missed) == (NOON - 100, 2)


@pytest.mark.parametrize(
    ("at", "ran", "expected"),
    [
        (NOON + 60, None, Outlook(next=NOON + 60, overdue_since=None, missed=0, missed_at=None)),
        (NOON - 60, NOON - 59, Outlook(next=None, overdue_since=None, missed=0, missed_at=None)),
        (NOON - 60, None, Outlook(next=None, overdue_since=NOON - 60, missed=1, missed_at=NOON - 60)),
    ],
    ids=["to come", "ran", "did not run"],
)
def test_what_runs_once_is_due_once(at: float, ran: float | None, expected: Outlook) -> None:
    assert look(Once(at), ran=ran) == expected


def test_what_is_a_little_late_is_not_missed() -> None:
    assert look(every(60), ran=NOON - 60 - LATE_SECONDS).missed == 0
    assert look(every(60), ran=NOON - 61 - LATE_SECONDS).missed == 1
