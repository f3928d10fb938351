"""What a task says, through a real worker, as the record tells it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from celery import Celery

from phloem.model.state import State
from phloem.model.task import Task
from phloem.progress.log_lines import LINES_WAITING
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.child import Child
from tests.integration.worker import ALONE
from tests.processes import ROOT, Redis
from tests.waiting import wait_until

APP = "tests.integration.progress_app"


class Worker:
    """A worker of the progress app with a pool of one kind, and the record that it writes."""

    def __init__(self, redis_url: str, pool: str, folder: Path) -> None:
        self.channel = RedisChannel(Settings(redis_url=redis_url, namespace=pool))
        self._redis_url = redis_url
        environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "PHLOEM_NAMESPACE": pool,
            "PHLOEM_DATA_DIR": str(folder),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        options = f"--pool {pool} --concurrency 2 --queues {pool} --hostname {pool}@here --loglevel INFO"
        command = f"exec {shlex.quote(sys.executable)} -m celery -A {APP} worker {options} {ALONE}"
        self.pool = pool
        self.child = Child(command, folder / "worker.log", environment)
        wait_until(lambda: " ready." in self.child.log(), 60, self.child.log)

    def run(self, name: str, state: State = State.SUCCESS) -> Task:
        """Sends a task and waits for its end."""
        with Celery(broker=self._redis_url, backend=self._redis_url, set_as_current=False) as app:
            task_id = str(app.send_task(f"{APP}.{name}", queue=self.pool).id)
        self.finished(task_id, state)
        return self.finished(task_id, state)

    def finished(self, task_id: str, state: State) -> Task:
        def there() -> Task | None:
            found = self.channel.task(task_id)
            return found if found is not None and found.state is state else None

        found = wait_until(there, 60, lambda: f"{self.channel.task(task_id)}; {self.child.log()[-3000:]}")
        assert found is not None
        return found

    def lines(self, task: Task) -> list[tuple[str, str]]:
        return [(entry.level, entry.message) for entry in self.channel.short_log(task.id, 1000) if entry.kind == "log"]

    def states(self, task: Task) -> list[str]:
        return [entry.message for entry in self.channel.short_log(task.id, 1000) if entry.kind == "state"]


@pytest.fixture(scope="module", params=["prefork", "solo", "threads", "gevent", "eventlet"])
def worker(
    request: pytest.FixtureRequest, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    worker = Worker(redis_server.url, request.param, tmp_path_factory.mktemp(request.param))
    yield worker
    worker.child.kill()
    assert "could not observe" not in worker.child.log()


def test_a_task_is_called_by_its_arguments_or_as_it_calls_itself(worker: Worker) -> None:
    assert worker.run("served").label == "Contoso"
    label = worker.run("calls_itself").label
    assert label is not None
    assert (label[:21], label[-2:], len(label)) == ("<b>Contoso-Corp</b> !", "!…", 200)


def outline(task: Task) -> dict[str, Any]:
    return {step.key: (step.description, step.current, step.total, step.done) for step in task.steps}


def test_steps_and_bars(worker: Worker) -> None:
    task = worker.run("steps")
    assert outline(task) == {
        "1": ("All", 2, 2, True),
        "1.1": ("first", 3, 3, True),
        "1.2": ("second", 3, 3, True),
    }
    assert (task.percent, task.message) == (100, "second")


def test_each_try_has_its_steps_in_time_and_lines_belong_to_them(worker: Worker) -> None:
    task = worker.run("imports")
    first, second = task.tries or ()
    unset = msgspec.UNSET
    assert [(step.key, step.name, step.description, step.finished_at) for step in first.steps or ()] == [
        ("1", unset, "Importing", None),
        ("1.1", "Reading", "page 0", None),  # the next try was asked for within it
    ]
    whole, reading = task.steps
    assert (reading.name, reading.description, reading.done) == ("Reading", "page 1", True)
    begun = [second.started_at, whole.started_at, reading.started_at]
    times = [*begun, reading.finished_at, whole.finished_at, task.finished_at]
    assert times == sorted(at for at in times if at is not None)
    entries = [entry for entry in worker.channel.short_log(task.id, 1000) if entry.kind == "log"]
    said = [(entry.message, entry.step, entry.run, entry.fields) for entry in entries]
    assert said == [
        ("Read", "1.1", unset, {"page": 0, "password": "[redacted]"}),
        ("printed", "1.1", unset, unset),
        ("Read", "1.1", second.run, {"page": 1, "password": "[redacted]"}),
        ("printed", "1.1", second.run, unset),
    ]


def test_what_a_task_logs_and_prints_is_heard_once_and_is_not_its_message(worker: Worker) -> None:
    task = worker.run("talk")
    lines = worker.lines(task)
    assert ("warning", "a warning") in [
        (level, message.rpartition("UserWarning: ")[2].split("\n")[0]) for level, message in lines
    ]
    assert [line for line in lines if "UserWarning" not in line[1]] == [
        ("info", "this is the message"),
        ("info", "of the task's logger"),
        ("warning", "of any logger"),
        ("info", "printed in 3"),
        ("warning", "to stderr"),
        ("info", "unfinished"),
    ]
    assert task.message == "this is the message"
    assert "printed" in worker.child.log()
    assert "of any logger" in worker.child.log()


def test_a_flood_is_cut_and_says_so(worker: Worker) -> None:
    lines = [message for _, message in worker.lines(worker.run("flood"))]
    assert lines[0] == "line 0"
    assert lines[-1].endswith("more lines were left out")
    assert LINES_WAITING <= len(lines) < 1000


def test_celerys_update_state_without_a_result(worker: Worker) -> None:
    task = worker.run("update")
    assert outline(task) == {"1": ("Row 3", 3, 4, False)}
    assert (task.percent, task.message) == (75, "Row 3")


def test_a_state_of_ones_own_is_progress(worker: Worker) -> None:
    task = worker.run("custom")
    assert task.message == "UPLOADING"
    assert "PROGRESS" in worker.states(task)


def test_threads_of_a_task_belong_to_it_where_no_other_can_run_beside_it(worker: Worker) -> None:
    found = outline(worker.run("threads"))
    assert found["1"] == ("task", 0, None, True)
    if worker.pool in ("prefork", "solo"):
        assert found["2"] == ("thread", 0, None, True)
        assert found["3"] == ("executor", 0, None, True)


def test_coroutines_of_a_task_belong_to_it(worker: Worker) -> None:
    found = outline(worker.run("coroutines"))
    parts = {description for key, (description, *_) in found.items() if key.startswith("1.")}
    assert found["1"] == ("pages", 2, 2, True)
    assert parts == {"a", "b", "a in a thread", "b in a thread"}
    assert len(found) == 9
