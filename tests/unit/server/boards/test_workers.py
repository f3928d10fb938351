"""The board of workers, from answers that the test gives."""

from __future__ import annotations

from typing import Any

import pytest

from phloem.model.state import State
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
