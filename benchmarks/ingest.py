"""How many events one web process takes in: `python -m benchmarks.ingest [--quick] [--without-peers]`.

The real web process, 20,000 recorded events a second of 5,000 tasks that run at the same time, and 100 viewers of five
different lists. The lag is measured from the producer that records a change to the viewer that receives it. The peers
in the same run are celery-bloom and Flower: they receive as many of Celery's own events at the same rate, without any
viewer, and are asked for the last task until they know it. Their packages, in the versions below, are installed in an
environment of their own under var/. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Event as Signal
from typing import Any

from benchmarks.harness.dashboards import answers, subscribed
from benchmarks.harness.lives import lives
from benchmarks.harness.measures import Limit, Machine, add_short, cpu, verdict
from benchmarks.harness.viewers import Remote
from benchmarks.harness.web import running
from benchmarks.memory import figure
from benchmarks.peers.packages import install
from benchmarks.record import batches
from phloem.model.event import Event
from phloem.model.state import State
from phloem.model.task import Step
from phloem.record.redis_record import RedisChannel
from phloem.reporting.backlog import BATCH_EVENTS, BATCHES_IN_A_ROW
from phloem.reporting.recorder import SAMPLE_SECONDS
from phloem.settings import Settings
from phloem_server.settings import FANOUTS
from tests.processes import ROOT, free_port, running_redis
from tests.waiting import wait_until

EVENTS = 20_000
"""A second."""
TASKS = 5_000
PRODUCERS = 2
VIEWERS = 20
"""Of each view."""
VIEWS: tuple[dict[str, Any], ...] = (
    {},
    {"state": ["PROGRESS", "STARTED"]},
    {"name": "benchmarks.*"},
    {"queue": "celery", "not": {"state": ["SUCCESS"]}},
    {"q": "disk"},
)
REPORTS = 6
STEPS = 37
"""Reports of progress in the life of a task, which has 40 events so: some 10 seconds."""

LAG = 0.5
"""Seconds, at p99."""
GROWTH = 0.1
"""Seconds by which the lag of the last third may exceed that of the first."""
SHORTFALL = 0.95
"""Of EVENTS: what the producers have to have recorded."""

PATIENCE = 120.0
"""Seconds after the last event for which a peer is waited for."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much there is to take in: events a second, tasks that run at the same time, viewers of each view."""

    seconds: float
    events: int = EVENTS
    tasks: int = TASKS
    viewers: int = VIEWERS


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What one of them did: events a second, seconds of CPU for 1,000 events, and how far it was behind at the end."""

    who: str
    rate: float
    cost: float
    late: float | None

    def __str__(self) -> str:
        late = "lost the last" if self.late is None else f"{self.late:6.2f} s behind at the end"
        return f"{self.who:14} {self.rate:8,.0f} events/s   {self.cost * 1000:7.1f} ms of CPU for 1,000   {late}"


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a fifth as long")
    add_short(parser)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--fanout", choices=FANOUTS, default=FANOUTS[0])
    chosen = parser.parse_args()
    load = Load(seconds=chosen.seconds or (6.0 if chosen.quick else 30.0))
    if chosen.short:
        load = Load(seconds=1.5, events=EVENTS // 10, tasks=TASKS // 10, viewers=VIEWERS // 10)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; fan-out {chosen.fanout}")
    mine, limits = ours(load, chosen.fanout)
    print(mine)
    if not (chosen.without_peers or chosen.short):
        folder = install()
        events = int(mine.rate * load.seconds)
        flower = [f"{folder}/celery", "--broker", "{redis}", "flower", "--address=127.0.0.1", "--port={port}"]
        bloom = [f"{folder}/celery-bloom", "--broker", "{redis}", "--host=127.0.0.1", "--port={port}"]
        bloom.append("--log-level=warning")
        for peer in (
            theirs("Flower", flower, "/api/task/info/{mark}", events),
            theirs("celery-bloom", bloom, "/api/tasks/{mark}", events),
        ):
            print(peer)
            print(f"{'':14} {mine.rate / peer.rate:6.1f} times its events/s, {mine.cost / peer.cost:.2f} of its CPU")
    return verdict(limits, short=chosen.short)


def ours(load: Load, fanout: str) -> tuple[Taken, list[Limit]]:
    """The web process with all its viewers."""
    spawn = multiprocessing.get_context("spawn")
    with running(fanout) as stack, ExitStack() as crowds:
        here = [crowds.enter_context(Remote(stack.port, load.viewers, {"view": view})) for view in VIEWS]
        end = spawn.Event()
        producers = [spawn.Process(target=produce, args=(stack.redis.url, load, end)) for _ in range(PRODUCERS)]
        for producer in producers:
            producer.start()
        try:
            wait_until(lambda: figure(stack, "phloem_relay_offset") > 2 * load.tasks, 60, "all tasks run")
            for crowd in here:
                crowd.tell("report")
            pids = (stack.pid("web"), stack.redis.pid, *(p.pid or 0 for p in producers), *(c.pid for c in here))
            machine, start, offset = Machine(*pids, os.getpid()), time.monotonic(), figure(stack, "phloem_relay_offset")
            reports = []
            for number in range(1, REPORTS + 1):
                time.sleep(max(0.0, start + load.seconds * number / REPORTS - time.monotonic()))
                reports.append([crowd.tell("report") for crowd in here])
            known, took = figure(stack, "phloem_relay_offset") - offset, time.monotonic() - start
            used, others = machine.used, machine.others
        finally:
            end.set()
            for producer in producers:
                producer.join()
    lags = [max(report["p99"] or 0.0 for report in each) / 1000 for each in reports]
    usual = max(report["p50"] or 0.0 for each in reports for report in each) / 1000
    received = [sum(each[place]["frames"] for each in reports) for place in range(len(VIEWS))]
    frames = sum(received)
    print(
        f"{known / took:,.0f} events/s; the web process uses {used[0] / took:.0%} of a core, Redis {used[1] / took:.0%}"
    )
    print(f"{frames / took:,.0f} frames/s received; other programs have {others:.0%} of the machine")
    resyncs = sum(report["resyncs"] for report in reports[-1])
    print(f"viewers were asked to watch again {resyncs} times")
    print(f"lag: p50 {usual:.3f} s at most; p99 by sixth of the time: {', '.join(f'{lag:.3f}' for lag in lags)} s")
    third = REPORTS // 3
    return Taken(who="Phloem", rate=known / took, cost=used[0] / known * 1000, late=lags[-1]), [
        Limit(what="events recorded a second", value=known / took, limit=load.events * SHORTFALL, at_least=True),
        Limit(what="seconds from recording to a viewer, p99", value=max(lags), limit=LAG),
        Limit(what="seconds by which that grew", value=max(lags[-third:]) - max(lags[:third]), limit=GROWTH),
        Limit(
            what="frames that did not fit",
            value=sum(report["misfits"] for report in reports[-1]),
            limit=0,
            sound=True,
        ),
        Limit(what="frames received by the slowest list", value=min(received), limit=1, at_least=True, sound=True),
    ]


def theirs(who: str, command: list[str], page: str, events: int) -> Taken:
    """A peer that is told so many events."""
    mark, port = secrets.token_hex(8), free_port()
    with running_redis() as server:
        filled = [part.format(redis=server.url, port=port) for part in command]
        environment = {**os.environ, "FLOWER_UNAUTHENTICATED_API": "1"}
        quiet = subprocess.DEVNULL
        peer = subprocess.Popen(filled, cwd=ROOT / "var", env=environment, stdout=quiet, stderr=quiet)
        try:
            url = f"http://127.0.0.1:{port}{page.format(mark=mark)}"
            wait_until(lambda: answers(url) is not None and subscribed(server.url), 60, f"{who} listens")
            before, start = cpu(peer.pid), time.monotonic()
            feed = [sys.executable, "-m", "benchmarks.peers.feed", server.url, str(events), str(EVENTS), mark]
            subprocess.run(feed, cwd=ROOT, check=True, stdout=quiet)
            fed = time.monotonic()
            while answers(url) != 200 and time.monotonic() - fed < PATIENCE:
                time.sleep(0.1)
            late = time.monotonic() - fed
            knows = answers(url) == 200
            return Taken(
                who=who,
                rate=events / (time.monotonic() - start),
                cost=(cpu(peer.pid) - before) / events * 1000,
                late=late if knows else None,
            )
        finally:
            peer.terminate()
            peer.wait(30)


def produce(redis_url: str, load: Load, end: Signal) -> None:
    """Records its share of the events until `end`, as a recorder does: what happened since it looked last, in a row."""
    channel = RedisChannel(Settings(redis_url=redis_url, namespace="test"))
    events, told, start, took = lives(life, load.tasks // PRODUCERS), 0, time.monotonic(), 0.0
    while not end.wait(max(0.0, SAMPLE_SECONDS - took)):
        looked = time.monotonic()
        due = min(int((looked - start) * load.events / PRODUCERS) - told, BATCH_EVENTS * BATCHES_IN_A_ROW)
        list(channel.record_all(list(batches(events, BATCH_EVENTS, due))))
        told += due
        took = time.monotonic() - looked


def life() -> Iterator[Event]:
    """The events of one task; each says when it was recorded, which is what the lag is measured by."""
    task_id, run, source = secrets.token_hex(16), secrets.token_hex(8), "benchmark"
    now = time.time()
    said = partial(Event, id=task_id, source=source, run=run)
    yield said(
        at=now,
        seq=1,
        state=State.RECEIVED,
        begins=True,
        name="benchmarks.ingest.work",
        queue="celery",
        args="[1,2]",
        kwargs='{"path":"/some/where/on/disk"}',
        worker="celery@benchmark",
        received_at=now,
        root_id=task_id,
        message=stamp(),
    )
    yield said(at=now, seq=2, state=State.STARTED, started_at=now, message=stamp())
    for number in range(STEPS):
        step = Step(key="1", description="Importing", current=number, total=STEPS, unit="row", rate=3.7, eta=5.6)
        done = number / STEPS * 100
        yield said(
            at=now,
            seq=3 + number,
            state=State.PROGRESS,
            percent=done,
            steps=(step,),
            message=stamp(),
        )
    yield said(
        at=now,
        seq=3 + STEPS,
        state=State.SUCCESS,
        finished_at=time.time(),
        result="42",
        message=stamp(),
    )


def stamp() -> str:
    """The time of now, as viewers read it."""
    return f"at={time.monotonic_ns() // 1000:016d}"


if __name__ == "__main__":
    sys.exit(main())
