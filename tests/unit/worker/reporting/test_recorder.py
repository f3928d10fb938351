from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence

import msgspec
import pytest

from phloem.model.changes import Position
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line, Step
from phloem.progress.run import Run
from phloem.record.record import Channel, ChannelError, ChannelRefused, Recorded
from phloem.reporting.backlog import BATCH_EVENTS, CAPACITY
from phloem.reporting.delivery import Delivery
from phloem.reporting.recorder import Recorder
from phloem.reporting.replay import Replay
from phloem.settings import LEASE_SECONDS
from phloem.testing import MemoryChannel
from tests.processes import wait_until


class Unsteady(MemoryChannel):
    """A channel that can be away, slow, or refuse an event."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.calls = 0
        self.batches: list[int] = []
        self.beats: list[tuple[str, int]] = []
        self.tried = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
        self.calls += 1
        self.tried.set()
        assert self.may_answer.wait(5)
        if self.away:
            raise ChannelError("away")
        if any(event.id == "poison" for event in events):
            raise ChannelRefused("no")
        recorded = super().record(events, epoch)
        self.batches.append(len(recorded.verdicts))
        return recorded

    def beat(self, lease: str, seconds: int) -> str:
        self.beats.append((lease, seconds))
        if self.away:
            raise ChannelError("away")
        return super().beat(lease, seconds)


def started(task_id: str) -> Event:
    return Event(id=task_id, at=1.0, run="r1", state=State.STARTED)


class Counter:
    """Something watched, that has news each time it is looked at."""

    def __init__(self, news: Callable[[int], Event | None]) -> None:
        self.looks = 0
        self.seen = threading.Event()
        self._news = news

    def sample(self, now: float) -> Event | None:
        self.looks += 1
        if self.looks >= 3:
            self.seen.set()
        return self._news(self.looks)

    def repeat(self) -> None:
        pass


def test_what_is_reported_is_recorded() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("t1"))
    assert recorder.flush(2)
    task = channel.task("t1")
    assert task is not None
    assert task.state is State.STARTED
    recorder.close()


def test_events_reported_while_one_call_lasts_go_out_in_one_batch_and_in_order() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    recorder.report(started("first"))
    assert channel.tried.wait(2)
    for number in range(20):
        recorder.report(started(f"t{number}"))
    channel.may_answer.set()
    assert recorder.flush(2)
    assert channel.batches == [1, 20]
    recorded = next(channel.changed(Position())).tasks
    assert [task.id for task in recorded] == ["first", *(f"t{number}" for number in range(20))]
    recorder.close()


def test_a_long_queue_goes_out_in_rows_and_what_is_refused_in_one_is_all_that_is_lost() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    recorder.report(started("first"))
    assert channel.tried.wait(2)
    for number in range(3 * BATCH_EVENTS):
        recorder.report(started("poison" if number == BATCH_EVENTS + 1 else f"t{number}"))
    channel.may_answer.set()
    assert recorder.flush(5)
    assert channel.batches == [1, BATCH_EVENTS, *[1] * (BATCH_EVENTS - 1), BATCH_EVENTS]
    assert recorder.lost == 1
    recorder.close()


def test_an_event_waits_while_the_channel_is_away_and_is_recorded_once_it_is_back() -> None:
    channel = Unsteady()
    channel.away = True
    recorder = Recorder(lambda: channel, interval=0.001)
    recorder.report(started("t1"))
    assert not recorder.flush(0.2)
    channel.away = False
    while not recorder.flush(0.05):
        assert channel.calls < 1000
    assert channel.task("t1") is not None
    recorder.close()


def test_an_outage_of_any_length_does_not_end_the_recorder() -> None:
    channel = Unsteady()
    channel.away = True
    recorder = Recorder(lambda: channel, slowest_retry=0.0)
    recorder.report(started("t1"))
    wait_until(lambda: channel.calls > 1100, 20, "more tries than a float has powers of two")
    channel.away = False
    wait_until(lambda: channel.task("t1") is not None, 5, "it is recorded")
    recorder.close()


def test_whatever_a_channel_raises_while_it_is_opened_or_beaten_is_told_once_and_it_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Odd(Unsteady):
        def beat(self, lease: str, seconds: int) -> str:
            if not self.beats:
                self.beats.append((lease, seconds))
                raise KeyError("what is this")
            return super().beat(lease, seconds)

    channel, tries = Odd(), iter(range(100))

    def open_channel() -> Channel:
        if next(tries) < 3:
            raise ValueError("not yet")
        return channel

    recorder = Recorder(open_channel, interval=0.001)
    recorder.report(started("t1"))
    wait_until(lambda: channel.task("t1") is not None, 5, "it is recorded")
    recorder.hold("w1")
    wait_until(lambda: len(channel.beats) > 1, 10, "a second sign of life")
    recorder.close(2)
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["not yet", "'what is this'"]
    assert all(record.exc_info for record in caplog.records)


def test_a_task_that_seeded_the_random_numbers_gets_the_same_ones_while_the_channel_is_away() -> None:
    channel = Unsteady()
    channel.away = True
    recorder = Recorder(lambda: channel, interval=0.001)
    before = random.getstate()
    recorder.report(started("t1"))
    wait_until(lambda: channel.calls >= 3, what="the channel is tried again")
    recorder.close()
    assert random.getstate() == before


def test_nobody_waits_for_a_channel_that_is_known_to_be_away() -> None:
    channel = Unsteady()
    channel.away = True
    recorder = Recorder(lambda: channel, interval=10)
    recorder.report(started("t1"))
    recorder.flush(5)
    finished = threading.Event()

    def flush() -> None:
        recorder.flush(60)
        finished.set()

    threading.Thread(target=flush, daemon=True).start()
    assert finished.wait(2)
    recorder.close()


def test_an_event_that_is_refused_does_not_take_the_others_with_it() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    recorder.report(started("first"))
    assert channel.tried.wait(2)
    for task_id in ("t1", "poison", "t2"):
        recorder.report(started(task_id))
    channel.may_answer.set()
    assert recorder.flush(2)
    assert channel.task("t1") is not None
    assert channel.task("t2") is not None
    assert recorder.lost == 1
    recorder.close()


def test_an_event_that_cannot_even_be_written_does_not_end_the_recorder() -> None:
    class Strict(Unsteady):
        def record(self, events: Sequence[Event], epoch: str = "") -> Recorded:
            if any(type(event.id) is not str for event in events):
                raise TypeError("what is this")
            return super().record(events, epoch)

    channel = Strict()
    recorder = Recorder(lambda: channel)
    recorder.report(started(42))  # type: ignore[arg-type]
    recorder.report(started("t1"))
    assert recorder.flush(2)
    assert (recorder.lost, channel.task("t1") is not None) == (1, True)
    recorder.close()


def test_something_that_cannot_be_looked_at_ends_neither_the_recorder_nor_the_task() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001)

    def fail(look: int) -> Event | None:
        raise ZeroDivisionError

    watched = Counter(fail)
    recorder.watch(watched)
    wait_until(lambda: watched.looks, 2, "it is looked at")
    other = Counter(lambda look: None)
    recorder.watch(other)
    assert other.seen.wait(2)
    assert watched.looks == 1
    recorder.report(started("t1"))
    assert recorder.flush(2)
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
    assert looking.wait(2)
    threading.Timer(0.05, go_on.set).start()
    recorder.unwatch(watched)
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    assert recorder.flush(2)
    assert [entry.message for entry in channel.log("t1")] == ["PROGRESS", "x", "SUCCESS"]
    recorder.close()


def test_the_buffer_is_bounded_and_says_what_it_gave_up() -> None:
    channel = Unsteady()
    channel.may_answer.clear()
    recorder = Recorder(lambda: channel)
    for number in range(CAPACITY + 50):
        recorder.report(started(f"t{number}"))
    assert recorder.lost >= 50
    channel.may_answer.set()
    assert recorder.flush(5)
    recorder.close()


def test_what_is_watched_is_looked_at_again_and_again() -> None:
    recorder = Recorder(Unsteady, interval=0.001)
    watched = Counter(lambda look: None)
    recorder.watch(watched)
    assert watched.seen.wait(2)
    recorder.unwatch(watched)
    recorder.close()


def test_the_last_look_is_taken_before_what_is_reported_next() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=60)
    watched = Counter(lambda look: Event(id="t1", at=1.0, run="r1", state=State.PROGRESS, percent=float(look)))
    recorder.watch(watched)
    recorder.unwatch(watched)
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    assert recorder.flush(2)
    states = [entry.message for entry in channel.log("t1")]
    assert states == ["PROGRESS", "SUCCESS"]
    recorder.close()


def test_what_a_crash_made_redis_forget_is_sent_again() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(msgspec.structs.replace(started("t1"), name="app.add"))
    assert recorder.flush(2)
    channel.crash("t1")
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    assert recorder.flush(2)
    task = channel.task("t1")
    assert task is not None
    assert (task.name, task.state) == ("app.add", State.SUCCESS)
    assert [entry.message for entry in channel.log("t1")] == ["STARTED", "SUCCESS"]
    recorder.close()


def test_what_redis_still_has_is_not_recorded_twice() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("kept"))
    assert recorder.flush(2)
    channel.crash()
    recorder.report(started("new"))
    assert recorder.flush(2)
    assert sum(channel.batches) == 3
    assert [entry.message for entry in channel.log("kept")] == ["STARTED"]
    recorder.close()


def test_without_a_memory_what_was_forgotten_stays_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: with the defence off, the same crash loses the event."""
    monkeypatch.setattr(Replay, "take", lambda self: ())
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("forgotten"))
    assert recorder.flush(2)
    channel.crash("forgotten")
    recorder.report(started("new"))
    assert recorder.flush(2)
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
    wait_until(lambda: (task := channel.task("t1")) and task.message, 5, "its progress is recorded")
    channel.crash("t1", "quiet")
    wait_until(lambda: channel.task("quiet") and (task := channel.task("t1")) and task.message, 5, "all is there again")
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
    wait_until(lambda: channel.task("t1") is not None, 5, "its progress is recorded")
    channel.crash("t1")
    recorder.report(started("t2"))
    wait_until(lambda: channel.task("t1") is not None, 5, "its progress is recorded again")
    recorder.close()


def test_a_task_that_ended_a_moment_ago_comes_back_whole() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(msgspec.structs.replace(started("t1"), name="app.add", started_at=1.0))
    assert recorder.flush(2)
    recorder.report(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS, result="3"))
    assert recorder.flush(2)
    channel.crash("t1")
    recorder.report(started("t2"))
    assert recorder.flush(2)
    task = channel.task("t1")
    assert task is not None
    assert (task.name, task.state, task.result) == ("app.add", State.SUCCESS, "3")
    recorder.close()


def test_what_a_run_left_whose_end_is_dropped_is_not_kept() -> None:
    delivery = Delivery(threading.Condition(), 5.0, lambda: None)
    delivery.replay.remember([msgspec.structs.replace(started("t1"), started_at=1.0)], 0.0)
    delivery.add(Event(id="t1", at=2.0, run="r1", state=State.SUCCESS))
    delivery.replay.expire(100.0)
    assert delivery.replay
    for number in range(CAPACITY):
        delivery.add(started(f"t{number}"))
    assert delivery.lost == 1
    assert not delivery.replay


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


def threads() -> list[threading.Thread]:
    """The recorders' threads of this process."""
    return [thread for thread in threading.enumerate() if thread.name == "phloem-recorder"]


def test_a_worker_says_that_it_is_there_and_says_goodbye() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 2, "a first sign of life")
    recorder.close(2)
    *alive, goodbye = channel.beats
    assert set(alive) == {("w1", LEASE_SECONDS)}
    assert goodbye == ("w1", 0)


def test_another_worker_in_the_same_process_is_there_as_well() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=0.01)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 2, "a first sign of life")
    recorder.close(2)
    recorder.hold("w2")
    wait_until(lambda: channel.beats.count(("w2", LEASE_SECONDS)) > 2, 5, "the second worker speaks again and again")
    recorder.report(started("t1"))
    assert recorder.flush(2)
    watched = Counter(lambda look: None)
    recorder.watch(watched)
    assert watched.seen.wait(2)
    assert ("w2", 0) not in channel.beats
    assert channel.beats.count(("w1", 0)) == 1
    recorder.close(2)
    assert channel.beats[-1] == ("w2", 0)


def test_a_worker_that_begins_while_the_last_one_still_takes_its_leave_stays() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    channel.may_answer.clear()
    recorder.report(started("t1"))
    assert channel.tried.wait(2)
    recorder.close(0)
    recorder.hold("w2")
    channel.may_answer.set()
    wait_until(lambda: ("w2", LEASE_SECONDS) in channel.beats, 5, "it is there")
    assert ("w2", 0) not in channel.beats
    recorder.close(2)


def test_what_comes_after_the_end_of_a_worker_is_recorded_and_brings_no_worker_back() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 2, "a first sign of life")
    recorder.close(2)
    recorder.report(started("late"))
    assert recorder.flush(2)
    [thread] = threads()
    recorder.report(started("later"))
    assert recorder.flush(2)
    assert threads() == [thread]  # one for all that comes, not one for each
    recorder.close(2)
    assert threads() == []
    assert channel.task("late") is not None
    assert channel.beats[-1] == ("w1", 0)
    assert channel.beats.count(("w1", 0)) == 1


def test_what_is_reported_while_the_recorder_says_goodbye_is_recorded_too() -> None:
    parting, go_on = threading.Event(), threading.Event()

    class Slow(Unsteady):
        def beat(self, lease: str, seconds: int) -> str:
            if seconds == 0:
                parting.set()
                assert go_on.wait(5)
            return super().beat(lease, seconds)

    channel = Slow()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 2, "a first sign of life")
    recorder.close(0)
    assert parting.wait(2)
    recorder.report(started("late"))
    assert recorder.flush(2)
    assert channel.task("late") is not None
    go_on.set()
    recorder.close(2)


def test_a_recorder_that_is_closed_leaves_neither_a_thread_nor_a_channel_open() -> None:
    closed: list[Channel] = []

    class Counted(Unsteady):
        def close(self) -> None:
            closed.append(self)

    for _ in range(3):
        recorder = Recorder(Counted)
        recorder.report(started("t1"))
        assert recorder.flush(2)
        recorder.close(2)
    assert threads() == []
    assert len(set(map(id, closed))) == 3


def test_a_sign_of_life_notices_a_crash_as_well() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("forgotten"))
    assert recorder.flush(2)
    channel.crash("forgotten")
    recorder.hold("w1")
    wait_until(lambda: channel.task("forgotten") is not None, 5, "it is recorded again")
    recorder.close()
