"""The order in which the handlers of a signal are called: ours, and those that an application connects after them."""

from __future__ import annotations

from celery import signals

from phloem.progress import current
from tests.unit.worker.instrument.handlers.traced import Traced


def test_an_applications_own_handlers_find_the_run_in_a_worker(traced: Traced) -> None:
    """What they log belongs to it, and what they flush holds its end."""
    found = []

    def begins(**_: object) -> None:
        found.append(current.current())

    def act(self: object) -> None:
        return None

    signals.task_prerun.connect(begins, weak=False, dispatch_uid="own")
    try:
        signals.worker_init.send(None)
        traced.trace(traced.task(act))
    finally:
        signals.task_prerun.disconnect(dispatch_uid="own")
    assert [run is not None and run.task_id for run in found] == ["t1"]
