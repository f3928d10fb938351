"""What a real worker's tasks go through, as the record tells it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from phloem.instrument.calls import call
from phloem.instrument.messages.headers import CREATED, OWNER, RETRY_OF, SCHEDULE
from phloem.model.changes import Position
from phloem.model.state import State
from phloem.model.tries import tries_of
from tests.integration.worker import APP, Worker
from tests.processes import ROOT, Redis
from tests.waiting import wait_until


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
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60, env=os.environ | settings
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
    assert "I was here" in [entry.message for entry in worker.channel.short_log(task.id, 10)]


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
    tries = [(each.state, each.error and each.error.message, each.worker) for each in tries_of(done)]
    assert tries == [("RETRY", "the other side is away", done.worker)] * 2 + [("SUCCESS", None, done.worker)]
    states = worker.states(task_id)
    assert states.count("STARTED") == 3
    assert states[-1] == "SUCCESS"
    assert states.count("RETRY") == 2
    for before, after in pairwise(states):
        assert (before, after) in {
            ("PENDING", "RECEIVED"),
            ("RECEIVED", "STARTED"),
            ("STARTED", "RETRY"),
            ("RETRY", "RECEIVED"),
            ("RETRY", "STARTED"),
            ("STARTED", "SUCCESS"),
        }


def test_each_try_has_its_own_arguments_and_waits_since_the_one_before_it(worker: Worker) -> None:
    task_id = worker.send("count_down", 2)
    task = worker.reaches(task_id, State.SUCCESS)
    assert (task.args, task.kwargs) == ("[0]", '{"password":"[redacted]"}')
    assert [each.args for each in tries_of(task)] == ["[2]", "[1]", "[0]"]

    def causes() -> list[str]:
        found = worker.channel.task(task_id)
        return [each.error.message for each in tries_of(found)[:2] if each.error] if found is not None else []

    # Each process reports for itself: the cause of a try may come after the end of the next.
    wait_until(lambda: causes() == ["2 left", "1 left"], 40, lambda: f"both causes are told: {causes()}")
    task = worker.reaches(task_id, State.SUCCESS)
    assert task.retried_at == tries_of(task)[1].finished_at


def test_what_people_call_a_task_is_not_its_name(worker: Worker) -> None:
    task = worker.reaches(worker.send("forget", "geheim", shadow="forget it", priority=3), State.SUCCESS)
    assert (task.name, task.label, task.args) == (f"{APP}.forget", "forget it", '["[redacted]"]')
    assert (task.queue, task.exchange, task.priority) == ("celery", "", 3)


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
    assert "goodbye" in [entry.message for entry in worker.channel.short_log(task.id, 10)]


def test_a_task_that_is_stopped_while_it_runs(worker: Worker) -> None:
    task_id = worker.send("sleep", 30)
    worker.reaches(task_id, State.PROGRESS)
    worker.revoke(task_id, terminate=True)
    task = worker.reaches(task_id, State.REVOKED)
    assert "stopped while it ran" in (task.message or "")


def test_a_task_that_is_revoked_before_it_starts(worker: Worker) -> None:
    task_id = worker.send("add", 1, 2, countdown=60)  # the worker holds its message until then
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


def test_a_task_that_ends_itself(worker: Worker) -> None:
    assert "asked for no result" in (worker.reaches(worker.send("ignore"), State.REVOKED).message or "")


def test_a_task_that_rejects_its_message_has_failed_as_celery_stores_it(worker: Worker) -> None:
    error = worker.reaches(worker.send("reject"), State.FAILURE).error
    assert error is not None
    assert (error.type, error.message) == ("Reject", "not for me")


def test_a_task_that_replaces_itself_goes_on_under_its_id(worker: Worker) -> None:
    task_id = worker.send("front", 21)
    task = worker.reaches(task_id, State.SUCCESS)
    assert (task.result, (task.name or "").rpartition(".")[2]) == ("42", "front")
    assert "REVOKED" not in worker.states(task_id)


def test_a_message_that_is_given_back_comes_again(worker: Worker) -> None:
    task_id = worker.send("picky")
    assert worker.reaches(task_id, State.SUCCESS).result == '"now"'
    assert worker.states(task_id).count("STARTED") == 2
    assert "REVOKED" not in worker.states(task_id)


def test_an_end_that_a_task_stores_itself_is_its_end(worker: Worker) -> None:
    error = worker.reaches(worker.send("says_failure"), State.FAILURE).error
    assert error is not None
    assert (error.type, error.message) == ("ValueError", "row 3")


def test_what_follows_a_task_that_failed_has_failed_with_it(worker: Worker) -> None:
    task = worker.reaches(worker.send_chain("fail", "add"), State.FAILURE)
    assert task.error is not None
    assert (task.error.message, task.started_at) == ("this cannot work", None)


def test_a_task_passes_none_of_our_headers_on(worker: Worker) -> None:
    inner = secrets.token_hex(8)
    ours = {CREATED: 5.0, SCHEDULE: "nightly", RETRY_OF: "t0", OWNER: "acme"}
    outer = worker.reaches(worker.send("passes_on", inner, headers={**ours, "tenant": "acme"}), State.SUCCESS)
    assert (outer.created_at, outer.result) == (5.0, '{"tenant":"acme"}')
    task = worker.reaches(inner, State.SUCCESS)
    assert (task.schedule, task.retry_of, task.created_at != 5.0) == (None, None, True)
    assert (outer.owner, task.owner) == ("acme", "acme")  # which is that of the run, not of the header


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
    # The main process tells of the message, and may do so a moment after the child has told of the end.
    held = wait_until(lambda: worker.channel.call(task_id), 60, "the call is kept") or b""
    assert "hide something" in (call.read(held).refusal or "")
    assert b"2345" not in held


def test_a_text_that_the_producer_chose_is_shown_after_a_retry_too(worker: Worker) -> None:
    task_id = worker.send("flaky", kwargsrepr="<hidden>")
    assert worker.reaches(task_id, State.SUCCESS).kwargs == "<hidden>"


def test_a_task_that_is_tried_again_was_not_started_by_itself(worker: Worker) -> None:
    task = worker.reaches(worker.send("flaky"), State.SUCCESS)
    assert (task.retries, task.parent_id) == (2, None)


def test_the_arguments_are_kept_where_nobody_chose_another_text(worker: Worker) -> None:
    task = worker.reaches(worker.send("forget", kwargs={"password": "geheim"}), State.SUCCESS)
    held = wait_until(lambda: worker.channel.call(task.id), 60, "the call is kept") or b""
    assert b'{"password": "geheim"}' in (call.read(held).body or b"")


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

    def known() -> dict[str, State]:
        return {task.id: task.state for page in worker.channel.changed(Position()) for task in page.tasks}

    assert set(sent) <= set(known())
    wait_until(lambda: all(state.ended for state in known().values()), 40, lambda: f"all have ended: {known()}")
