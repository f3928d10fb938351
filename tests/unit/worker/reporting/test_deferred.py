"""Events that are made when they are sent, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.progress.run import Run
from phloem.record.record import Recorded
from phloem.reporting import recorder as module
from phloem.reporting.deferred import Deferred, Postponed
from phloem.reporting.delivery import POSTPONED
from phloem.reporting.recorder import Recorder
from tests.unit.worker.reporting.unsteady import Unsteady
from tests.waiting import wait_until


def received(task_id: str) -> Event:
    return Event(id=task_id, at=1.0, run=task_id, state=State.RECEIVED, begins=True)


def ended(task_id: str) -> Event:
    return Event(id=task_id, at=2.0, run=task_id, state=State.SUCCESS, finished_at=2.0)


@pytest.fixture
def channel() -> Unsteady:
    return Unsteady()


@pytest.fixture
def recorder(channel: Unsteady) -> Iterator[Recorder]:
    recorder = Recorder(lambda: channel)
    yield recorder
    recorder.close(10)


@pytest.fixture
def patient(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A recorder in which what is deferred waits for a minute."""
    monkeypatch.setattr(module, "LINGER_SECONDS", 60.0)
    return recorder


def states(channel: Unsteady, task_id: str) -> list[str]:
    return [entry.message for entry in channel.log(task_id) if entry.kind == "state"]


def test_what_is_deferred_is_recorded_a_moment_later(recorder: Recorder, channel: Unsteady) -> None:
    recorder.defer(Deferred(lambda: received("t1")))
    wait_until(lambda: channel.task("t1"), 60, "it is recorded")


@pytest.mark.parametrize(("times", "seconds"), [(1, 60.0), (2, 120.0)])
def test_it_may_wait_for_longer(patient: Recorder, times: int, seconds: float) -> None:
    patient.defer(Deferred(lambda: received("t1")), times=times)
    before = patient._delivery.added_at
    assert patient._next_look(before) - before == pytest.approx(seconds)


def test_it_is_not_made_before_its_time(patient: Recorder, channel: Unsteady) -> None:
    made: list[str] = []

    def make() -> Event:
        made.append("t1")
        return received("t1")

    patient.defer(Deferred(make))
    assert made == []
    assert patient.flush(40)
    assert made == ["t1"]


def test_what_was_dropped_is_never_made(patient: Recorder, channel: Unsteady) -> None:
    needless = Deferred(lambda: received("t1"))
    patient.defer(needless)
    needless.drop()
    patient.report(ended("t2"))
    assert patient.flush(40)
    assert (channel.task("t1"), channel.task("t2") is not None) == (None, True)


def test_it_comes_before_what_is_reported_after_it(patient: Recorder, channel: Unsteady) -> None:
    patient.defer(Deferred(lambda: received("t1")))
    patient.report(ended("t1"))
    assert patient.flush(40)
    assert states(channel, "t1") == ["RECEIVED", "SUCCESS"]


def test_one_that_cannot_be_made_is_logged_and_keeps_no_other(
    patient: Recorder, channel: Unsteady, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Event:
        raise LookupError("no such queue")

    patient.defer(Deferred(broken))
    patient.defer(Deferred(lambda: received("t2")))
    assert patient.flush(40)
    assert channel.task("t2") is not None
    assert "no such queue" in caplog.text


def test_none_is_lost_where_the_soft_time_limit_strikes_while_they_are_made(
    patient: Recorder, channel: Unsteady
) -> None:
    """A task that ends makes what was deferred, of other tasks as well."""
    limit = type("SoftTimeLimitExceeded", (Exception,), {})
    strikes = [limit]

    def struck() -> Event:
        if strikes:
            raise strikes.pop()
        return received("t2")

    for task_id, make in (("t1", None), ("t2", struck), ("t3", None)):
        patient.defer(Deferred(make or partial(received, task_id)))
    with pytest.raises(limit):
        patient.flush(40)
    assert patient.flush(40)
    assert [channel.task(task_id) is not None for task_id in ("t1", "t2", "t3")] == [True] * 3


def test_what_makes_one_may_report_others(patient: Recorder, channel: Unsteady) -> None:
    """A text that the application makes of an argument may send a task."""

    def make() -> Event:
        patient.report(received("t2"))
        patient.defer(Deferred(lambda: received("t3")))
        return received("t1")

    patient.defer(Deferred(make))
    assert patient.flush(40)
    assert patient.flush(40)
    assert [channel.task(task_id) is not None for task_id in ("t1", "t2", "t3")] == [True] * 3


def test_of_very_many_those_that_came_first_are_made(patient: Recorder, channel: Unsteady) -> None:
    """While Redis does not answer, more come than room is for."""
    made: list[int] = []

    def make(number: int) -> Event:
        made.append(number)
        return received(str(number))

    for number in range(POSTPONED + 1):
        patient.defer(Deferred(partial(make, number)))
    assert made == [*range(POSTPONED)]


def test_a_recorder_that_is_closed_records_what_is_deferred(patient: Recorder, channel: Unsteady) -> None:
    patient.defer(Deferred(lambda: received("t1")))
    patient.close(5)
    assert channel.task("t1") is not None


def test_another_event_can_take_its_place_until_it_is_made(patient: Recorder, channel: Unsteady) -> None:
    deferred = Deferred(lambda: received("t1"))
    patient.defer(deferred)
    assert patient.replace(deferred, lambda: ended("t1"))
    assert patient.flush(40)
    assert states(channel, "t1") == ["SUCCESS"]
    assert not patient.replace(deferred, lambda: received("t1"))


def test_one_that_is_complete_does_not_wait_for_its_time(channel: Unsteady, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGER_SECONDS", 60.0)
    postponed = Postponed()
    for task_id, complete in (("t1", False), ("t2", True), ("t3", False)):
        postponed.held.append((1.0, Deferred(partial(received, task_id), complete=complete)))
    assert [event.id for event in postponed.take(0.5)] == ["t2"]
    assert [event.id for event in postponed.take(1.0)] == ["t1", "t3"]


def test_what_a_run_tells_comes_after_its_start_that_was_deferred(
    patient: Recorder, channel: Unsteady, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a sample does, which nobody reports."""
    told: list[str | None] = []
    record = channel.record

    def hear(events: Sequence[Event], epoch: str = "") -> Recorded:
        told.extend(event.message for event in events)
        return record(events, epoch)

    monkeypatch.setattr(channel, "record", hear)
    run = Run("t1", "t1", patient)
    patient.defer(Deferred(lambda: Event(id="t1", at=1.0, run="t1", state=State.STARTED)))
    run.tell("half way")
    run.end()
    assert patient.flush(40)
    assert told == [None, "half way"]
