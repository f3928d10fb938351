"""Redis stands still while a task reports 1,000 times a second: the task does not notice, and nothing is lost.

`PHLOEM_STALL_SECONDS=10` makes it stand still for longer than the two seconds that show the same.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from celery import Celery

import phloem
from phloem.instrument.handlers.child_process import ChildProcess
from phloem.instrument.handlers.execution import Execution
from phloem.instrument.handlers.observer import Observer
from phloem.instrument.handlers.producer import Producer
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Task
from phloem.progress import current
from phloem.progress.log_lines import LINES_WAITING
from phloem.record.redis_record import RedisChannel
from phloem.reporting.recorder import FLUSH_SECONDS, Recorder
from phloem.settings import Settings
from tests.processes import Redis
from tests.waiting import wait_until

STALL = float(os.environ.get("PHLOEM_STALL_SECONDS", "2"))
"""Seconds."""
RATE = 1000
"""Reports of the task in a second."""
BLOCKED = 0.25
"""Seconds that a call of Phloem may take at most."""
SLOWER = 0.05
"""Share of its running time by which the task may take longer. In the short form that is the time from its beginning to
its end; in the long one, where chance evens out, it is what the task itself does: a twentieth of that."""
LONG = 10
LATE = 0.2
"""Seconds after which a thread whose wait is over runs again, on a machine with other work to do."""


class Reporter:
    """A task that works and reports, and a Redis of its own. What it costs is measured, call by call."""

    def __init__(self, redis: Redis) -> None:
        self.channel = RedisChannel(Settings(redis_url=redis.url))
        self.recorder = Recorder(lambda: RedisChannel(self.channel.settings))
        self.run = Execution(secrets.token_hex(8), secrets.token_hex(8), self.recorder)
        self.running = 0.0
        self.longest = 0.0
        self.most_waiting = 0
        self._tell(State.STARTED)
        assert self.recorder.flush(40)
        current.enter(self.run)
        self.step = phloem.step("Working", total=RATE * STALL)

    def go_on(self, number: int) -> None:
        """A little work, and a report of it. Its time is that of the processor, and what a call waited beside."""
        current.enter(self.run)
        beginning = time.thread_time()
        sum(range(3000))
        self._call(self.step.advance)
        if number % 10 == 0:
            self._call(phloem.log, f"line {number}")
        self.running += time.thread_time() - beginning
        self.most_waiting = max(self.most_waiting, self.recorder.waiting)

    def end(self) -> None:
        current.leave()
        self._call(self.run.end)
        self._tell(State.SUCCESS)

    def recorded(self) -> Task | None:
        return self.channel.task(self.run.task_id)

    def _tell(self, state: State) -> None:
        event = Event(id=self.run.task_id, at=time.time(), run=self.run.token, state=state)
        self._call(self.recorder.report, event)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        wall, own = time.perf_counter(), time.thread_time()
        function(*args)
        wall, own = time.perf_counter() - wall, time.thread_time() - own
        self.longest = max(self.longest, wall)
        self.running += max(0.0, wall - own)


@pytest.fixture(scope="module")
def redises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Redis, Redis]]:
    """One that works, and one that stands still in the middle of a test."""
    folder = tmp_path_factory.mktemp("stalled")
    servers = Redis(folder / "calm").start(), Redis(folder / "stalled").start()
    yield servers
    for server in servers:
        server.sigkill()


@contextmanager
def standing_still(server: Redis, seconds: float) -> Iterator[None]:
    """It is there, and does nothing; it goes on after the block, and after `seconds` at the earliest."""
    over = threading.Event()
    os.kill(server.pid, signal.SIGSTOP)
    timer = threading.Timer(seconds, over.set)
    timer.start()
    try:
        yield
        over.wait()
    finally:
        timer.cancel()
        os.kill(server.pid, signal.SIGCONT)


def costs(calm: Reporter, stalled: Reporter, server: Redis) -> float:
    """Seconds by which a task ran longer because its Redis stood still, against the same one, report for report in
    turn, with a Redis that works: what else this machine does meets both. Nothing of either is lost.
    """
    with standing_still(server, STALL):
        beginning = time.monotonic()
        for number in range(int(RATE * STALL)):
            for reporter in (calm, stalled) if number // 10 % 2 else (stalled, calm):
                reporter.go_on(number)
            while time.monotonic() < beginning + number / RATE:
                time.sleep(0)  # the pace is part of the fault
    for reporter in (calm, stalled):
        reporter.end()
        wait_until(lambda reporter=reporter: reporter.recorder.flush(1), 60, "all is recorded")  # type: ignore[misc]
        reporter.recorder.close(10)
        task = reporter.recorded()
        assert task is not None
        assert (task.state, task.steps[0].current) == (State.SUCCESS, int(RATE * STALL))
        said = [entry.message for entry in reporter.channel.short_log(task.id, 1000)]
        assert said[-1] == State.SUCCESS
        assert any(text.startswith("line ") for text in said)
        assert reporter.recorder.lost == 0
        assert reporter.most_waiting <= LINES_WAITING
    slower = stalled.running - calm.running
    print(
        f"{STALL:g} s: {1 + slower / calm.running:.3f} times the running time; "
        f"longest call {stalled.longest * 1000:.2f} ms"
    )
    return slower / (calm.running if STALL >= LONG else STALL)


@pytest.mark.timeout(300 + 15 * STALL)
def test_a_task_does_not_notice_that_redis_stands_still_and_nothing_is_lost(redises: tuple[Redis, Redis]) -> None:
    for last in (False, False, True):  # other work of this machine only makes it longer
        calm, stalled = Reporter(redises[0]), Reporter(redises[1])
        slower = costs(calm, stalled, redises[1])
        if last or (slower < SLOWER and stalled.longest < BLOCKED):
            break
    assert slower < SLOWER
    assert stalled.longest < BLOCKED


def shortest(server: Redis, end: Callable[[Reporter], None], state: State) -> float:
    """Seconds for which `end` takes a task to `state` while Redis stands still: of three times the shortest, as other
    work of this machine makes it longer. That is recorded once Redis goes on.
    """
    took = []
    for _ in range(3):
        reporter = Reporter(server)
        with standing_still(server, 0):
            beginning = time.perf_counter()
            end(reporter)
            took.append(time.perf_counter() - beginning)
        wait_until(lambda reporter=reporter: reporter.recorder.flush(1), 60, "its end is recorded")  # type: ignore[misc]
        task = reporter.recorded()
        assert task is not None
        assert task.state is state
        reporter.recorder.close(10)
    return min(took)


def test_the_end_of_a_task_waits_for_a_redis_that_stands_still_only_for_a_moment(
    redises: tuple[Redis, Redis],
) -> None:
    def end(reporter: Reporter) -> None:
        reporter.end()
        assert not reporter.recorder.flush()

    assert shortest(redises[1], end, State.SUCCESS) < FLUSH_SECONDS + LATE


def test_a_retry_of_which_two_signals_tell_is_held_up_only_once(redises: tuple[Redis, Redis]) -> None:
    def end(reporter: Reporter) -> None:
        observer = Observer(Celery("stalled", set_as_current=False), reporter.recorder)
        Producer(observer).sending(headers={"id": reporter.run.task_id, "retries": 1})
        child, request = ChildProcess(observer), SimpleNamespace(id=reporter.run.task_id)
        child.retried(request=request, reason=ValueError("not yet"))
        child.left(task_id=reporter.run.task_id, task=SimpleNamespace(request=request), state="RETRY")

    assert FLUSH_SECONDS <= shortest(redises[1], end, State.RETRY) < FLUSH_SECONDS + LATE
