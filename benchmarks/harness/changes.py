"""Changes of tasks for a page to show: a load of them, and some whose way to the screen is timed."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from multiprocessing.synchronize import Event as Signal

import msgspec
from celery import Celery

from benchmarks.harness.lives import lives
from benchmarks.record import batches
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Step
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings

TASKS = 10_000
"""On record, in a whole run."""
RUNNING = 200
"""Of them at the same time: as many as the list holds, so that each change is of a row that the page has."""
STEPS = 37
"""Reports of progress in the life of a task, which has 40 changes so, on average: from none to twice as many, so that
tasks begin and end at any time."""
MANY_STEPS = 200
"""Of a task whose page shows all of them."""
STEP_UNITS = 100
BATCH = 20
"""Changes told at once under load, as by so many processes that tell theirs in the same moment."""

AT_ONCE = 8
"""Tasks that are timed at the same time; each is followed from state to state."""
RANKS = (State.RECEIVED, State.STARTED, State.SUCCESS)
KINDS = ("task-received", "task-started", "task-succeeded")
"""What Celery calls the events of these."""

Change = tuple[int, int, float]
"""The number of a task, the place of its state in RANKS, and when it was told, in Unix seconds."""


def record_history(redis_url: str, tasks: int) -> None:
    """So many tasks that have ended."""
    channel = _channel(redis_url)
    events = (event for _ in range(tasks) for event in _life(steps=0))
    for batch in batches(events, 100, tasks * 3):
        channel.record(batch)


def load(redis_url: str, rate: float, end: Signal) -> None:
    """So many changes a second until `end`."""
    channel, told, start = _channel(redis_url), 0, time.monotonic()
    chance = random.Random(0)
    events = lives(lambda: _life(chance.randint(0, 2 * STEPS)), RUNNING)
    for batch in batches(events, BATCH, 1 << 40):
        if end.wait(max(0.0, start + told / rate - time.monotonic())):
            return
        channel.record(batch)
        told += len(batch)


def begin_steps(redis_url: str) -> str:
    """Starts a task of MANY_STEPS; its id."""
    [received, started, *_] = _life(steps=0)
    begun = [msgspec.structs.replace(each, run=each.id) for each in (received, started)]
    _channel(redis_url).record([*begun, _report(started.id, 0, time.time())])
    return started.id


def report_steps(redis_url: str, rate: float, end: Signal, *, task_id: str) -> None:
    """So many reports a second of that task until `end`, each with all its steps, of which one has moved."""
    channel, start, now = _channel(redis_url), time.monotonic(), time.time()
    for told in count(1):
        if end.wait(max(0.0, start + told / rate - time.monotonic())):
            return
        channel.record([_report(task_id, told, now)])


def tell_phloem(redis_url: str, rate: float, seconds: float) -> list[Change]:
    """Timed changes, each recorded by itself."""
    channel = _channel(redis_url)
    source, ids = secrets.token_hex(8), secrets.token_hex(8)

    def record(number: int, rank: int) -> None:
        now = time.time()
        said = partial(Event, id=f"{ids}-{number}", run=f"{number}", source=source, at=now, seq=rank)
        if rank == 0:
            event = said(state=RANKS[0], begins=True, name=name(number), queue="celery", received_at=now)
        elif rank == 1:
            event = said(state=RANKS[1], started_at=now)
        else:
            event = said(state=RANKS[2], finished_at=now, result="42")
        channel.record([event])

    return list(_paced(record, rate, seconds))


def tell_celery(broker: str, rate: float, seconds: float) -> list[Change]:
    """The same, each as an event of its own, as a worker sends it."""
    with Celery("benchmark", broker=broker, set_as_current=False) as app, app.connection_for_write() as connection:
        told = app.events.Dispatcher(connection, hostname="celery@benchmark", enabled=True)
        told.send("worker-online")

        def send(number: int, rank: int) -> None:
            fields = {"uuid": f"00000000-0000-4000-8000-{number:012d}"}
            if rank == 0:
                fields |= {"name": name(number), "args": "[1, 2]", "kwargs": "{}", "root_id": fields["uuid"]}
            if number % 100 == rank == 0:
                told.send("worker-heartbeat", freq=2, active=AT_ONCE, processed=number, loadavg=[0, 0, 0])
            told.send(KINDS[rank], **fields, **({"result": "42", "runtime": 0.01} if rank == 2 else {}))

        return list(_paced(send, rate, seconds))


def name(number: int) -> str:
    """What a timed task is called, by which pages are looked through for it."""
    return f"benchmarks.probe-{number:06d}"


def _paced(tell: Callable[[int, int], None], rate: float, seconds: float) -> Iterator[Change]:
    """AT_ONCE tasks at a time, all of which reach a state before any reaches the next; one change after the other."""
    start = time.monotonic()
    for turn in range(int(rate * seconds)):
        block, place = divmod(turn, AT_ONCE * len(RANKS))
        rank, slot = divmod(place, AT_ONCE)
        number = block * AT_ONCE + slot
        time.sleep(max(0.0, start + turn / rate - time.monotonic()))
        at = time.time()
        tell(number, rank)
        yield number, rank, at


def _channel(redis_url: str) -> RedisChannel:
    return RedisChannel(Settings(redis_url=redis_url, namespace="test"))


def _report(task_id: str, told: int, begun: float) -> Event:
    """The report of that number on steps that have begun: of each how often it has moved."""
    rounds, moved = divmod(told, MANY_STEPS)
    steps = tuple(
        Step(
            key=str(place),
            description=f"Part {place}",
            current=min(rounds + (place <= moved), STEP_UNITS),
            total=STEP_UNITS,
            unit="row",
            started_at=begun,
        )
        for place in range(1, MANY_STEPS + 1)
    )
    return Event(
        id=task_id,
        source="benchmark",
        run=task_id,
        at=time.time(),
        seq=3 + told,
        state=State.PROGRESS,
        percent=min(100.0, told / MANY_STEPS / STEP_UNITS * 100),
        steps=steps,
        message=f"report {told}",
    )


def _life(steps: int) -> Iterator[Event]:
    task_id, now = secrets.token_hex(16), time.time()
    said = partial(Event, id=task_id, source="benchmark", run=secrets.token_hex(8))
    yield said(
        at=now,
        seq=1,
        state=State.RECEIVED,
        begins=True,
        name="benchmarks.browser.work",
        queue="celery",
        args="[1,2]",
        kwargs='{"path":"/some/where/on/disk"}',
        worker="celery@benchmark",
        created_at=now,
        received_at=now,
        root_id=task_id,
    )
    yield said(at=now, seq=2, state=State.STARTED, started_at=time.time())
    for number in range(steps):
        step = Step(
            key="1",
            description="Importing",
            current=number,
            total=steps,
            unit="row",
            rate=12.5,
            eta=(steps - number) / 5,
        )
        done = number / steps * 100
        yield said(
            at=now,
            seq=3 + number,
            state=State.PROGRESS,
            percent=done,
            steps=(step,),
            message=f"part {number} of {steps}",
        )
    yield said(at=now, seq=3 + steps, state=State.SUCCESS, finished_at=time.time(), result="42")
