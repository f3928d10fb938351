"""Where marks of releases are, and where none is."""

from __future__ import annotations

import itertools

import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.statistics.releases import (
    JOBS_LIMIT,
    MARKS_LIMIT,
    PAUSE_SECONDS,
    SETTLED_SECONDS,
    STRETCHES_LIMIT,
    Releases,
)

NOW = 1_700_000_000.0


class Hour:
    def __init__(self) -> None:
        self.now = NOW
        self.releases = Releases(lambda: self.now)
        self._numbers = itertools.count(1)

    def start(self, release: str | None, at: float, name: str = "job") -> Task:
        """A task that started so many seconds ago, or before now."""
        number = next(self._numbers)
        task = Task(
            id=f"t{number}",
            state=State.STARTED,
            offset=number,
            first_offset=number,
            name=name,
            release=release,
            started_at=NOW - at,
        )
        self.releases.note(None, task)
        return task

    @property
    def marks(self) -> list[tuple[str, float]]:
        return [(mark.name, NOW - mark.at) for mark in self.releases.marks()]


@pytest.fixture
def hour() -> Hour:
    return Hour()


def test_a_release_that_takes_the_place_of_another_is_marked_where_it_first_ran(hour: Hour) -> None:
    for at in (900, 800, 700, 600):
        hour.start("1.0" if at > 650 else "1.1", at)
    hour.start("1.1", 500)
    assert hour.marks == [("1.1", 600)]


def test_times_that_come_out_of_order_are_put_where_they_belong(hour: Hour) -> None:
    for release, at in (("1.1", 500), ("1.0", 900), ("1.1", 600), ("1.0", 800)):
        hour.start(release, at)
    assert hour.marks == [("1.1", 600)]


def test_the_release_that_the_record_begins_with_is_not_marked(hour: Hour) -> None:
    hour.start("1.0", 900)
    hour.start(None, 950)
    assert hour.marks == []


def test_releases_that_run_side_by_side_where_the_record_begins_are_not_marked(hour: Hour) -> None:
    hour.start("1.0", 900)
    hour.start("1.1", 900 - SETTLED_SECONDS + 1)
    assert hour.marks == []


def test_workers_that_are_replaced_one_after_the_other_make_one_mark(hour: Hour) -> None:
    for at in range(900, 600, -10):
        hour.start("1.1" if at < 800 and at % 20 else "1.0", at)
    assert hour.marks == [("1.1", 790)]


def test_a_release_that_comes_back_is_marked_again(hour: Hour) -> None:
    for at in range(3000, 2000, -60):
        hour.start("1.0", at)
    for at in range(2000, 2000 - 2 * PAUSE_SECONDS, -60):
        hour.start("1.1", at)
    hour.start("1.0", 1000)
    assert hour.marks == [("1.1", 2000), ("1.0", 1000)]


def test_jobs_of_several_applications_have_releases_of_their_own(hour: Hour) -> None:
    hour.start("1.0", 900, "shop.order")
    hour.start("7", 700, "mail.send")
    assert hour.marks == []


def test_jobs_that_change_their_release_with_others_share_a_mark(hour: Hour) -> None:
    for name, at in (("order", 600), ("pay", 590), ("ship", 300)):
        hour.start("1.0", 900, name)
        hour.start("1.1", at, name)
    assert hour.marks == [("1.1", 600)]


def test_a_mark_is_kept_for_an_hour_also_where_what_ran_before_is_older(hour: Hour) -> None:
    hour.start("1.0", 5000)
    hour.start("1.1", 3500)
    assert hour.marks == [("1.1", 3500)]
    hour.now += 101
    assert hour.marks == []


def test_a_job_that_seldom_runs_keeps_its_mark(hour: Hour) -> None:
    for at in range(3500, 0, -2 * PAUSE_SECONDS):
        hour.start("1.1" if at < 3000 else "1.0", at)
    assert hour.marks == [("1.1", 2780)]


def test_a_task_that_goes_on_or_is_removed_changes_nothing(hour: Hour) -> None:
    hour.start("1.0", 900)
    task = hour.start("1.1", 600)
    before = hour.marks
    hour.releases.note(task, task)
    hour.releases.note(task, None)
    assert hour.marks == before == [("1.1", 600)]


def test_times_ahead_of_the_clock_are_left_out(hour: Hour) -> None:
    hour.start("1.0", 900)
    hour.start("1.1", -3600)
    assert hour.marks == []


def test_what_it_keeps_is_bounded(hour: Hour) -> None:
    for number in range(JOBS_LIMIT + 5):
        hour.start("1.0", 3000, f"job {number}")
    for number in range(3 * MARKS_LIMIT):
        for name in ("job 1", "job 2", "job 3"):
            hour.start(f"2.{number}", 2900 - number * 40, name)
    assert len(hour.marks) <= MARKS_LIMIT
    assert len(hour.releases._jobs) == JOBS_LIMIT
    assert max(map(len, hour.releases._jobs.values())) == STRETCHES_LIMIT
