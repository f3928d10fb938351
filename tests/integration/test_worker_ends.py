"""What becomes of the tasks of a worker that vanishes or is stopped."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from redis import Redis as Client

from phloem.model.state import State
from phloem.reporting.recorder import MEMORY_SECONDS
from tests.integration.worker import APP, LEASE_SECONDS, Worker
from tests.waiting import wait_until


def test_a_worker_that_vanishes_loses_its_task_and_another_takes_it_up(redis_url: str, tmp_path: Path) -> None:
    with Worker(redis_url, tmp_path) as first:
        task_id = first.send("hold_on", 1.5)
        first.reaches(task_id, State.PROGRESS)
        first.child.kill()
        lost = first.reaches(task_id, State.LOST, LEASE_SECONDS + 10)
        assert lost.error is not None
        assert lost.error.type == "WorkerLost"
        with Worker(redis_url, tmp_path) as second:
            done = second.reaches(task_id, State.SUCCESS, 40)
        assert done.error is None
        assert second.states(task_id).count("LOST") == 1
        assert second.states(task_id)[-3:] == ["STARTED", "PROGRESS", "SUCCESS"]


def test_a_worker_that_is_stopped_warmly_ends_what_it_runs_and_puts_back_the_rest(
    redis_url: str, tmp_path: Path
) -> None:
    with Worker(redis_url, tmp_path, "--concurrency 1") as worker:
        runs, waits = worker.send("sleep", 1), worker.send("sleep", 0)
        worker.reaches(runs, State.PROGRESS)
        worker.reaches(waits, State.RECEIVED)
        worker.child.stop()
        assert worker.task(runs).state is State.SUCCESS
        assert worker.task(waits).state is State.PENDING
        with Worker(redis_url, tmp_path) as another:
            another.reaches(waits, State.SUCCESS)


def test_a_worker_that_is_stopped_cold_does_not_leave_its_task_as_if_it_ran(redis_url: str, tmp_path: Path) -> None:
    with Worker(redis_url, tmp_path) as worker:
        task_id = worker.send("sleep", 60)
        worker.reaches(task_id, State.PROGRESS)
        worker.child.signal(signal.SIGQUIT)
        wait_until(lambda: worker.child.status is not None, 60, "the worker ends")
        wait_until(lambda: worker.task(task_id).state.ended, LEASE_SECONDS + 10, lambda: str(worker.task(task_id)))
        assert "could not observe" not in worker.child.log()


def test_a_task_that_runs_for_long_comes_back_whole_when_redis_forgot_everything(
    redis_url: str, tmp_path: Path
) -> None:
    with Worker(redis_url, tmp_path) as worker:
        task_id = worker.send("sleep", 60)
        before = worker.reaches(task_id, State.PROGRESS)
        forgotten = (before.started_at or 0) + MEMORY_SECONDS + 1
        wait_until(lambda: time.time() > forgotten, MEMORY_SECONDS + 5, "what was said of its start is no recent event")
        with Client.from_url(redis_url) as client:
            client.flushall()
        after = worker.reaches(task_id, State.PROGRESS)
        for field in ("name", "worker", "args", "run", "started_at"):
            assert getattr(after, field) == getattr(before, field) is not None
        worker.child.kill()
        worker.reaches(task_id, State.LOST, LEASE_SECONDS + 10)


def test_a_task_whose_process_dies_in_the_next_one_has_succeeded_nevertheless(redis_url: str, tmp_path: Path) -> None:
    with Worker(redis_url, tmp_path, "--concurrency 1") as worker:
        worker.reaches(worker.send("add", 1, 2), State.SUCCESS)
        expiring = [None, 60] * 3  # the main process does not hear of the success of one that expires
        pairs = [(worker.send("add", 1, 2, expires=each), worker.send("die_at_once")) for each in expiring]
        for before, died in pairs:
            worker.reaches(died, State.FAILURE)
            assert worker.reaches(before, State.SUCCESS).name == f"{APP}.add"
