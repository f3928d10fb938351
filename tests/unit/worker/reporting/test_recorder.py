from __future__ import annotations

import logging
import subprocess
import sys
import threading

import pytest

from phloem.model.state import State
from phloem.record.record import Channel
from phloem.reporting import delivery
from phloem.reporting import recorder as module
from phloem.reporting.recorder import Recorder
from phloem.reporting.turn import Turn
from phloem.settings import LEASE_SECONDS
from tests.unit.conftest import Threads
from tests.unit.worker.reporting.unsteady import Counter, Unsteady, started
from tests.waiting import wait_until


def test_what_is_reported_is_recorded() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("t1"))
    assert recorder.flush(40)
    task = channel.task("t1")
    assert task is not None
    assert task.state is State.STARTED
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
    wait_until(lambda: channel.calls > 1100, 60, "more tries than a float has powers of two")
    channel.away = False
    wait_until(lambda: channel.task("t1") is not None, 60, "it is recorded")
    recorder.close()


def test_whatever_a_channel_raises_while_it_is_opened_or_beaten_is_told_once_and_it_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Odd(Unsteady):
        def heartbeat(self, lease: str, seconds: int) -> str:
            if not self.beats:
                self.beats.append((lease, seconds))
                raise KeyError("what is this")
            return super().heartbeat(lease, seconds)

    channel, tries = Odd(), iter(range(100))

    def open_channel() -> Channel:
        if next(tries) < 3:
            raise ValueError("not yet")
        return channel

    recorder = Recorder(open_channel, interval=0.001)
    recorder.report(started("t1"))
    wait_until(lambda: channel.task("t1") is not None, 60, "it is recorded")
    recorder.hold("w1")
    wait_until(lambda: len(channel.beats) > 1, 40, "a second sign of life")
    recorder.close(10)
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["not yet", "'what is this'"]
    assert all(record.exc_info for record in caplog.records)


SEEDED = """
import random
from phloem.reporting.recorder import Recorder
from tests.unit.worker.reporting.unsteady import Unsteady, started
from tests.waiting import wait_until

channel = Unsteady()
channel.away = True
recorder = Recorder(lambda: channel, interval=0.001)
before = random.getstate()
recorder.report(started("t1"))
wait_until(lambda: channel.calls >= 3, 20, "the channel is tried again")
recorder.close()
print(random.getstate() == before)
"""


def test_a_task_that_seeded_the_random_numbers_gets_the_same_ones_while_the_channel_is_away() -> None:
    """In a process of its own, where no other thread takes of these numbers."""
    ended = subprocess.run([sys.executable, "-c", SEEDED], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "True\n", ended.stderr


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
    assert finished.wait(10)
    recorder.close()


def test_a_worker_says_that_it_is_there_and_says_goodbye() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 40, "a first sign of life")
    recorder.close(10)
    *alive, goodbye = channel.beats
    assert set(alive) == {("w1", LEASE_SECONDS)}
    assert goodbye == ("w1", 0)


ENDS_WITHOUT_A_SIGNAL = """
import threading
from phloem.reporting.recorder import Recorder
from tests.unit.worker.reporting.unsteady import Unsteady
from tests.waiting import wait_until

class Slow(Unsteady):
    def heartbeat(self, lease, seconds):
        if seconds == 0:
            threading.Event().wait(0.5)
            print("goodbye", flush=True)
        return super().heartbeat(lease, seconds)

channel = Slow()
recorder = Recorder(lambda: channel)
recorder.hold("w1")
wait_until(lambda: channel.beats, 20, "a first sign of life")
"""


def test_a_process_that_holds_a_worker_ends_only_once_it_has_said_goodbye() -> None:
    command = [sys.executable, "-c", ENDS_WITHOUT_A_SIGNAL]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert found.stdout == "goodbye\n", found.stderr


def test_another_worker_in_the_same_process_is_there_as_well() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, interval=0.001, heartbeat=0.01)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 40, "a first sign of life")
    recorder.close(10)
    recorder.hold("w2")
    wait_until(lambda: channel.beats.count(("w2", LEASE_SECONDS)) > 2, 60, "the second worker speaks again and again")
    recorder.report(started("t1"))
    assert recorder.flush(40)
    watched = Counter(lambda look: None)
    recorder.watch(watched)
    assert watched.seen.wait(10)
    assert ("w2", 0) not in channel.beats
    assert channel.beats.count(("w1", 0)) == 1
    recorder.close(10)
    assert channel.beats[-1] == ("w2", 0)


def test_a_worker_that_begins_while_the_last_one_still_takes_its_leave_stays() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    channel.may_answer.clear()
    recorder.report(started("t1"))
    assert channel.tried.wait(10)
    recorder.close(0)
    recorder.hold("w2")
    channel.may_answer.set()
    wait_until(lambda: ("w2", LEASE_SECONDS) in channel.beats, 60, "it is there")
    assert ("w2", 0) not in channel.beats
    recorder.close(10)


def test_what_comes_after_the_end_of_a_worker_is_recorded_and_brings_no_worker_back(new_threads: Threads) -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 40, "a first sign of life")
    recorder.close(10)
    recorder.report(started("late"))
    assert recorder.flush(40)
    [thread] = new_threads()
    recorder.report(started("later"))
    assert recorder.flush(40)
    assert new_threads() == [thread]  # one for all that comes, not one for each
    recorder.close(10)
    assert new_threads() == []
    assert channel.task("late") is not None
    assert channel.beats[-1] == ("w1", 0)
    assert channel.beats.count(("w1", 0)) == 1


def test_what_is_reported_while_the_recorder_says_goodbye_is_recorded_too() -> None:
    parting, go_on = threading.Event(), threading.Event()

    class Slow(Unsteady):
        def heartbeat(self, lease: str, seconds: int) -> str:
            if seconds == 0:
                parting.set()
                assert go_on.wait(5)
            return super().heartbeat(lease, seconds)

    channel = Slow()
    recorder = Recorder(lambda: channel)
    recorder.hold("w1")
    wait_until(lambda: channel.beats, 40, "a first sign of life")
    recorder.close(0)
    assert parting.wait(10)
    recorder.report(started("late"))
    assert recorder.flush(40)
    assert channel.task("late") is not None
    go_on.set()
    recorder.close(10)


def test_a_recorder_that_is_closed_leaves_neither_a_thread_nor_a_channel_open(new_threads: Threads) -> None:
    closed: list[Channel] = []

    class Counted(Unsteady):
        def close(self) -> None:
            closed.append(self)

    for _ in range(3):
        recorder = Recorder(Counted)
        recorder.report(started("t1"))
        assert recorder.flush(40)
        recorder.close(10)
    assert new_threads() == []
    assert len(set(map(id, closed))) == 3


def test_a_lease_is_renewed_while_it_is_borrowed_beside_that_of_a_worker() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel, heartbeat=0.001)
    recorder.hold("w1")
    own = recorder.borrow()
    assert recorder.borrow() == own
    wait_until(lambda: {lease for lease, _ in channel.beats} == {"w1", own}, 60, "both are renewed")
    recorder.give_back()
    recorder.give_back()
    wait_until(lambda: [lease for lease, _ in channel.beats][-3:] == ["w1"] * 3, 60, "one is left")
    recorder.close()
    assert (own, 0) not in channel.beats


def test_a_process_that_ends_says_so_of_what_it_still_runs() -> None:
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    own = recorder.borrow()
    wait_until(lambda: channel.beats, 60, "a sign of life")
    recorder.close()
    assert channel.beats[-1] == (own, 0)


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing wakes the thread of a recorder that has just told something."""
    monkeypatch.setattr(module, "CALM_SECONDS", 60.0)


class Taken(Turn):
    """A turn that the main thread takes as soon as the recorder's has given it, once it is `wanted`."""

    def __init__(self, changed: threading.Condition) -> None:
        super().__init__(changed)
        self.wanted = False
        self.taken, self.asked = threading.Event(), threading.Event()

    @property
    def free(self) -> bool:
        if self.taken.is_set() and _is_recorders():
            self.asked.set()
        return super().free

    def give(self) -> None:
        super().give()
        if self.wanted and _is_recorders():
            self.wanted, self._holder = False, threading.main_thread().ident
            self.taken.set()


def _is_recorders() -> bool:
    return threading.current_thread().name == "phloem-recorder"


@pytest.mark.usefixtures("restless")
def test_what_is_reported_while_a_recorder_that_is_closed_waits_for_its_turn_is_recorded() -> None:
    """A task that ends just then has it."""
    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    turn = recorder._turn = Taken(recorder._changed)
    recorder.report(started("first"))
    wait_until(lambda: channel.task("first") and recorder.lingers, 60, "it looks by itself")
    turn.wanted = True
    recorder.close(0)
    assert turn.asked.wait(5)
    recorder.report(started("late"))
    turn.give()
    wait_until(lambda: channel.task("late"), 60, "it is recorded")
    recorder.close(10)


@pytest.mark.usefixtures("restless")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_recorder_whose_thread_ended_by_an_error_goes_on_with_the_next_event() -> None:
    """As where a filter of the application's raises, which gets what is logged."""

    def raises(_: logging.LogRecord) -> bool:
        raise LookupError("no request to tell of")

    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    recorder.report(started("first"))
    wait_until(lambda: channel.task("first") and recorder.lingers, 60, "it looks by itself")
    thread = recorder._thread
    assert thread is not None
    delivery.logger.addFilter(raises)
    try:
        channel.away = True
        recorder.report(started("second"))
        wait_until(lambda: not thread.is_alive(), 60, "its thread has ended")
    finally:
        delivery.logger.removeFilter(raises)
    channel.away = False
    recorder.report(started("third"))
    wait_until(lambda: channel.task("second") and channel.task("third"), 60, "they are recorded")
    recorder.close(10)


CHILD = """
import multiprocessing
import time

from phloem.reporting import recorder
from tests.unit.worker.reporting.unsteady import Unsteady, started

class Said(Unsteady):
    def record(self, events, epoch=""):
        print(*(event.id for event in events), flush=True)
        return super().record(events, epoch)

def works():
    recorder.CALM_SECONDS = recorder.LINGER_SECONDS = 60.0
    told = recorder.Recorder(Said)
    told.report(started("first"))
    while not told.lingers:
        time.sleep(0.001)
    told.report(started("second"))

child = multiprocessing.get_context("fork").Process(target=works)
child.start()
child.join()
"""


def test_a_process_that_was_begun_by_multiprocessing_tells_all_before_it_ends() -> None:
    """Such a one ends without what is registered at exit."""
    ended = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == ["first", "second"], ended.stderr


def test_a_process_that_may_have_no_more_threads_tells_later_what_it_could_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_: threading.Thread) -> None:
        raise RuntimeError("no more threads")

    channel = Unsteady()
    recorder = Recorder(lambda: channel)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fails)
        with pytest.raises(RuntimeError):
            recorder.report(started("first"))
        recorder.close(10)
    recorder.report(started("second"))
    wait_until(lambda: channel.task("first") and channel.task("second"), 60, "they are recorded")
    recorder.close(10)
