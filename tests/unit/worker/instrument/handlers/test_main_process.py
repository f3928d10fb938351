from __future__ import annotations

from types import SimpleNamespace

from phloem.instrument.headers import CREATED
from phloem.model.state import State
from phloem.settings import LEASE_SECONDS
from tests.processes import wait_until
from tests.unit.worker.instrument.handlers.process import Process, message, task


def test_a_worker_that_was_ready_before_phloem_was_attached_answers_for_what_it_runs(process: Process) -> None:
    process.main.received(message())
    assert process.recorder.flush(2)
    wait_until(lambda: process.channel.beats, 5, "a sign of life")
    assert process.channel.beats[0] == (process.channel.lease("t1"), LEASE_SECONDS)


def test_a_worker_whose_start_phloem_missed_is_there_once_it_is_ready(process: Process) -> None:
    process.main.worker_is_ready()
    wait_until(lambda: process.channel.beats, 5, "a sign of life")
    process.main.received(message())
    assert process.recorder.flush(2)
    assert process.channel.lease("t1") == process.channel.beats[0][0]


def test_a_worker_has_one_lease_from_its_start_on(process: Process) -> None:
    process.main.worker_starts()
    process.main.received(message())
    process.main.worker_is_ready()
    wait_until(lambda: process.channel.beats, 5, "a sign of life")
    assert process.recorder.flush(2)
    assert process.channel.lease("t1") == process.channel.beats[0][0]


def test_a_worker_that_has_ended_answers_for_nothing_that_the_process_runs_later(process: Process) -> None:
    process.main.worker_is_ready()
    process.main.closing()
    process.child.started("t1", task({}), [1], {})
    assert process.recorder.flush(2)
    assert process.channel.lease("t1") is None


def test_the_end_of_a_try_that_its_process_could_not_tell_belongs_to_it(process: Process) -> None:
    for retries in range(2):
        process.main.received(message(retries))
    process.child.failed(SimpleNamespace(), "t1", RuntimeError("killed"))
    found = process.task()
    assert found.state is State.FAILURE
    assert process.channel.attempts == [0, 2, 2]


def test_whether_a_text_was_chosen_is_known_best_by_who_sent_it(process: Process) -> None:
    said = {"argsrepr": "(<Speed.FAST: 1>,)", "kwargsrepr": "{}"}
    process.main.received(message(headers={**said, CREATED: 1.0}))
    found = process.task()
    assert (found.args, process.channel.call("t1")) == ("[1]", "[[1],{}]")
