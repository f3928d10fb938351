"""What Celery's signals become, where no worker is needed to see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery

import phloem
from phloem.instrument.child_process import ChildProcess
from phloem.instrument.headers import CREATED, RECEIVED, RUN
from phloem.instrument.main_process import MainProcess
from phloem.instrument.observer import Observer
from phloem.instrument.producer import Producer
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Task
from phloem.progress import current
from phloem.record.record import Recorded
from phloem.reporting.recorder import Recorder
from phloem.settings import LEASE_SECONDS
from phloem.testing import MemoryChannel
from tests.processes import wait_until


class Heard(MemoryChannel):
    """A record that knows who said that they are there, and can lose events."""

    def __init__(self) -> None:
        super().__init__()
        self.beats: list[tuple[str, int]] = []
        self.lost: set[State] = set()
        self.attempts: list[int] = []

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        self.attempts += [event.attempt for event in events]
        recorded = super().record([event for event in events if event.state not in self.lost], epoch)
        return Recorded(recorded.epoch, recorded.verdicts or ("ok",))

    def beat(self, lease: str, seconds: int) -> str:
        self.beats.append((lease, seconds))
        return super().beat(lease, seconds)


class Process:
    """A process in which an app is observed, and the record that it writes."""

    def __init__(self) -> None:
        self.channel = Heard()
        self.recorder = Recorder(lambda: self.channel)
        self.observer = Observer(Celery("observed", set_as_current=False), self.recorder)
        self.producer = Producer(self.observer)
        self.main = MainProcess(self.observer)
        self.child = ChildProcess(self.observer)

    def task(self) -> Task:
        """The task, once all that was reported is recorded."""
        assert self.recorder.flush(2)
        found = self.channel.task("t1")
        assert found is not None
        return found


@pytest.fixture
def process() -> Iterator[Process]:
    process = Process()
    yield process
    current.leave()
    process.recorder.close(2)


def message(retries: int = 0, headers: Mapping[str, object] | None = None) -> Any:
    """A request as a worker's main process has it."""
    return SimpleNamespace(
        id="t1",
        name="app.add",
        args=[1],
        kwargs={},
        eta=None,
        expires=None,
        hostname="w@here",
        delivery_info={},
        request_dict={"retries": retries, **(headers or {})},
    )


def task(request_dict: dict[str, Any]) -> Any:
    """The task that runs it, as its child has it."""

    class Context(SimpleNamespace):
        def get(self, name: str, default: object = None) -> object:
            return getattr(self, name, default)

    return SimpleNamespace(name="app.add", request=Context(id="t1", **request_dict))


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


def test_the_end_of_a_try_that_its_process_could_not_tell_belongs_to_it(process: Process) -> None:
    for retries in range(2):
        process.main.received(message(retries))
    process.child.failed(SimpleNamespace(), "t1", RuntimeError("killed"))
    found = process.task()
    assert found.state is State.FAILURE
    assert process.channel.attempts == [0, 2, 2]


def test_what_is_of_this_worker_is_not_sent_with_the_next_try(process: Process) -> None:
    headers = {"id": "t2", RUN: "r1", RECEIVED: 1.0, "phloem_args": "of another task"}
    process.producer.sending(headers=headers, body=((), {}, {}))
    assert set(headers) == {"id", CREATED}


def test_a_run_that_no_main_process_received_has_a_token_of_its_own(process: Process) -> None:
    process.child.started("t1", task({"run": "of somebody"}), [1], {})
    found = process.task()
    assert found.run not in (None, "of somebody")


def test_whether_a_text_was_chosen_is_known_best_by_who_sent_it(process: Process) -> None:
    said = {"argsrepr": "(<Speed.FAST: 1>,)", "kwargsrepr": "{}"}
    process.main.received(message(headers={**said, CREATED: 1.0}))
    found = process.task()
    assert (found.args, process.channel.call("t1")) == ("[1]", "[[1],{}]")
