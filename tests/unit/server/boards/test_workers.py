"""The board of workers, from answers that the test gives."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from phloem.model.state import State
from phloem.record.stores.workers import WorkerFacts
from phloem_server.boards.fleet import OFFLINE_KEPT_SECONDS, SILENT_ROUNDS
from tests.unit.server.boards.asked import Asked


def test_a_worker_that_answers_is_online_and_says_what_it_is(asked: Asked) -> None:
    asked.control.come("w@here", "default", "mail")
    asked.fleet.ask()
    worker = asked.worker()
    assert (worker.host, worker.online, worker.pool, worker.slots) == ("here", True, "prefork", 2)
    assert (worker.queues, worker.processed, worker.since, worker.heard_at) == (("default", "mail"), 5, 900, 1000)


def test_since_when_it_runs_does_not_move_with_its_answers(asked: Asked) -> None:
    asked.control.come("w@here", uptime=100)
    asked.fleet.ask()
    asked.now += 2.9
    asked.control.come("w@here", uptime=102)
    asked.fleet.ask()
    assert asked.worker().since == 900
    asked.control.stats.clear()
    asked.control.come("w@here", uptime=1, pid=8)
    asked.fleet.ask()
    assert asked.worker().since == asked.now - 1


def test_one_answer_may_be_missed_and_then_it_is_not_online_and_then_forgotten(asked: Asked) -> None:
    asked.control.come("w@here", "default")
    asked.fleet.ask()
    asked.control.stats.clear()
    for missed in range(1, SILENT_ROUNDS + 1):
        asked.now += 2
        asked.fleet.ask()
        assert asked.worker().online is (missed < SILENT_ROUNDS)
    assert asked.worker().heard_at == 1000
    asked.now += OFFLINE_KEPT_SECONDS
    asked.fleet.ask()
    assert asked.workers.picture().workers == ()


def test_what_runs_is_told_by_the_record_also_of_a_worker_that_says_nothing(asked: Asked) -> None:
    asked.task("1", State.STARTED, worker="solo@there", name="a.b", queue="q", started_at=5.0)
    asked.fleet.ask()
    worker = asked.worker("solo@there")
    assert (worker.online, worker.pool, worker.slots, worker.heard_at) == (False, None, None, None)
    assert [(job.id, job.name, job.queue, job.started_at) for job in worker.running] == [("1", "a.b", "q", 5.0)]
    asked.task("1", State.SUCCESS, worker="solo@there")
    assert asked.workers.picture().workers == ()


def test_while_the_broker_is_away_the_last_picture_stays_and_says_since_when(asked: Asked) -> None:
    asked.control.come("w@here", "default")
    asked.fleet.ask()
    asked.control.away = True
    asked.now = 1010
    asked.fleet.ask()
    asked.now = 1020
    asked.fleet.ask()
    picture = asked.workers.picture()
    assert (picture.stale_since, picture.trouble) == (1010, "The broker does not answer.")
    assert [worker.online for worker in picture.workers] == [True]
    asked.control.away = False
    asked.fleet.ask()
    assert (asked.workers.picture().stale_since, asked.workers.picture().trouble) == (None, None)


@pytest.mark.parametrize("stats", [{"pool": None, "total": None, "uptime": None, "pid": None}, {"pool": "?"}])
def test_a_worker_that_says_less_is_shown_with_less(asked: Asked, stats: dict[str, Any]) -> None:
    asked.control.come("w@here", **stats)
    asked.fleet.ask()
    assert (asked.worker().online, asked.worker().pool, asked.worker().slots) == (True, None, None)


DAY = 86400.0


def facts(name: str = "w@here", pid: int = 7, since: float = 900.0) -> WorkerFacts:
    return WorkerFacts(name=name, pid=pid, since=since, pool="solo", slots=1, queues=("default",))


def test_two_workers_of_one_name_are_two_and_each_says_so(asked: Asked) -> None:
    asked.control.come("w@here", uptime=100, pid=7)
    asked.control.come("w@here", uptime=50, pid=8)
    asked.task("1", State.STARTED, worker="w@here")
    asked.fleet.ask()
    workers = asked.workers.picture().workers
    assert [(each.pid, each.namesakes, each.online, len(each.running)) for each in workers] == [
        (7, 1, True, 1),
        (8, 1, True, 0),
    ]


def test_of_two_of_one_name_one_may_miss_a_round(asked: Asked) -> None:
    asked.control.come("w@here", pid=7)
    asked.control.come("w@here", pid=8)
    asked.fleet.ask()
    del asked.control.stats["w@here", 8]
    asked.fleet.ask()
    assert [each.pid for each in asked.workers.picture().workers] == [7, 8]
    asked.fleet.ask()
    assert [each.pid for each in asked.workers.picture().workers] == [7]


def test_a_worker_that_answers_nothing_is_known_by_its_lease(asked: Asked) -> None:
    asked.channel.workers.introduce("lease", facts())
    asked.fleet.ask()
    worker = asked.worker()
    assert (worker.online, worker.answers, worker.pool, worker.slots, worker.queues) == (
        True,
        False,
        "solo",
        1,
        ("default",),
    )
    assert (worker.since, worker.heard_at) == (900, asked.now)
    assert asked.queue("default").consumers == ("w@here",)


def test_a_worker_that_answers_and_has_a_lease_is_one(asked: Asked) -> None:
    asked.channel.workers.introduce("lease", facts())
    asked.control.come("w@here", "default")
    asked.fleet.ask()
    [worker] = asked.workers.picture().workers
    assert (worker.answers, worker.pool, worker.namesakes) == (True, "prefork", 0)


def test_a_worker_that_vanished_stays_with_what_it_lost_for_a_day(asked: Asked) -> None:
    asked.channel.workers.introduce("old", facts(pid=7, since=900.0))
    asked.channel.workers.depart("old", goodbye=False)
    asked.channel.workers.introduce("new", facts(pid=8, since=1001.0))
    asked.task("1", State.LOST, worker="w@here", name="a.b", started_at=950.0, finished_at=1000.0)
    asked.fleet.ask()
    gone, new = asked.workers.picture().workers
    assert (gone.pid, gone.online, gone.heard_at, gone.lost_count, gone.lost[0].id) == (7, False, 1000, 1, "1")
    assert (new.pid, new.online, new.lost, new.namesakes) == (8, True, (), 0)
    asked.now += DAY + 1
    asked.fleet.ask()
    assert [each.pid for each in asked.workers.picture().workers] == [8]


def test_one_that_answered_until_it_vanished_is_one(asked: Asked) -> None:
    asked.channel.workers.introduce("lease", facts())
    asked.control.come("w@here", "default")
    asked.fleet.ask()
    asked.control.stats.clear()
    asked.channel.workers.depart("lease", goodbye=False)
    for _ in range(SILENT_ROUNDS):
        asked.now += 5
        asked.fleet.ask()
    [worker] = asked.workers.picture().workers
    assert (worker.online, worker.heard_at) == (False, 1000)


def test_one_that_only_the_record_knows_stays_for_a_day_as_well(asked: Asked) -> None:
    asked.task("1", State.LOST, worker="w@there", finished_at=1000.0)
    asked.fleet.ask()
    assert asked.worker("w@there").lost_count == 1
    asked.now += DAY + 1
    assert asked.workers.picture().workers == ()


def test_one_that_said_goodbye_is_not_shown_beside_its_successor_and_soon_not_at_all(asked: Asked) -> None:
    asked.channel.workers.introduce("old", facts(pid=7))
    asked.channel.workers.depart("old")
    asked.fleet.ask()
    assert [each.online for each in asked.workers.picture().workers] == [False]
    asked.channel.workers.introduce("new", facts(pid=8))
    asked.fleet.ask()
    assert [each.pid for each in asked.workers.picture().workers] == [8]
    asked.channel.workers.depart("new")
    asked.now += OFFLINE_KEPT_SECONDS + 1
    asked.fleet.ask()
    assert asked.workers.picture().workers == ()


def test_a_worker_is_shown_with_what_its_heartbeats_tell_and_with_its_tasks_by_state(asked: Asked) -> None:
    asked.channel.workers.introduce(
        "lease", msgspec.structs.replace(facts(), load=(0.5, 0.25, 0.125), software="py-celery 5.7.0 Linux")
    )
    for number, state in enumerate((State.SUCCESS, State.SUCCESS, State.FAILURE)):
        asked.task(str(number), state, worker="w@here")
    asked.fleet.ask()
    worker = asked.worker()
    assert (worker.load, worker.software) == ((0.5, 0.25, 0.125), "py-celery 5.7.0 Linux")
    assert worker.totals == {State.SUCCESS: 2, State.FAILURE: 1}
