"""What is done to the record: `python -m tests.chaos.load send|speak RATE`, until a line comes on standard input.

`send` sends RATE tasks a second to the workers. `speak` is RATE events a second of tasks that a worker without
Celery would run: the same recorder, without the cost of real work.
"""

from __future__ import annotations

import random
import secrets
import select
import sys
import time
from collections.abc import Iterator

from phloem.instrument import attachment
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Error, Line, Step
from phloem.reporting.backlog import CAPACITY
from tests.chaos.app import app, truth

TICK = 0.02
AT_ONCE = 20
WAITING = CAPACITY // 4
"""Events that may wait for Redis; with more, nothing new is reported."""
KINDS = ("work", "work", "talk", "fail", "flaky", "hold")


def stopped(deadline: float) -> bool:
    """Whether the load is to end; waits for that until `deadline`."""
    return bool(select.select([sys.stdin], [], [], max(0.0, deadline - time.monotonic()))[0])


def send(rate: float) -> None:
    """Sends tasks of all kinds in turn."""
    beginning = time.monotonic()
    count = 0
    while not stopped(beginning + count / rate):
        task_id = secrets.token_hex(8)
        truth.note("sent", task_id)
        app.send_task(KINDS[count % len(KINDS)], task_id=task_id)
        count += 1


def speak(rate: float) -> None:
    """Tells of tasks that run side by side."""
    this = attachment.recorder()
    assert this is not None
    lease = secrets.token_hex(8)
    this.hold(lease)
    running = [life(lease) for _ in range(AT_ONCE)]
    beginning = time.monotonic()
    count = 0
    while not stopped(beginning + count / rate):
        for _ in range(max(1, int(rate * TICK))):
            place = count % AT_ONCE
            event = next(running[place], None)
            if event is None:
                running[place] = life(lease)
                event = next(running[place])
            this.report(event)
            if event.state is not None and event.state.ended:
                this.flush()  # as a worker does
            count += 1
        while this.waiting > WAITING:  # a machine that cannot keep up is not what is looked at here
            this.flush(0.25)
    for one in running:
        for event in one:
            this.report(event)
    while not this.flush(1):
        if time.monotonic() > beginning + 600:
            raise SystemExit("Redis did not come back")


def life(lease: str) -> Iterator[Event]:
    """All events of one task: one to three tries, each with progress; it succeeds, or fails for good."""
    task_id = secrets.token_hex(8)
    truth.note("sent", task_id)
    tries = random.choice((1, 1, 1, 2, 3))
    yield Event(id=task_id, at=time.time(), state=State.PENDING, name="spoken", created_at=time.time())
    for number in range(tries):
        run, attempt = secrets.token_hex(8), 2 * number
        truth.note("received", task_id, run, attempt=attempt)
        more = {"run": run, "lease": lease, "attempt": attempt, "retries": number}
        yield Event(id=task_id, at=time.time(), state=State.RECEIVED, begins=True, **more)  # type: ignore[arg-type]
        yield Event(id=task_id, at=time.time(), state=State.STARTED, started_at=time.time(), **more)  # type: ignore[arg-type]
        for done in range(6):
            yield Event(
                id=task_id,
                at=time.time(),
                run=run,
                state=State.PROGRESS,
                percent=done / 6 * 100,
                steps=(Step(key="1", description="Speaking", current=done, total=6),),
                log=(Line(at=time.time(), level="info", message=f"line {done}"),),
            )
        end = State.RETRY if number < tries - 1 else random.choice((State.SUCCESS, State.SUCCESS, State.FAILURE))
        error = None if end is State.SUCCESS else Error(type="ValueError", message="as it should")
        yield Event(id=task_id, at=time.time(), run=run, state=end, error=error, finished_at=time.time())
        truth.note("ended", task_id, run, state=end)


if __name__ == "__main__":
    {"send": send, "speak": speak}[sys.argv[1]](float(sys.argv[2]))
