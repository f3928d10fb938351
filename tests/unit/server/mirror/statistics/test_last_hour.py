"""The last hour, from tasks that come, change and go, at a time of the test's choice."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem_server.mirror.statistics.last_hour import JOBS_LIMIT, MINUTES, SECONDS, Job, LastHour, Moment

START = 1_700_000_040.0
"""On a full minute."""


class Setup:
    def __init__(self) -> None:
        self.now = START
        self.hour = LastHour(lambda: self.now)
        self.tasks: dict[str, Task] = {}

    def put(self, task_id: str, state: State, **facts: Any) -> Task:
        """A task becomes another, or comes."""
        old = self.tasks.get(task_id) or Task(id=task_id, state=state, offset=1, first_offset=1, name="job")
        new = msgspec.structs.replace(old, state=state, **facts)
        self.hour.note(self.tasks.get(task_id), new)
        self.tasks[task_id] = new
        return new

    def drop(self, task_id: str) -> None:
        self.hour.note(self.tasks.pop(task_id), None)

    @property
    def moments(self) -> list[Moment]:
        return self.hour.moments(Counter(task.state for task in self.tasks.values()), self.now)

    def at(self, seconds: float) -> Moment:
        """The moment so long after START."""
        at = START + seconds
        return next(moment for moment in self.moments if moment.at <= at < moment.at + SECONDS)

    @property
    def jobs(self) -> list[Job]:
        return self.hour.jobs(self.now)

    def waited(self, seconds: float) -> dict[str, int]:
        """How many tasks waited in each queue that is told, at the end of the moment so long after START."""
        told = self.hour.waiting_by_queue(self.now)
        levels = {at: counts for at, *counts in told.levels}
        return dict(zip(told.queues, levels[self.at(seconds).at], strict=True))


@pytest.fixture
def setup() -> Setup:
    return Setup()


def run(setup: Setup, task_id: str = "t1", state: State = State.SUCCESS, **facts: Any) -> None:
    """One that was created at START, began 15 s later and ended after 20 s more, told as it went."""
    setup.put(task_id, State.PENDING, created_at=START, **facts)
    setup.now = START + 15
    setup.put(task_id, State.RECEIVED, received_at=START + 1)
    setup.put(task_id, State.STARTED, started_at=START + 15)
    setup.put(task_id, State.PROGRESS, percent=50.0)
    setup.now = START + 35
    setup.put(task_id, state, finished_at=START + 35)


def test_a_task_waits_then_runs_then_has_ended_where_its_own_times_say(setup: Setup) -> None:
    run(setup)
    setup.now = START + 49
    assert [(moment.waiting, moment.running, moment.ok) for moment in setup.moments[-5:]] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 1, 0),
        (0, 0, 1),
        (0, 0, 0),
    ]
    assert not any(moment.waiting or moment.running for moment in setup.moments[:-5])


def test_who_reads_only_how_it_ended_knows_the_same_hour() -> None:
    chance, seen = random.Random(1), Setup()
    seen.now = START + 1800
    for number in range(300):
        task_id, created = f"t{number}", START + chance.uniform(0, 1500)
        queue = chance.choice((None, "a", "b", "c"))
        seen.put(task_id, State.PENDING, created_at=created, name=f"job {number % 7}", queue=queue)
        if chance.random() < 0.8:
            seen.put(task_id, State.STARTED, started_at=created + chance.uniform(0, 100))
        if chance.random() < 0.3:  # which queue it came from is known late, or otherwise
            seen.put(task_id, seen.tasks[task_id].state, queue=chance.choice(("a", "b", "c")))
        if chance.random() < 0.8:
            state = chance.choice((State.SUCCESS, State.FAILURE, State.LOST, State.REVOKED))
            seen.put(task_id, state, finished_at=created + chance.uniform(100, 300))
    read = Setup()
    read.now = seen.now
    for task in seen.tasks.values():
        read.put(task.id, task.state, **{name: getattr(task, name) for name in task.__struct_fields__[2:]})
    assert read.moments == seen.moments
    assert read.hour.waiting_by_queue(read.now) == seen.hour.waiting_by_queue(seen.now)
    assert sorted(map(repr, read.jobs)) == sorted(map(repr, seen.jobs))


def test_what_waits_and_runs_now_is_what_the_record_holds_whatever_it_says_of_times(setup: Setup) -> None:
    setup.put("t1", State.PENDING)
    setup.put("t2", State.STARTED)
    setup.put("t3", State.RETRY)
    assert setup.moments[-1] == Moment(int(START), 0, 0, 0, 1, 1, 1)


@pytest.mark.parametrize("ahead", [1, 30, 100])
def test_a_worker_whose_clock_is_ahead_makes_nothing_wait_or_run_that_did_not(setup: Setup, ahead: int) -> None:
    setup.put("waits", State.PENDING, created_at=START - 600)
    for second in range(60):
        setup.now = START + second
        setup.put(f"t{second}", State.PENDING, created_at=setup.now)
        setup.put(f"t{second}", State.STARTED, started_at=setup.now + ahead)
        setup.put(f"t{second}", State.SUCCESS, finished_at=setup.now + ahead)
        levels = {(moment.waiting, moment.running) for moment in setup.moments if moment.at > START - 600}
        assert levels == {(1, 0)}


@pytest.mark.parametrize(
    ("state", "counted"),
    [(State.SUCCESS, (1, 0)), (State.FAILURE, (0, 1)), (State.LOST, (0, 1)), (State.REVOKED, (0, 0))],
)
def test_how_a_task_ended_is_counted(setup: Setup, state: State, counted: tuple[int, int]) -> None:
    run(setup, state=state)
    setup.now = START + 40
    assert (setup.at(35).ok, setup.at(35).failed) == counted
    assert [(job.name, job.count, job.failed) for job in setup.jobs] == [("job", 1, counted[1])] * any(counted)


def test_a_task_that_was_lost_and_is_heard_of_again_is_counted_once(setup: Setup) -> None:
    run(setup, state=State.LOST)
    setup.put("t1", State.SUCCESS, finished_at=START + 38)
    setup.now = START + 40
    assert (setup.at(35).ok, setup.at(35).failed) == (1, 0)
    assert [(job.count, job.failed) for job in setup.jobs] == [(1, 0)]


def test_each_try_is_counted_and_a_task_that_awaits_one_neither_waits_nor_runs(setup: Setup) -> None:
    setup.put("t1", State.RECEIVED, created_at=START, received_at=START)
    setup.put("t1", State.STARTED, started_at=START + 5)
    setup.now = START + 12
    setup.put("t1", State.RETRY)
    setup.put("t1", State.RETRY, retries=1, received_at=START + 12.1, started_at=None)
    assert setup.at(2) == Moment(int(START), 0, 0, 0, 0, 1, 0)
    assert setup.at(12) == Moment(int(START) + 10, 0, 0, 1, 0, 0, 1)
    setup.now = START + 39
    setup.put("t1", State.STARTED, started_at=START + 25)
    setup.put("t1", State.SUCCESS, finished_at=START + 35)
    assert [(moment.running, moment.retrying) for moment in setup.moments[-4:]] == [(1, 0), (0, 1), (1, 0), (0, 0)]


def test_what_ended_is_of_the_hour_also_when_the_record_holds_it_no_longer(setup: Setup) -> None:
    run(setup)
    setup.put("t2", State.PENDING, created_at=START)
    setup.now = START + 40
    setup.drop("t1")
    setup.drop("t2")
    assert (setup.at(35).ok, setup.at(35).waiting, setup.at(40).waiting) == (1, 1, 0)
    assert [job.count for job in setup.jobs] == [1]


def test_after_an_hour_nothing_of_it_is_left(setup: Setup) -> None:
    run(setup)
    setup.now = START + MINUTES * 60 - 1
    assert (len(setup.moments), setup.moments[0].at, setup.at(35).ok) == (360, START, 1)
    setup.now += 1
    assert (len(setup.moments), sum(moment.ok for moment in setup.moments)) == (355, 0)
    assert [(job.name, job.count) for job in setup.jobs] == [("job", 0)]
    for minute in (1, 2):
        setup.put(f"later {minute}", State.SUCCESS, finished_at=setup.now, name="other")
        setup.now += MINUTES * 60 * minute
        setup.hour.jobs(setup.now)
    assert "job" not in {job.name for job in setup.jobs}


def test_a_clock_that_is_far_off_is_not_believed_and_takes_no_memory(setup: Setup) -> None:
    for number, hours in enumerate((-(10**6), -1, 1, 10**6, 1e300)):
        at = START + hours * 3600
        setup.put(f"t{number}", State.SUCCESS, created_at=at, started_at=at, finished_at=at)
    assert len(setup.hour._minutes) == 1  # this one
    assert setup.jobs == []
    assert not any(any(moment[1:]) for moment in map(msgspec.structs.astuple, setup.moments))


def test_jobs_beyond_a_hundred_are_counted_together(setup: Setup) -> None:
    for number in range(JOBS_LIMIT + 5):
        setup.put(f"t{number}", State.SUCCESS, finished_at=START, name=f"job {number}")
    assert len(setup.jobs) == JOBS_LIMIT + 1
    assert [job.count for job in setup.jobs if job.name is None] == [5]


def test_run_times_are_those_of_successes(setup: Setup) -> None:
    run(setup, "t1")
    run(setup, "t2", State.FAILURE)
    (job,) = setup.jobs
    assert (job.p50, job.p95, job.p99) == pytest.approx((20, 20, 20), rel=0.05)


def test_what_waits_is_told_by_queue_from_when_it_came_to_when_it_left(setup: Setup) -> None:
    run(setup, queue="media")
    setup.put("t2", State.PENDING, created_at=START + 5, queue="mail")
    setup.now = START + 40
    assert setup.hour.waiting_by_queue(setup.now).queues == ("mail", "media")
    assert [setup.waited(second) for second in (5, 15)] == [{"mail": 1, "media": 1}, {"mail": 1, "media": 0}]
    setup.drop("t2")
    assert [setup.waited(second)["mail"] for second in (35, 40)] == [1, 0]
    assert setup.hour.waiting_by_queue(setup.now).others is False


@pytest.mark.parametrize("before", [None, "guessed"])
def test_a_task_waited_all_along_in_the_queue_that_it_is_known_to_be_in_by_now(
    setup: Setup, before: str | None
) -> None:
    setup.put("waits", State.PENDING, created_at=START, queue=before)
    setup.put("ran", State.PENDING, created_at=START, queue=before)
    setup.now = START + 15
    setup.put("ran", State.STARTED, started_at=START + 15)
    setup.now = START + 25
    for task_id in ("waits", "ran"):
        setup.put(task_id, setup.tasks[task_id].state, queue="media")
    assert [setup.waited(second) for second in (0, 10, 20)] == [{"media": 2}, {"media": 1}, {"media": 1}]


def test_a_task_that_is_tried_again_in_another_queue_waits_there_from_then_on(setup: Setup) -> None:
    setup.put("t1", State.PENDING, created_at=START, queue="first")
    setup.now = START + 15
    setup.put("t1", State.STARTED, started_at=START + 12)
    setup.put("t1", State.RETRY)
    setup.now = START + 25
    setup.put("t1", State.RECEIVED, retries=1, received_at=START + 22, started_at=None, queue="second")
    assert setup.waited(22) == {"second": 1}
    assert setup.waited(12)["second"] == 0


def test_tasks_whose_queue_is_not_known_wait_in_none(setup: Setup) -> None:
    setup.put("t1", State.PENDING, created_at=START)
    setup.now = START + 10
    told = setup.hour.waiting_by_queue(setup.now)
    assert (told.queues, told.levels, told.others) == ((), (), False)
    assert setup.at(0).waiting == 1


def test_the_queues_of_an_hour_ago_are_no_longer_told(setup: Setup) -> None:
    run(setup, queue="media")
    setup.now = START + MINUTES * 60 - 1
    assert setup.hour.waiting_by_queue(setup.now).queues == ("media",)
    setup.now += 1
    assert setup.hour.waiting_by_queue(setup.now).queues == ()
