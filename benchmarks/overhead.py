"""What it costs a Celery app to be observed: `python -m benchmarks.overhead`.

Empty tasks are sent to a worker with two children: by an app that nobody observes, by one that sends Celery's own
events, and by one that is attached. The three share a Redis and take turns in the same run, and medians are compared;
then the same with a Redis that is a millisecond away. Nobody reads what is told of the tasks in any of the three. Ends
with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.harness.measures import Limit, add_short, verdict
from benchmarks.workers.app import ATTACHED, BARE, EVENTS, WAYS
from benchmarks.workers.contestant import Contestant, Turn
from benchmarks.workers.distance import farther
from tests.processes import Redis, running_redis

MICRO = 1e6

PROCESSES = {"producer": "producer", "main": "main", "children": "children", "redis": "Redis", "whole": "all"}
"""The processes whose CPU is shown, by the name of the figure in `Turn`."""

LEAST = 0.9
"""Tasks a second of an attached app, as a share of those of a bare one."""

AWAY_SECONDS = 0.001
"""How far away the other Redis is, there and back."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Tasks of each turn, and turns of each contestant."""

    tasks: int
    turns: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--tasks", type=int, default=3_000, help="tasks of each turn")
    parser.add_argument("--turns", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--near", action="store_true", help="only with the Redis that is near")
    add_short(parser)
    chosen = parser.parse_args()
    size = Size(tasks=20, turns=1) if chosen.short else Size(tasks=chosen.tasks, turns=chosen.turns)
    limits: list[Limit] = []
    with tempfile.TemporaryDirectory() as folder, running_redis() as server:
        if not chosen.short:  # each place starts three workers, and the one below needs more to work
            limits += compared("Redis beside it", server, server.port, size, Path(folder))
        if not chosen.near:
            with farther(server.port, AWAY_SECONDS, Path(folder)) as port:
                limits += compared("Redis 1 ms away", server, port, size, Path(folder))
    return verdict(limits, short=chosen.short)


def compared(where: str, server: Redis, port: int, size: Size, folder: Path) -> Iterator[Limit]:
    """Prints what each contestant does and uses; the limits."""
    turns: dict[str, list[Turn]] = {way: [] for way in WAYS}
    with ExitStack() as stack:
        contestants = [
            stack.enter_context(Contestant(way, place, (server.pid, server.port), port, folder))
            for place, way in enumerate(WAYS)
        ]
        for number in range(size.turns + 1):
            for contestant in contestants:
                turn = contestant.turn(size.tasks)
                if number:  # the first one finds everything cold
                    turns[contestant.way].append(turn)
        recorded = min(contestant.recorded() for contestant in contestants)
    print(f"{where}: {size.tasks:,} empty tasks, {size.turns} turns of each")
    print(f"{'':15s} {'':>8s} {'of':>5s}   µs of CPU for a task, in each process")
    print(f"{'':15s} {'tasks/s':>8s} {'bare':>5s}", *(f"{name:>9s}" for name in PROCESSES.values()))
    bare = _of(turns[BARE], "tasks_per_second")
    for way in WAYS:
        rate = _of(turns[way], "tasks_per_second")
        used = (f"{_of(turns[way], name) * MICRO:9.0f}" for name in PROCESSES)
        print(f"{way:15s} {rate:8,.0f} {rate / bare:5.2f}", *used)
    attached, events = (_of(turns[way], "tasks_per_second") for way in (ATTACHED, EVENTS))
    yield Limit(what=f"{where}: tasks/s, attached, of bare", value=attached / bare, limit=LEAST, at_least=True)
    yield Limit(what=f"{where}: tasks/s, attached, of Celery's events", value=attached / events, limit=1, at_least=True)
    yield Limit(what=f"{where}: tasks whose end is recorded", value=recorded, limit=1, at_least=True, sound=True)


def _of(turns: list[Turn], name: str) -> float:
    return float(median(getattr(turn, name) for turn in turns))


if __name__ == "__main__":
    sys.exit(main())
