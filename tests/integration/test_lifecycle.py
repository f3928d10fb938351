"""What a real worker's tasks go through, as the record tells it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from phloem.event import Position, State
from tests.integration.worker import APP, Worker
from tests.processes import running_redis


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with running_redis() as redis, Worker(redis, tmp_path_factory.mktemp("worker")) as worker:
        yield worker


def test_a_task_that_succeeds(worker: Worker) -> None:
    task = worker.reaches(worker.send("add", 1, 2), State.SUCCESS)
    assert (task.name, task.args, task.kwargs, task.result) == (f"{APP}.add", "[1,2]", "{}", "3")
    assert (task.queue, task.retries, task.error) == ("celery", 0, None)
    assert task.received_at is not None
    assert task.started_at is not None
    assert task.finished_at is not None
    assert task.received_at <= task.started_at <= task.finished_at
    # PENDING is told by producers that Phloem is attached to; other tests of this process may have done that.
    assert [state for state in worker.states(task.id) if state != "PENDING"] == ["RECEIVED", "STARTED", "SUCCESS"]


def test_a_task_whose_result_nobody_keeps_is_live_all_the_same(worker: Worker) -> None:
    task = worker.reaches(worker.send("forget", kwargs={"password": "geheim"}), State.SUCCESS)
    assert task.kwargs == '{"password":"[redacted]"}'
    assert "I was here" in [entry.message for entry in worker.channel.last_log(task.id, 10)]


def test_a_task_that_fails_tells_where(worker: Worker) -> None:
    task = worker.reaches(worker.send("fail"), State.FAILURE)
    assert task.error is not None
    assert (task.error.type, task.error.message) == ("ValueError", "this cannot work")
    assert "in fail" in (task.error.traceback or "")


def test_an_error_that_a_task_announces_comes_without_a_traceback(worker: Worker) -> None:
    task = worker.reaches(worker.send("expected"), State.FAILURE)
    assert task.error is not None
    assert (task.error.type, task.error.traceback) == ("KeyError", None)


def test_every_try_is_a_run_and_the_wait_between_them_is_shown(worker: Worker) -> None:
    task_id = worker.send("flaky")
    waiting = worker.reaches(task_id, State.RETRY)
    assert waiting.error is not None
    assert waiting.error.message == "the other side is away"
    done = worker.reaches(task_id, State.SUCCESS)
    assert (done.retries, done.error, done.result) == (2, None, '"at last"')
    states = worker.states(task_id)
    assert states.count("STARTED") == 3
    assert states[-1] == "SUCCESS"
    assert states.count("RETRY") >= 2
    for before, after in pairwise(states):
        assert (before, after) in {
            ("PENDING", "RECEIVED"),
            ("RECEIVED", "STARTED"),
            ("STARTED", "RETRY"),
            ("RETRY", "RETRY"),  # the next try was received, and waits for its time
            ("RETRY", "RECEIVED"),
            ("RETRY", "STARTED"),
            ("STARTED", "SUCCESS"),
        }


def test_a_soft_time_limit_is_a_failure(worker: Worker) -> None:
    task = worker.reaches(worker.send("too_slow"), State.FAILURE)
    assert task.error is not None
    assert task.error.type == "SoftTimeLimitExceeded"


def test_a_hard_time_limit_is_one_failure(worker: Worker) -> None:
    task = worker.reaches(worker.send("much_too_slow"), State.FAILURE)
    assert task.error is not None
    assert task.error.type == "TimeLimitExceeded"
    assert worker.states(task.id).count("FAILURE") == 1


def test_a_child_that_was_killed_is_a_failure_and_its_last_words_are_kept(worker: Worker) -> None:
    task = worker.reaches(worker.send("die"), State.FAILURE)
    assert task.error is not None
    assert task.error.type == "WorkerLostError"
    assert "goodbye" in [entry.message for entry in worker.channel.last_log(task.id, 10)]


def test_a_task_that_is_stopped_while_it_runs(worker: Worker) -> None:
    task_id = worker.send("sleep", 30)
    worker.reaches(task_id, State.PROGRESS)
    worker.revoke(task_id, terminate=True)
    task = worker.reaches(task_id, State.REVOKED)
    assert "stopped while it ran" in (task.message or "")


def test_a_task_that_is_revoked_before_it_starts(worker: Worker) -> None:
    task_id = worker.send("add", 1, 2, countdown=3)
    worker.reaches(task_id, State.RECEIVED)
    worker.revoke(task_id)
    assert "before it started" in (worker.reaches(task_id, State.REVOKED).message or "")


def test_a_task_that_expires(worker: Worker) -> None:
    task_id = worker.send("add", 1, 2, countdown=2, expires=1)
    assert "expired" in (worker.reaches(task_id, State.REVOKED).message or "")


def test_a_task_that_the_worker_does_not_have(worker: Worker) -> None:
    task = worker.reaches(worker.send("no_such_task"), State.FAILURE)
    assert task.error is not None
    assert "has no task" in task.error.message


def test_a_message_that_comes_again_when_its_child_died_is_another_run(worker: Worker, tmp_path: Path) -> None:
    task_id = worker.send("die_once", str(tmp_path / "marker"))
    task = worker.reaches(task_id, State.SUCCESS)
    assert task.result == '"the second time"'
    assert worker.states(task_id).count("STARTED") == 2


@pytest.mark.parametrize(("name", "said"), [("reject", "not for me"), ("ignore", "asked for no result")])
def test_a_task_that_ends_itself(worker: Worker, name: str, said: str) -> None:
    assert said in (worker.reaches(worker.send(name), State.REVOKED).message or "")


def test_secrets_do_not_leave_the_worker(worker: Worker) -> None:
    task = worker.reaches(worker.send("unwilling"), State.SUCCESS)
    assert task.result == '{"password":"[redacted]","count":3}'


def test_nothing_went_wrong_while_observing(worker: Worker) -> None:
    assert "could not observe" not in worker.child.log()
    assert "Phloem lost" not in worker.child.log()


def test_all_tasks_are_in_the_record(worker: Worker) -> None:
    tasks = [task for page in worker.channel.changed(Position()) for task in page.tasks]
    assert all(task.state.ended for task in tasks)
