from __future__ import annotations

from types import SimpleNamespace

import pytest

import phloem
from phloem.model.state import State
from tests.unit.worker.instrument.handlers.process import Process, message, task


@pytest.mark.parametrize("goes_on", [True, False], ids=["talks", "is silent"])
def test_a_try_whose_start_was_lost_is_heard_and_ends_all_the_same(process: Process, goes_on: bool) -> None:
    for retries in range(3):
        request = message(retries)
        if retries == 2:
            process.channel.lost = {State.RECEIVED, State.STARTED}
        process.main.received(request)
        process.child.started("t1", task(request.request_dict), [1], {})
        if goes_on:
            phloem.log(f"try {retries}")
            with phloem.step(f"Step of try {retries}"):
                pass
        if retries < 2:
            process.child.retried(request=SimpleNamespace(id="t1"), reason=ValueError("not yet"))
        else:
            process.child.succeeded(SimpleNamespace(request=SimpleNamespace(id="t1")), 3)
        process.child.left("t1", "SUCCESS")
    found = process.task()
    assert (found.state, found.result) == (State.SUCCESS, "3")
    assert [step.description for step in found.steps] == (["Step of try 2"] if goes_on else [])


def test_a_run_that_no_main_process_received_has_a_token_of_its_own(process: Process) -> None:
    process.child.started("t1", task({"run": "of somebody"}), [1], {})
    found = process.task()
    assert found.run not in (None, "of somebody")
