"""What it costs to record an event, next to Celery's update_state: `python -m benchmarks.record`.

An event is judged, written, numbered and published in one call; update_state writes and publishes a task's state as
well, and judges nothing. Calls are made as the recorder makes them, the next one sent before the last is answered;
what each costs whose answer is waited for is shown beside it, without a limit: most of that is the way to Redis and
back, which update_state goes twice. The contestants take turns on the same Redis, and medians are compared. Ends with
status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import msgspec
import redis
from celery import Celery

from benchmarks.harness.measures import add_short
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Line, Step
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.processes import running_redis

ONE_BY_ONE = 3.0
"""Times as many events a second as update_state, one in each call."""
BY_TWENTY = 10.0
"""The same, twenty in each call."""
FLAT = 1.2
"""Times the server's work for an event that 100 times as many retained tasks may cost."""

EVENTS = 2_000
"""Of each contestant in each turn."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured: turns of each contestant, events of a turn, and the counts of tasks that are compared."""

    turns: int = 9
    few: int = 1_000
    many: int = 100_000
    events: int = EVENTS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    add_short(parser)
    chosen = parser.parse_args()
    size = Size(turns=1, few=10, many=200, events=200) if chosen.short else Size()
    with running_redis() as server, redis.Redis.from_url(server.url) as client:
        kept = [*throughput(server.url, size), retained(server.url, client, size)]
    return 0 if all(kept) or chosen.short else 1


def throughput(url: str, chosen: Size) -> Iterator[bool]:
    """Events a second of each contestant. Whether the limits are kept."""
    app = Celery("benchmark", backend=url, set_as_current=False)
    task = app.task(_work, name="work")
    lives = itertools.chain.from_iterable(life() for _ in itertools.count())
    channel = RedisChannel(Settings(redis_url=url, namespace="throughput"))

    def update_state(events: list[Event]) -> None:
        for task_id, state, meta in [(event.id, str(event.state), progress(event)) for event in events]:
            task.update_state(task_id=task_id, state=state, meta=meta)

    def record(size: int) -> Callable[[list[Event]], None]:
        def run(events: list[Event]) -> None:
            row = [events[start : start + size] for start in range(0, len(events), size)]
            recorded = sum(len(each.verdicts) for each in channel.record_all(row))
            if recorded != len(events):
                raise RuntimeError(f"{recorded} of {len(events)} events were recorded")

        return run

    def wait_for_each(events: list[Event]) -> None:
        for event in events:
            channel.record([event])

    contestants = {
        "update_state": (update_state, 0.0),
        "record, 1, waited for": (wait_for_each, 0.0),
        "record, 1 a call": (record(1), ONE_BY_ONE),
        "record, 20 a call": (record(20), BY_TWENTY),
        "record, 100 a call": (record(100), BY_TWENTY),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(chosen.turns + 1):
        for name, (run, _) in contestants.items():
            events = list(itertools.islice(lives, chosen.events))
            beginning = time.perf_counter()
            run(events)
            if turn:  # the first one connects and loads the functions
                times[name].append(time.perf_counter() - beginning)
    peer = median(times["update_state"])
    print(f"{'':22s} {'events/s':>10s} {'ratio':>7s}")
    for name, (_, limit) in contestants.items():
        mine = median(times[name])
        kept = peer / mine >= limit
        verdict = f"limit {limit:g}: {'kept' if kept else 'NOT KEPT'}" if limit else ""
        print(f"{name:22s} {chosen.events / mine:10,.0f} {peer / mine:7.1f} {verdict}")
        yield kept


def retained(url: str, client: redis.Redis, chosen: Size) -> bool:
    """The server's work for an event where few and where many tasks are retained, and the memory of a task."""
    costs: dict[int, list[float]] = {chosen.few: [], chosen.many: []}
    channels = {
        size: RedisChannel(Settings(redis_url=url, namespace=f"retains{size}", retention_tasks=size)) for size in costs
    }
    for size, channel in channels.items():
        before = _info(client, "memory")["used_memory"]
        for batch in batches(itertools.chain.from_iterable(life() for _ in range(size)), 100, size * len(list(life()))):
            channel.record(batch)
        after = _info(client, "memory")["used_memory"]
        print(f"{size:7,d} tasks retained: {(after - before) / size:,.0f} bytes a task, its log included")
    lives = itertools.chain.from_iterable(life() for _ in itertools.count())
    for _ in range(chosen.turns):
        for size, channel in channels.items():
            before = _calls(client)
            for batch in batches(lives, 20, chosen.events):
                channel.record(batch)
            costs[size].append((_calls(client) - before) / chosen.events)
    for size, cost in costs.items():
        print(f"{size:7,d} tasks retained: {median(cost):.1f} µs of the server's time for an event")
    ratio = median(costs[chosen.many]) / median(costs[chosen.few])
    print(
        f"{chosen.many // chosen.few} times as many tasks cost {ratio:.2f} times as much; "
        f"limit {FLAT:g}: {_word(ratio <= FLAT)}"
    )
    return ratio <= FLAT


def life() -> Iterator[Event]:
    """The events of one task, as a worker tells them; about 240 bytes each."""
    task_id, run, source = secrets.token_hex(16), secrets.token_hex(8), "benchmark"
    now = time.time()
    yield Event(
        id=task_id,
        at=now,
        source=source,
        seq=1,
        run=run,
        state=State.RECEIVED,
        begins=True,
        lease="benchmark",
        name="benchmarks.record.work",
        queue="celery",
        args="[1,2]",
        kwargs='{"path":"/some/where/on/disk"}',
        worker="celery@benchmark",
        received_at=now,
        root_id=task_id,
    )
    yield Event(id=task_id, at=now, source=source, seq=2, run=run, state=State.STARTED, started_at=now)
    for seq in range(3, 9):
        step = Step(key="1", description="Importing", current=seq * 100, total=1000, unit="row", rate=123.4, eta=5.6)
        yield Event(
            id=task_id,
            at=now,
            source=source,
            seq=seq,
            run=run,
            state=State.PROGRESS,
            percent=seq * 10,
            steps=(step,),
            message="Importing",
            log=(Line(at=now, level="info", message="another hundred rows"),) if seq == 5 else (),
        )
    yield Event(id=task_id, at=now, source=source, seq=9, run=run, state=State.SUCCESS, finished_at=now, result="42")


def progress(event: Event) -> dict[str, Any]:
    """What update_state is given: the same facts."""
    steps = msgspec.to_builtins(event.steps or ())
    return {"percent": event.percent, "steps": steps, "message": event.message, "worker": event.worker}


def batches(events: Iterator[Event], size: int, total: int = EVENTS) -> Iterator[list[Event]]:
    """`total` events, so many at once."""
    for start in range(0, total, size):
        yield list(itertools.islice(events, min(size, total - start)))


def _work() -> None:
    """A task that is never run: only its update_state is called."""


def _info(client: redis.Redis, section: str) -> dict[str, Any]:
    return dict(client.info(section))


def _calls(client: redis.Redis) -> float:
    """Microseconds that the server has spent in functions."""
    return float(_info(client, "commandstats")["cmdstat_fcall"]["usec"])


def _word(kept: bool) -> str:
    return "kept" if kept else "NOT KEPT"


if __name__ == "__main__":
    sys.exit(main())
