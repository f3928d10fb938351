from __future__ import annotations

from typing import Any

import pytest

from phloem.model.state import State
from phloem.model.task import Task
from phloem.model.times import waited


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
