"""The picture of workers and queues, from answers that the test gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from phloem.model.changes import Changes
from phloem.model.state import State
from phloem.model.task import Task
from phloem.testing import MemoryChannel
from phloem_server.boards.workers import KEPT, SILENT, Fleet, Queue, Worker
from phloem_server.control.errors import BrokerUnavailable
from phloem_server.control.remote_control import RemoteControl, Survey
from phloem_server.mirror.follower import Follower


class Workers(RemoteControl):
    """Answers as told."""

    def __init__(self) -> None:
        self.stats: dict[str, dict[str, Any]] = {}
        self.queues: dict[str, tuple[str, ...]] = {}
        self.depths: dict[str, int | None] = {}
        self.away = False
        self.asked_for: list[str] = []

    def survey(self, queues: Iterable[str] = ()) -> Survey:
        if self.away:
            raise BrokerUnavailable("The broker does not answer.")
        self.asked_for = list(queues)
        return Survey(stats=self.stats, queues=self.queues, depths=self.depths)

    def come(self, name: str, *queues: str, **stats: Any) -> None:
        pool = {"implementation": "celery.concurrency.prefork:TaskPool", "max-concurrency": 2}
        self.stats[name] = {"pid": 7, "uptime": 100, "total": {"a": 2, "b": 3}, "pool": pool, **stats}
        self.queues[name] = queues


class Setup:
    def __init__(self) -> None:
        self.now = 1000.0
        self.workers = Workers()
        self.relay = Follower(MemoryChannel())
        self.fleet = Fleet(self.workers, self.relay, lambda: self.now)
        self._offset = 0

    def task(self, task_id: str, state: State, **facts: Any) -> None:
        self._offset += 1
        task = Task(id=task_id, state=state, offset=self._offset, first_offset=self._offset, **facts)
        self.relay._take(Changes(epoch="e", from_=self._offset - 1, to=self._offset, tasks=(task,)), heard=True)

    def worker(self, name: str = "w@here") -> Worker:
        return next(worker for worker in self.fleet.workers().workers if worker.name == name)

    def queue(self, name: str) -> Queue:
        return next(queue for queue in self.fleet.queues().queues if queue.name == name)


@pytest.fixture
def setup() -> Setup:
    return Setup()


def test_a_worker_that_answers_is_online_and_says_what_it_is(setup: Setup) -> None:
    setup.workers.come("w@here", "default", "mail")
    setup.fleet.ask()
    worker = setup.worker()
    assert (worker.host, worker.online, worker.pool, worker.slots) == ("here", True, "prefork", 2)
    assert (worker.queues, worker.processed, worker.since, worker.heard_at) == (("default", "mail"), 5, 900, 1000)


def test_since_when_it_runs_does_not_move_with_its_answers(setup: Setup) -> None:
    setup.workers.come("w@here", uptime=100)
    setup.fleet.ask()
    setup.now += 2.9
    setup.workers.come("w@here", uptime=102)
    setup.fleet.ask()
    assert setup.worker().since == 900
    setup.workers.come("w@here", uptime=1, pid=8)
    setup.fleet.ask()
    assert setup.worker().since == setup.now - 1


def test_one_answer_may_be_missed_and_then_it_is_not_online_and_then_forgotten(setup: Setup) -> None:
    setup.workers.come("w@here", "default")
    setup.fleet.ask()
    setup.workers.stats.clear()
    for missed in range(1, SILENT + 1):
        setup.now += 2
        setup.fleet.ask()
        assert setup.worker().online is (missed < SILENT)
    assert setup.worker().heard_at == 1000
    setup.now += KEPT
    setup.fleet.ask()
    assert setup.fleet.workers().workers == ()


def test_what_runs_is_told_by_the_record_also_of_a_worker_that_says_nothing(setup: Setup) -> None:
    setup.task("1", State.STARTED, worker="solo@there", name="a.b", queue="q", started_at=5.0)
    setup.fleet.ask()
    worker = setup.worker("solo@there")
    assert (worker.online, worker.pool, worker.slots, worker.heard_at) == (False, None, None, None)
    assert [(job.id, job.name, job.queue, job.started_at) for job in worker.running] == [("1", "a.b", "q", 5.0)]
    setup.task("1", State.SUCCESS, worker="solo@there")
    assert setup.fleet.workers().workers == ()


def test_a_queue_has_its_depth_from_the_broker_and_its_waits_from_the_record(setup: Setup) -> None:
    setup.workers.come("w@here", "default")
    setup.workers.depths = {"default": 3, "mail": 0, "odd": None}
    setup.task("1", State.PENDING, queue="default", created_at=990.0)
    setup.task("2", State.RECEIVED, queue="default", created_at=980.0)
    setup.task("3", State.PENDING, queue="mail", created_at=980.0, eta=2000.0)
    setup.task("4", State.STARTED, queue="mail")
    setup.fleet.ask()
    assert sorted(setup.workers.asked_for) == ["default", "mail"]
    default, mail = setup.queue("default"), setup.queue("mail")
    assert (default.depth, default.waiting, default.oldest_at, default.consumers) == (3, 2, 980.0, ("w@here",))
    # What is to start later does not wait yet.
    assert (mail.depth, mail.waiting, mail.oldest_at, mail.running, mail.consumers) == (0, 1, None, 1, ())
    assert setup.queue("odd").depth is None


def test_who_is_not_online_takes_from_no_queue(setup: Setup) -> None:
    setup.workers.come("w@here", "default")
    setup.fleet.ask()
    setup.workers.stats.clear()
    for _ in range(SILENT):
        setup.fleet.ask()
    assert setup.fleet.queues().queues == ()


def test_a_task_that_was_removed_waits_no_more(setup: Setup) -> None:
    setup.task("1", State.PENDING, queue="default", created_at=990.0)
    setup.task("2", State.SUCCESS, queue="default")
    setup.relay._take(Changes(epoch="e", from_=2, to=3, drop=("1",)), heard=True)
    assert (setup.queue("default").waiting, setup.queue("default").oldest_at) == (0, None)


def test_a_queue_of_which_no_task_is_left_is_forgotten(setup: Setup) -> None:
    setup.task("1", State.PENDING, created_at=990.0)  # nobody said yet where it waits
    setup.task("1", State.PENDING, queue="for-one-reply", created_at=990.0)
    assert setup.queue("for-one-reply").waiting == 1
    setup.task("1", State.STARTED, queue="for-one-reply")
    setup.task("1", State.SUCCESS, queue="for-one-reply")
    assert setup.queue("for-one-reply").waiting == 0
    setup.relay._take(Changes(epoch="e", from_=4, to=5, drop=("1",)), heard=True)
    assert setup.fleet.queues().queues == ()


def test_while_the_broker_is_away_the_last_picture_stays_and_says_since_when(setup: Setup) -> None:
    setup.workers.come("w@here", "default")
    setup.fleet.ask()
    setup.workers.away = True
    setup.now = 1010
    setup.fleet.ask()
    setup.now = 1020
    setup.fleet.ask()
    picture = setup.fleet.workers()
    assert (picture.stale_since, picture.trouble) == (1010, "The broker does not answer.")
    assert [worker.online for worker in picture.workers] == [True]
    setup.workers.away = False
    setup.fleet.ask()
    assert (setup.fleet.workers().stale_since, setup.fleet.workers().trouble) == (None, None)


@pytest.mark.parametrize("stats", [{"pool": None, "total": None, "uptime": None, "pid": None}, {"pool": "?"}])
def test_a_worker_that_says_less_is_shown_with_less(setup: Setup, stats: dict[str, Any]) -> None:
    setup.workers.come("w@here", **stats)
    setup.fleet.ask()
    assert (setup.worker().online, setup.worker().pool, setup.worker().slots) == (True, None, None)
