"""What progress costs the task that reports it: `python -m benchmarks.progress`.

Each figure is compared with a peer or a limit in the same run; the contestants take turns, and medians are compared.
Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from celery import Celery
from tqdm import tqdm as theirs

import phloem
from benchmarks.harness.measures import add_short
from phloem.model.event import Event
from phloem.progress import current
from phloem.progress.run import Run
from phloem.record.record import Recorded
from phloem.record.redis_record import RedisChannel
from phloem.reporting.recorder import Recorder
from phloem.settings import Settings
from phloem.tqdm import tqdm
from tests.processes import running_redis

NANO = 1e9

RECORDED_SECONDS = 5.0
"""Seconds within which an update has to be recorded; the recorder looks for one 20 times a second."""

SEPARATE_SECONDS = 1.0
"""Seconds within which the median update has to be recorded: later, something else than the update was waited for."""

STARTS = 7
"""Fresh interpreters for each figure of an import."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: a figure, what it is compared with, and whether it keeps its limit.

    `sound` marks a limit without which the other figures mean nothing.
    """

    what: str
    cost: str
    compared: str = ""
    kept: bool | None = None
    sound: bool = False


class ObservedChannel(RedisChannel):
    """The real channel; `recorded` is set when a batch with a report of progress was recorded."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.recorded = threading.Event()

    def record_all(
        self, batches: Sequence[Sequence[Event]], epoch: str = "", patience: float | None = None
    ) -> Iterator[Recorded]:
        for batch, answer in zip(batches, super().record_all(batches, epoch, patience), strict=False):
            if any(event.steps for event in batch) and answer.verdicts:
                self.recorded.set()
            yield answer


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--items", type=int, default=10_000_000, help="items of each loop")
    arguments.add_argument("--rounds", type=int, default=5, help="turns that each loop takes")
    arguments.add_argument("--updates", type=int, default=200, help="reported updates")
    add_short(arguments)
    chosen = arguments.parse_args()
    if chosen.short:
        chosen.items, chosen.rounds, chosen.updates = 100_000, 1, 10
    with running_redis() as redis:
        channel = ObservedChannel(Settings(redis_url=redis.url))
        recorder = Recorder(lambda: channel)
        current.enter(Run("loops", "run", recorder))
        rows = loops(chosen.items, chosen.rounds) + advances(chosen.items // 10, chosen.rounds)
        current.leave()
        current.enter(Run("updates", "run", recorder))
        rows += updates(chosen.updates, channel, redis.url)
        current.leave()
        recorder.close()
    rows += imports(1 if chosen.short else STARTS)
    width = max(len(row.what) for row in rows)
    for row in rows:
        mark = "" if row.kept is None else "kept" if row.kept else "NOT KEPT"
        print(f"{row.what:{width}}  {row.cost:>10}  {row.compared:44}  {mark}".rstrip())
    return int(any(row.kept is False for row in rows if row.sound or not chosen.short))


def loops(items: int, rounds: int) -> list[Row]:
    """A loop with a bar, by Phloem and by tqdm, and without one."""
    with Path(os.devnull).open("w") as null:
        cost = take_turns(
            rounds,
            bare=partial(consume, lambda: range(items)),
            track=partial(consume, lambda: phloem.track(range(items), "Counting")),
            drop_in=partial(consume, lambda: tqdm(range(items), desc="Counting")),
            tqdm=partial(consume, lambda: theirs(range(items), desc="Counting", file=null)),
        )
    each = {name: seconds / items * NANO for name, seconds in cost.items()}
    ratio, drop_in = (cost[name] / cost["tqdm"] for name in ("track", "drop_in"))
    return [
        Row(what=f"bare loop, {items:,} items", cost=f"{each['bare']:.0f} ns/item"),
        Row(what="tqdm, to a null file", cost=f"{each['tqdm']:.0f} ns/item"),
        Row(
            what="phloem.track",
            cost=f"{each['track']:.0f} ns/item",
            compared=f"{ratio:.2f} of tqdm (limit 1.00)",
            kept=ratio <= 1,
        ),
        Row(what="phloem.tqdm.tqdm", cost=f"{each['drop_in']:.0f} ns/item", compared=f"{drop_in:.2f} of tqdm"),
    ]


def advances(times: int, rounds: int) -> list[Row]:
    """`step.advance()` in a loop, with the loop."""
    step = phloem.step("Advancing", total=times)

    def advance() -> None:
        for _ in range(times):
            step.advance()

    each = take_turns(rounds, advance=advance)["advance"] / times * NANO
    step.finish()
    return [Row(what="step.advance()", cost=f"{each:.0f} ns", compared="limit 1,000 ns", kept=each <= 1000)]


def updates(times: int, channel: ObservedChannel, redis_url: str) -> list[Row]:
    """A step that advances and is recorded before the next one, and the same with Celery's update_state."""
    app = Celery("benchmark", backend=redis_url, set_as_current=False)
    app.conf.broker_url = "memory://"
    task = app.task(work, shared=False)
    step = phloem.step("Updating", total=times)
    ours: list[float] = []
    theirs: list[float] = []
    until_recorded: list[float] = []
    cpu = {"ours": 0.0, "theirs": 0.0}
    meta = {"current": 0, "total": times}
    task.update_state(task_id="benchmark", state="PROGRESS", meta=meta)  # connects
    for number in range(times):
        channel.recorded.clear()
        burnt = time.process_time()
        start = time.perf_counter()
        step.advance()
        ours.append(time.perf_counter() - start)
        if not channel.recorded.wait(RECORDED_SECONDS):
            raise SystemExit(f"Update {number + 1} was not recorded within {RECORDED_SECONDS:g} s.")
        until_recorded.append(time.perf_counter() - start)
        cpu["ours"] += time.process_time() - burnt
        burnt = time.process_time()
        start = time.perf_counter()
        task.update_state(task_id="benchmark", state="PROGRESS", meta={**meta, "current": number})
        theirs.append(time.perf_counter() - start)
        cpu["theirs"] += time.process_time() - burnt
    told = channel.task("updates")
    recorded = max(step.current for step in told.steps) if told is not None else 0
    step.finish()
    app.close()
    ratio = median(theirs) / median(ours)
    return [
        Row(what="Celery's update_state, Redis result backend", cost=f"{median(theirs) * 1e6:.1f} µs"),
        Row(
            what="a reported update, on the task's thread",
            cost=f"{median(ours) * 1e6:.2f} µs",
            compared=f"{ratio:,.0f} times less than update_state (limit 20)",
            kept=ratio >= 20,
        ),
        Row(
            what="a reported update, until it is recorded",
            cost=f"{median(until_recorded) * 1000:.1f} ms",
            compared=f"{recorded:.0f} of {times} recorded, each before the next",
            kept=recorded == times and median(until_recorded) < SEPARATE_SECONDS,
            sound=True,
        ),
        Row(
            what="a reported update, CPU of all threads",
            cost=f"{cpu['ours'] / times * 1e6:.0f} µs",
            compared=f"update_state: {cpu['theirs'] / times * 1e6:.0f} µs",
        ),
    ]


def work() -> None:
    """A task that is never run: only its update_state is called."""


def imports(starts: int) -> list[Row]:
    """Fresh interpreters that import Phloem after Celery."""
    package = milliseconds("import celery", "import phloem", starts)
    used = milliseconds("import celery", "import phloem; phloem.track, phloem.step, phloem.log", starts)
    app = "import celery; celery.Celery(broker='redis://', backend='redis://').backend"
    attached = milliseconds(app, "import phloem; phloem.attach", starts)
    return [
        Row(
            what="import phloem, after import celery",
            cost=f"{package:.0f} ms",
            compared="limit 60 ms",
            kept=package <= 60,
        ),
        Row(what="the same, with track, step and log", cost=f"{used:.0f} ms"),
        Row(what="attach, after an app with Redis", cost=f"{attached:.0f} ms"),
    ]


def take_turns(rounds: int, **contestants: Callable[[], None]) -> dict[str, float]:
    """Seconds that each takes, the median of `rounds`; one round after the other, so that all see the same weather."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            gc.collect()
            start = time.perf_counter()
            contestant()
            seconds[name].append(time.perf_counter() - start)
    return {name: median(taken) for name, taken in seconds.items()}


def consume(make: Callable[[], Iterable[Any]]) -> None:
    """The loop itself, the same for all."""
    for _ in make():
        pass


def milliseconds(before: str, code: str, times: int) -> float:
    """What `code` takes after `before`, in a fresh interpreter; the median."""
    whole = f"import time; {before}; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
    command = [sys.executable, "-c", whole]
    return median(
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) * 1000 for _ in range(times)
    )


if __name__ == "__main__":
    sys.exit(main())
