"""Tells Celery's events of tasks as workers do, as fast as asked: what other dashboards are fed with.

python -m benchmarks.peers.feed BROKER EVENTS RATE MARK

Workers send what happens to tasks a score at a time. MARK is the id of one more task that ends last of all: who knows
it has taken in, or lost, all that came before.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

from celery import Celery
from celery.utils import uuid

TASKS = 5_000
"""Running at the same time."""
BATCH = 20
"""Events in one message."""


def main(broker: str, events: int, rate: float, mark: str) -> None:
    app = Celery("benchmark", broker=broker, set_as_current=False)
    with app.connection_for_write() as connection:
        told = app.events.Dispatcher(connection, hostname="celery@benchmark", enabled=True, buffer_group={"task"})
        told.buffer_limit = BATCH
        start = time.monotonic()
        for number, (kind, fields) in enumerate(itertools.islice(lives(), events)):
            if number % BATCH == 0:
                time.sleep(max(0.0, start + number / rate - time.monotonic()))
            told.send(kind, **fields)
        told.flush()
        for kind, fields in life(mark):
            told.send(kind, **fields)
        told.flush()
    print(time.monotonic() - start)


def lives() -> Iterator[tuple[str, dict[str, Any]]]:
    """Events of TASKS tasks at a time: when one ends, the next begins."""
    running = [life(uuid()) for _ in range(TASKS)]
    while True:
        for place, events in enumerate(running):
            event = next(events, None)
            if event is None:
                running[place] = life(uuid())
            else:
                yield event


def life(task_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a worker tells of one task."""
    described = {"name": "benchmarks.ingest.work", "args": "[1, 2]", "kwargs": "{'path': '/some/where/on/disk'}"}
    yield "task-received", {"uuid": task_id, **described, "root_id": task_id, "retries": 0}
    yield "task-started", {"uuid": task_id}
    yield "task-succeeded", {"uuid": task_id, "result": "42", "runtime": 0.25}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
