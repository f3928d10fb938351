"""What a real worker's tasks go through, as the record tells it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from phloem.model.changes import Position
from phloem.model.state import State
from tests.integration.worker import APP, Worker
from tests.processes import ROOT, Redis


@pytest.fixture(scope="module")
def worker(redis_server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    with Worker(redis_server.url, tmp_path_factory.mktemp("worker")) as worker:
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


def send_attached(worker: Worker, call: str) -> str:
    """Sends a task as a producer that Phloem is attached to; its id."""
    settings = {"REDIS_URL": worker.channel.settings.redis_url, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    code = f"from {APP} import *; print({call}.id)"
    sent = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30, env=os.environ | settings
    )
    return sent.stdout.strip()


def test_a_task_whose_producer_is_attached_as_well_is_there_from_the_moment_it_is_sent(worker: Worker) -> None:
    task = worker.reaches(send_attached(worker, "add.delay(1, 2)"), State.SUCCESS)
    assert worker.states(task.id) == ["PENDING", "RECEIVED", "STARTED", "SUCCESS"]
    assert task.created_at is not None
    assert task.received_at is not None
    assert task.created_at <= task.received_at


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
    assert task.error.message == "It ran longer than its soft time limit of 1 s."


def test_a_hard_time_limit_is_one_failure(worker: Worker) -> None:
    task = worker.reaches(worker.send("much_too_slow"), State.FAILURE)
    assert task.error is not None
    assert task.error.type == "TimeLimitExceeded"
    assert task.error.message == "It was killed at its hard time limit of 1 s."
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
    task_id = worker.send("add", 1, 2, countdown=1.5)
    worker.reaches(task_id, State.RECEIVED)
    worker.revoke(task_id)
    assert "before it started" in (worker.reaches(task_id, State.REVOKED).message or "")


def test_a_task_that_expires(worker: Worker) -> None:
    task_id = worker.send("add", 1, 2, countdown=1, expires=0.5)
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


@pytest.mark.parametrize("attached", [True, False])
def test_where_the_producer_chose_other_texts_for_the_arguments_those_are_shown(worker: Worker, attached: bool) -> None:
    texts = {"argsrepr": "(1, '<hidden>')", "kwargsrepr": "<none>"}
    if attached:
        task_id = send_attached(worker, f"add.apply_async((1, 2345), **{texts})")
    else:
        task_id = worker.send("add", 1, 2345, **texts)
    task = worker.reaches(task_id, State.SUCCESS)
    assert (task.args, task.kwargs) == ("(1, '<hidden>')", "<none>")
    assert worker.channel.call(task_id) is None


def test_a_text_that_the_producer_chose_is_shown_after_a_retry_too(worker: Worker) -> None:
    task_id = worker.send("flaky", kwargsrepr="<hidden>")
    assert worker.reaches(task_id, State.SUCCESS).kwargs == "<hidden>"
    assert worker.channel.call(task_id) is None


def test_a_task_that_is_tried_again_was_not_started_by_itself(worker: Worker) -> None:
    task = worker.reaches(worker.send("flaky"), State.SUCCESS)
    assert (task.retries, task.parent_id) == (2, None)


def test_the_arguments_are_kept_where_nobody_chose_another_text(worker: Worker) -> None:
    task = worker.reaches(worker.send("forget", kwargs={"password": "geheim"}), State.SUCCESS)
    assert worker.channel.call(task.id) == '[[],{"password":"geheim"}]'


def test_headers_that_a_producer_sends_arrive_as_they_were_sent(worker: Worker) -> None:
    own = {"run": "my-ml-run", "received_at": "yesterday"}
    task = worker.reaches(worker.send("own_headers", headers=own), State.SUCCESS)
    assert json.loads(task.result or "") == own
    assert task.run != "my-ml-run"


def test_nothing_went_wrong_while_observing(worker: Worker) -> None:
    assert "could not observe" not in worker.child.log()
    assert "Phloem lost" not in worker.child.log()


def test_every_task_that_was_sent_is_in_the_record_and_has_ended(worker: Worker) -> None:
    sent = [worker.send("add", number, 1) for number in range(3)]
    for task_id in sent:
        worker.reaches(task_id, State.SUCCESS)
    tasks = {task.id: task.state for page in worker.channel.changed(Position()) for task in page.tasks}
    assert set(sent) <= set(tasks)
    assert [task_id for task_id, state in tasks.items() if not state.ended] == []
