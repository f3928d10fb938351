"""What a worker can run is told by its recorder."""

from __future__ import annotations

import logging

import pytest

from phloem.record.record import ChannelError
from phloem.record.stores.forms import Catalogue, TaskForm
from phloem.record.stores.workers import WorkerFacts
from phloem.reporting.leases import Leases
from phloem.reporting.recorder import Recorder
from phloem.testing.access import MemoryForms
from tests.unit.worker.reporting.unsteady import Unsteady, started
from tests.waiting import wait_until

ANN = WorkerFacts(name="ann@here", pid=7, since=5.0)
CATALOGUE = Catalogue(tasks=(TaskForm(name="count"),))


class Forms(MemoryForms):
    """Fails the first times it is told."""

    def __init__(self, channel: Unsteady, failures: int) -> None:
        super().__init__(channel.workers)
        self.failures = failures
        self.told = 0

    def offer(self, lease: str, catalogue: Catalogue) -> None:
        self.told += 1
        if self.told <= self.failures:
            raise ChannelError("it is full")
        super().offer(lease, catalogue)


def test_what_a_worker_can_run_is_told_once_and_again_to_a_record_that_may_have_forgotten() -> None:
    channel = Unsteady()
    channel.forms = forms = Forms(channel, failures=0)
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=0.01)
    recorder.hold("w1", ANN, lambda: CATALOGUE)
    wait_until(lambda: len(channel.beats) > 5, 60, "several signs of life")
    assert forms.told == 1
    assert [offer.catalogue for offer in forms.all()] == [CATALOGUE]
    channel.crash()
    wait_until(lambda: forms.told == 2, 60, "it is told again")
    recorder.close(10)


def test_a_worker_that_is_ready_is_told_at_once_though_another_heartbeat_is_far_away() -> None:
    channel = Unsteady()
    channel.forms = Forms(channel, failures=0)
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=1000)
    recorder.hold("w1")
    recorder.report(started("t1"))
    assert recorder.flush(20)
    wait_until(lambda: channel.beats, 20, "its first heartbeat")
    recorder.hold("w1", ANN, lambda: CATALOGUE)
    assert recorder.tell(20)
    assert [offer.catalogue for offer in channel.forms.all()] == [CATALOGUE]
    recorder.close(10)


def test_nobody_waits_for_a_record_that_does_not_take_it() -> None:
    channel = Unsteady()
    channel.forms = Forms(channel, failures=1)
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=1000)
    recorder.hold("w1", ANN, lambda: CATALOGUE)
    recorder.tell(1000)
    assert not channel.forms.all()
    recorder.close(10)


def test_a_record_that_does_not_take_it_is_told_later_and_takes_all_else(caplog: pytest.LogCaptureFixture) -> None:
    channel = Unsteady()
    channel.forms = Forms(channel, failures=3)
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=0.01)
    with caplog.at_level(logging.WARNING):
        recorder.hold("w1", ANN, lambda: CATALOGUE)
        recorder.report(started("t1"))
        assert recorder.flush(5)
        wait_until(lambda: channel.forms.all(), 60, "it is told")
    recorder.close(10)
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["it is full"]


def test_an_app_whose_tasks_cannot_be_looked_at_is_observed_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    channel, looked = Unsteady(), []

    def catalogue() -> Catalogue:
        looked.append(1)
        raise KeyError("no such thing")

    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=0.01)
    with caplog.at_level(logging.WARNING):
        recorder.hold("w1", ANN, catalogue)
        wait_until(lambda: len(channel.beats) > 5, 60, "several signs of life")
    recorder.close(10)
    assert len(looked) == 1
    assert len(caplog.records) == 1


def test_nothing_is_to_be_told_of_a_worker_that_ended_before_the_record_knew_it() -> None:
    leases = Leases(10)
    leases.hold("w1", ANN, lambda: CATALOGUE)
    assert not leases.are_told
    leases.forget()
    assert leases.are_told
