from __future__ import annotations

import gc
from typing import Any

import pytest

from phloem.model.state import State
from phloem.model.task import Error, LogEntry, Step, Task, waited


def test_the_garbage_collector_has_no_work_with_what_is_held_of_a_task() -> None:
    steps = (Step(key="1", description="Reading"),)
    task = Task(id="t1", state=State.FAILURE, offset=2, first_offset=1, steps=steps, error=Error(type="ValueError"))
    entry = LogEntry(id="1-0", at=1.0, kind="log", level="info", message="here")
    assert task.error is not None
    assert not any(gc.is_tracked(each) for each in (task, *task.steps, task.error, entry))


@pytest.mark.parametrize(
    ("facts", "seconds"),
    [
        ({"created_at": 1.0, "started_at": 4.0}, 3.0),
        ({"created_at": 1.0, "eta": 3.0, "started_at": 4.0}, 1.0),
        ({"created_at": 1.0, "eta": 9.0, "started_at": 4.0}, 0.0),
        ({"created_at": 1.0, "retries": 1, "retried_at": 3.5, "started_at": 4.0}, 0.5),
        ({"created_at": 1.0, "retries": 1, "started_at": 4.0}, None),
        ({"created_at": 1.0}, None),
        ({"started_at": 4.0}, None),
    ],
)
def test_a_task_waits_since_its_present_try_could_start(facts: dict[str, Any], seconds: float | None) -> None:
    assert waited(Task(id="t1", state=State.STARTED, offset=1, first_offset=1, **facts)) == seconds
