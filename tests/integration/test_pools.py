"""Tasks are observed in every pool that Celery has."""

from __future__ import annotations

from pathlib import Path

import pytest

from phloem.model.state import State
from tests.integration.worker import Worker

POOLS = ["--pool solo", "--pool threads --concurrency 4", "--pool prefork --concurrency 2 --max-tasks-per-child 1"]
POOLS += ["--pool gevent --concurrency 4", "--pool eventlet --concurrency 4"]


@pytest.mark.parametrize("pool", POOLS)
def test_every_pool_is_observed(redis_url: str, tmp_path: Path, pool: str) -> None:
    with Worker(redis_url, tmp_path, pool) as worker:
        sent = [worker.send("add", number, 1) for number in range(4)] + [worker.send("sleep", 0.3) for _ in range(3)]
        failed = worker.send("fail")
        left = worker.send("exits") if "solo" not in pool else failed  # there it ends the worker
        for task_id in sent:
            task = worker.reaches(task_id, State.SUCCESS)
            if (task.name or "").endswith(".sleep"):
                assert (task.percent, task.steps[0].current) == (100, 30)
        assert worker.reaches(failed, State.FAILURE).error is not None
        assert worker.reaches(left, State.FAILURE).error is not None
        assert "could not observe" not in worker.child.log()
