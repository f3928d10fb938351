"""The schedule of an app, its runs from a record that the test writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from celery.schedules import crontab, schedule
from celery.signals import before_task_publish

from phloem.model.state import State
from phloem.model.task import Task
from phloem.redaction import WITHHELD
from phloem_server.boards.missed_runs import MISSED_LIMIT
from phloem_server.boards.outlook import LATE_SECONDS
from phloem_server.boards.schedule import Entry, Schedule
from phloem_server.control.registry import Registry
from phloem_server.control.sender import Sender

START = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC).timestamp()  # a Monday


class Beat:
    """A schedule of one entry, a clock, and what ran."""

    def __init__(self, when: Any, timezone: str | None = None, **given: Any) -> None:
        self.now = START
        self.tasks: list[Task] = []
        self.celery = Celery("test", broker="memory://", set_as_current=False)
        self.celery.conf.timezone = timezone
        if isinstance(when, schedule):
            when.nowfun = lambda: datetime.fromtimestamp(self.now, ZoneInfo(timezone or "UTC"))
        self.celery.conf.beat_schedule = {"it": {"task": "a.b", "schedule": when, **given}}
        self.schedule = Schedule(self.celery, lambda _: self.tasks, lambda: self.now)

    def ran(self, at: float | None = None, *, by_hand: bool | None = None) -> None:
        number = len(self.tasks) + 1
        self.tasks.append(
            Task(
                id=f"t{number}",
                state=State.SUCCESS,
                offset=number,
                first_offset=number,
                created_at=self.now if at is None else at,
                by_hand=by_hand,
            )
        )

    @property
    def entry(self) -> Entry:
        (found,) = self.schedule.entries().entries
        return found


@pytest.fixture
def beat() -> Iterator[Callable[..., Beat]]:
    made: list[Beat] = []

    def make(when: Any, timezone: str | None = None, **given: Any) -> Beat:
        made.append(Beat(when, timezone, **given))
        return made[-1]

    yield make
    for each in made:
        each.celery.close()


def quiet() -> None: ...


def clock(moment: float | None) -> str:
    return "never" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%a %H:%M:%S")


def test_an_entry_says_what_runs_when_and_where_its_clock_hangs(beat: Callable[..., Beat]) -> None:
    it = beat(crontab(hour=2, minute=0), "Europe/Vienna", args=[[]], kwargs={"password": "x"}, options={"queue": "q"})
    entry = it.entry
    assert (entry.name, entry.task, entry.words, entry.queue) == ("it", "a.b", "every day at 02:00", "q")
    assert entry.timezone == "Europe/Vienna"
    assert clock(entry.next) == "Tue 01:00:00"
    assert entry.args == WITHHELD
    assert entry.kwargs is not None
    assert '"x"' not in entry.kwargs


def test_no_entry_tells_a_secret_in_its_name_nor_in_its_arguments(beat: Callable[..., Beat]) -> None:
    it = beat(crontab(), args=["ann", "geheim"])
    assert it.entry.args == WITHHELD  # until the task is known
    it.celery.task(sign_in, name="a.b", shared=False)
    assert it.entry.args == '["ann","[redacted]"]'
    secret = {"sync token=geheim": {"task": "a.b", "schedule": 60, "args": ["ann"], "kwargs": {"pin": "geheim"}}}
    it.celery.conf.beat_schedule = secret
    asked: list[str] = []

    def runs(name: str) -> list[Task]:
        asked.append(name)
        return []

    (entry,) = Schedule(it.celery, runs).entries().entries
    assert entry.name == "sync token=[redacted]"
    assert asked == [entry.name]
    assert "geheim" not in str(entry)


def sign_in(user: str, password: str = "", pin: str = "") -> None: ...


def test_what_never_ran_has_no_last_run_and_missed_nothing(beat: Callable[..., Beat]) -> None:
    entry = beat(crontab()).entry
    assert (entry.last, entry.missed, entry.missed_at, entry.overdue_since) == (None, 0, None, None)
    assert clock(entry.next) == "Mon 12:01:00"


def test_the_next_run_follows_the_last(beat: Callable[..., Beat]) -> None:
    it = beat(crontab())
    it.ran(START - 30)
    entry = it.entry
    assert clock(entry.next) == "Mon 12:01:00"
    assert entry.last is not None
    assert (entry.last.id, entry.last.url, entry.last.state) == ("t1", "/api/v1/tasks/t1", State.SUCCESS)


def test_a_run_that_comes_a_little_late_is_not_missed(beat: Callable[..., Beat]) -> None:
    it = beat(crontab())
    it.ran(START - 30)
    it.now = START + 30 + LATE_SECONDS - 1
    assert (it.entry.missed, it.entry.overdue_since) == (0, None)


def test_while_beat_is_down_what_is_due_is_overdue_and_counts_as_missed(beat: Callable[..., Beat]) -> None:
    it = beat(crontab())
    it.ran(START - 30)
    it.now = START + 3 * 60
    assert clock(it.entry.overdue_since) == "Mon 12:01:00"
    assert (it.entry.missed, clock(it.entry.missed_at)) == (3, "Mon 12:03:00")
    assert clock(it.entry.next) == "Mon 12:04:00"


def test_a_run_that_makes_up_leaves_the_others_missed(beat: Callable[..., Beat]) -> None:
    it = beat(crontab())
    it.ran(START - 30)
    it.now = START + 3 * 60
    assert it.entry.missed == 3
    it.ran()
    assert (it.entry.missed, clock(it.entry.missed_at), it.entry.overdue_since) == (2, "Mon 12:02:00", None)


def test_an_entry_that_was_due_while_nobody_sent_it_is_missed_from_the_first_time_on(beat: Callable[..., Beat]) -> None:
    it = beat(crontab(minute=0))
    it.now = START + 3600
    assert (it.entry.missed, clock(it.entry.overdue_since)) == (1, "Mon 13:00:00")


def test_a_long_absence_is_counted_up_to_a_bound(beat: Callable[..., Beat]) -> None:
    it = beat(crontab())
    it.ran()
    it.now = START + 40 * 24 * 3600
    assert it.entry.missed == MISSED_LIMIT


def test_an_interval_counts_from_its_last_run(beat: Callable[..., Beat]) -> None:
    it = beat(schedule(timedelta(seconds=40)))
    before = it.entry
    assert before.next is None  # it counts from when beat was started, which nobody knows
    it.ran()
    assert it.entry.next == START + 40
    it.now = START + 95
    assert (it.entry.missed, it.entry.overdue_since, it.entry.next) == (2, START + 40, START + 40)
    it.ran()
    assert (it.entry.missed, it.entry.overdue_since) == (1, None)


def test_intervals_that_drift_miss_nothing(beat: Callable[..., Beat]) -> None:
    it = beat(schedule(timedelta(seconds=40)))
    for _ in range(50):
        it.ran()
        it.now += 40.03
    assert it.entry.missed == 0


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "today",
    [datetime(2027, 3, 27, 13, tzinfo=BERLIN), datetime(2027, 10, 30, 13, tzinfo=BERLIN)],
    ids=["to summer time", "from summer time"],
)
def test_what_runs_at_noon_runs_at_noon_after_the_clock_was_changed(beat: Callable[..., Beat], today: datetime) -> None:
    it = beat(crontab(hour=12, minute=0), "Europe/Berlin")
    it.now = today.timestamp()
    it.ran(it.now - 3600)
    assert it.entry.next == today.replace(day=today.day + 1, hour=12).timestamp()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (datetime(2027, 3, 20, 12, tzinfo=BERLIN), datetime(2027, 4, 5, 12, tzinfo=BERLIN)),
        (datetime(2027, 10, 25, 12, tzinfo=BERLIN), datetime(2027, 11, 5, 12, tzinfo=BERLIN)),
    ],
    ids=["to summer time", "from summer time"],
)
def test_days_that_were_missed_are_counted_across_a_change_of_the_clock(
    beat: Callable[..., Beat], first: datetime, last: datetime
) -> None:
    it = beat(crontab(hour=12, minute=0), "Europe/Berlin")
    it.ran(first.timestamp() + 1)
    it.now = last.timestamp() + 3600
    days = (last.date() - first.date()).days
    assert (it.entry.missed, it.entry.missed_at) == (days, last.timestamp())
    assert it.entry.next == (last + timedelta(days=1)).timestamp()
    it.ran()
    assert it.entry.missed == days - 1


def test_a_run_by_hand_is_the_last_run_and_changes_nothing_of_what_is_due(beat: Callable[..., Beat]) -> None:
    it = beat(schedule(timedelta(seconds=40)))
    it.ran()
    it.now += 10
    it.ran(by_hand=True)
    assert it.entry.last is not None
    assert (it.entry.last.id, it.entry.last.by_hand) == ("t2", True)
    assert it.entry.next == START + 40


def test_a_schedule_that_fails_when_asked_is_shown_all_the_same(beat: Callable[..., Beat]) -> None:
    class Broken(schedule):  # type: ignore[misc]  # has no types
        def remaining_estimate(self, last_run_at: datetime) -> timedelta:
            raise RuntimeError

    it = beat(Broken(timedelta(seconds=40)))
    it.ran()
    assert (it.entry.next, it.entry.missed) == (None, 0)


def test_run_now_sends_with_the_options_of_the_entry_but_retries_of_its_own(beat: Callable[..., Beat]) -> None:
    options = {"queue": "q", "retry": False, "retry_policy": {"max_retries": 9}, "headers": {"of": "the entry"}}
    it = beat(crontab(), options=options)
    it.celery.task(name="a.b", shared=False)(quiet)
    policies: list[dict[str, Any]] = []

    def published(retry_policy: dict[str, Any], **_: Any) -> None:
        policies.append(retry_policy)

    before_task_publish.connect(published, sender="a.b")
    sent = it.schedule.run("it", Registry(it.celery, "test"), Sender(it.celery, lambda: None))
    with it.celery.connection_for_read() as connection:
        message = connection.SimpleQueue("q").get(block=False)
        message.ack()
    assert message.headers["id"] == sent.id
    assert message.headers["of"] == "the entry"
    assert [policy["max_retries"] for policy in policies] == [1]
