from __future__ import annotations

import gc

from phloem.model.state import State
from phloem.model.task import Error, LogEntry, Step, Task


def test_the_garbage_collector_has_no_work_with_what_is_held_of_a_task() -> None:
    steps = (Step(key="1", description="Reading"),)
    task = Task(id="t1", state=State.FAILURE, offset=2, first_offset=1, steps=steps, error=Error(type="ValueError"))
    entry = LogEntry(id="1-0", at=1.0, kind="log", level="info", message="here")
    assert task.error is not None
    assert not any(gc.is_tracked(each) for each in (task, *task.steps, task.error, entry))
