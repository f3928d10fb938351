"""What a run reports, as the tests of this folder read it."""

from __future__ import annotations

import phloem
from phloem.model.event import Event
from phloem.model.task import Step
from phloem.progress.run import Run
from tests.unit.conftest import Nobody


def new_run(task_id: str = "t1") -> Run:
    return Run(task_id, "r1", Nobody())


def look(run: Run, now: float = 1.0) -> Event:
    event = run.sample(now)
    assert event is not None
    return event


def steps(run: Run, now: float = 1.0) -> dict[str, Step]:
    return {step.key: step for step in look(run, now).steps or ()}


def look_at_percent(run: Run) -> float | None:
    phloem.log("look again")
    return look(run).percent


def run_again(run: Run) -> Run:
    phloem.log("look again")
    return run
