from __future__ import annotations

import msgspec
import pytest

from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Step
from phloem.progress.run import Run
from phloem.reporting.recorder import Recorder
from phloem.reporting.replay import Replay
from tests.unit.worker.reporting.unsteady import Unsteady, started
from tests.waiting import wait_until


def test_what_a_crash_made_redis_forget_is_sent_again() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(msgspec.structs.replace(started("t1"), name="app.add"))
    assert recorder.flush(40)
    channel.crash("t1")
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    assert recorder.flush(40)
    task = channel.task("t1")
    assert task is not None
    assert (task.name, task.state) == ("app.add", State.SUCCESS)
    assert [entry.message for entry in channel.log("t1")] == ["STARTED", "SUCCESS"]
    recorder.close()


def test_what_redis_still_has_is_not_recorded_twice() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("kept"))
    assert recorder.flush(40)
    channel.crash()
    recorder.report(started("new"))
    assert recorder.flush(40)
    assert sum(channel.batches) == 3
    assert [entry.message for entry in channel.log("kept")] == ["STARTED"]
    recorder.close()


def test_without_a_memory_what_was_forgotten_stays_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with the defence off, the same crash loses the event."""
    monkeypatch.setattr(Replay, "take", lambda self: ())
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("forgotten"))
    assert recorder.flush(40)
    channel.crash("forgotten")
    recorder.report(started("new"))
    assert recorder.flush(40)
    recorder.close()
    assert channel.task("forgotten") is None


def test_what_describes_a_running_task_is_sent_again_however_long_ago_it_started() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=0.05, memory=-1.0)
    recorder.report(msgspec.structs.replace(started("quiet"), run="r2", name="app.wait", lease="w1", started_at=1.0))
    recorder.report(
        msgspec.structs.replace(started("t1"), name="app.add", worker="w@here", lease="w1", args="[1]", started_at=1.0)
    )
    run = Run("t1", "r1", recorder)
    run.tell("half of it")
    wait_until(lambda: (task := channel.task("t1")) and task.message, 60, "its progress is recorded")
    channel.crash("t1", "quiet")
    wait_until(
        lambda: channel.task("quiet") and (task := channel.task("t1")) and task.message, 60, "all is there again"
    )
    task, quiet = channel.task("t1"), channel.task("quiet")
    assert task is not None
    assert quiet is not None
    assert (task.name, task.worker, task.args, task.started_at) == ("app.add", "w@here", "[1]", 1.0)
    assert (task.state, task.message) == (State.STARTED, "half of it")
    assert (quiet.name, quiet.state, channel.lease("quiet")) == ("app.wait", State.STARTED, "w1")
    recorder.close()


def test_the_steps_of_a_running_task_are_sent_again_as_they_are() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001, memory=-1.0)
    steps = (Step(key="1", current=3, total=4),)

    class Still:
        """Something that does not move, and says all there is only when it has to."""

        def __init__(self) -> None:
            self.news = True

        def sample(self, now: float) -> Event | None:
            if self.news:
                self.news = False
                return Event(id="t1", at=1.0, run="r1", state=State.PROGRESS, steps=steps)
            return None

        def repeat(self) -> None:
            self.news = True

    recorder.watch(Still())
    wait_until(lambda: channel.task("t1") is not None, 60, "its progress is recorded")
    channel.crash("t1")
    recorder.report(started("t2"))
    wait_until(lambda: channel.task("t1") is not None, 60, "its progress is recorded again")
    recorder.close()


def test_a_task_that_ended_a_moment_ago_comes_back_whole() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(msgspec.structs.replace(started("t1"), name="app.add", started_at=1.0))
    assert recorder.flush(40)
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS, result="3"))
    assert recorder.flush(40)
    channel.crash("t1")
    recorder.report(started("t2"))
    assert recorder.flush(40)
    task = channel.task("t1")
    assert task is not None
    assert (task.name, task.state, task.result) == ("app.add", State.SUCCESS, "3")
    recorder.close()


def test_the_start_of_a_run_is_kept_as_long_as_its_end() -> None:
    replay = Replay(5.0)
    replay.remember([msgspec.structs.replace(started("t1"), started_at=1.0)], 0.0)
    replay.remember([Event(id="t1", at=2.0, run="r1", state=State.SUCCESS)], 100.0)
    assert [event.state for event in replay.take()] == [State.STARTED, State.SUCCESS]
    assert not replay


def test_what_was_recorded_long_ago_is_not_kept_but_for_the_start_of_a_run_in_progress() -> None:
    replay = Replay(5.0)
    start, other = msgspec.structs.replace(started("t1"), started_at=1.0), started("t2")
    replay.remember([start, other], 0.0)
    replay.expire(4.0)
    assert replay.take() == (start, start, other)
    replay.remember([start, other], 4.0)
    replay.expire(10.0)
    assert replay.take() == (start,)


def test_a_sign_of_life_notices_a_crash_as_well() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("forgotten"))
    assert recorder.flush(40)
    channel.crash("forgotten")
    recorder.hold("w1")
    wait_until(lambda: channel.task("forgotten") is not None, 60, "it is recorded again")
    recorder.close()
