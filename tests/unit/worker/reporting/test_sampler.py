from __future__ import annotations

import threading

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line
from phloem.progress.run import Run
from phloem.progress.steps import OpenStep
from phloem.reporting.recorder import Recorder
from tests.unit.worker.reporting.unsteady import Counter, Unsteady, started
from tests.waiting import wait_until


def test_something_that_cannot_be_looked_at_ends_neither_the_recorder_nor_the_task() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001)

    def fail(look: int) -> Event | None:
        raise ZeroDivisionError

    watched = Counter(fail)
    recorder.watch(watched)
    wait_until(lambda: watched.looks, 40, "it is looked at")
    other = Counter(lambda look: None)
    recorder.watch(other)
    assert other.seen.wait(10)
    assert watched.looks == 1
    recorder.report(started("t1"))
    assert recorder.flush(40)
    recorder.close()


def test_a_last_look_that_fails_does_not_reach_the_task() -> None:
    recorder = Recorder(Unsteady, interval=60)
    failed = []

    def fail_at_last(look: int) -> Event | None:
        if threading.current_thread() is threading.main_thread():
            failed.append(look)
            raise ZeroDivisionError
        return None

    watched = Counter(fail_at_last)
    recorder.watch(watched)
    recorder.unwatch(watched)
    assert failed
    recorder.close()


def test_the_last_look_waits_for_the_one_that_is_being_taken() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001)
    looking, go_on = threading.Event(), threading.Event()

    def slow(look: int) -> Event | None:
        if look > 1:
            return None
        looking.set()
        assert go_on.wait(5)
        return Event(id="t1", at=1.0, run="r1", state=State.PROGRESS, log=(Line(at=1.0, level="info", message="x"),))

    watched = Counter(slow)
    recorder.watch(watched)
    assert looking.wait(10)
    threading.Timer(0.05, go_on.set).start()
    recorder.unwatch(watched)
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    assert recorder.flush(40)
    assert [entry.message for entry in channel.log("t1")] == ["PROGRESS", "x", "SUCCESS"]
    recorder.close()


def test_what_is_watched_is_looked_at_again_and_again() -> None:
    recorder = Recorder(Unsteady, interval=0.001)
    watched = Counter(lambda look: None)
    recorder.watch(watched)
    assert watched.seen.wait(10)
    recorder.unwatch(watched)
    recorder.close()


def test_the_last_look_is_taken_before_what_is_reported_next() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=60)
    watched = Counter(lambda look: Event(id="t1", at=1.0, run="r1", state=State.PROGRESS, percent=float(look)))
    recorder.watch(watched)
    recorder.unwatch(watched)
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    assert recorder.flush(40)
    states = [entry.message for entry in channel.log("t1")]
    assert states == ["PROGRESS", "SUCCESS"]
    recorder.close()


def test_what_a_task_takes_back_is_recorded_while_it_goes_on_without_another_report() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001)
    run = Run("t1", "r1", recorder)
    step = OpenStep(run, None, "Uploading", 100, "B")

    def stands_at(percent: float) -> None:
        def recorded() -> bool:
            task = channel.task("t1")
            return task is not None and task.percent == percent

        wait_until(recorded, 60, f"{percent} is recorded")

    step.set(80)
    stands_at(80)
    step.total = 1000
    stands_at(8)
    step.set(0)
    stands_at(0)
    run.end()
    recorder.close()
