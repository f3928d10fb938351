"""Memory per viewer and per task, and response times with many tasks: `python -m benchmarks.memory [--quick]`.

The real web process: its memory before and after 1,000 idle viewers connected, and before and after 100,000 tasks were
recorded. Then, with 2,000 events a second of tasks that start, run and end, and two lists that are watched all the
time, another client opens view after view: three of four times the list that every client opens first, else a list
that no client has opened before. Pauses of the event loop are measured from outside, by requesting /healthz again and
again, so waiting for the machine counts as well. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import multiprocessing
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event as Signal
from typing import Any

import requests

from benchmarks.harness.lives import lives
from benchmarks.harness.measures import KIB, Limit, Machine, add_short, memory, quantile, verdict
from benchmarks.harness.viewers import Remote, Watcher, watchers
from benchmarks.harness.web import record_of, running
from benchmarks.record import batches, life
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from phloem_server.settings import FANOUTS
from tests.processes import Stack
from tests.waiting import wait_until

VIEWERS = 1000
TASKS = 100_000
EVENTS = 2000
"""A second."""
BATCH = 20
"""Events that a producer records at once."""
AT_ONCE = 100
"""Tasks that run at the same time."""
EVERY = 0.1
"""Seconds between two who open a view."""
SOON = 0.01
"""Seconds from an answer of /healthz to the next request."""

PER_VIEWER = 40.0
"""KiB."""
ANSWER = 30.0
"""Milliseconds until the answer to `watch`, at p99."""
PAUSE = 50.0
"""Milliseconds for which the loop may do one thing."""


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="shorter, with a fifth of the viewers and of the tasks")
    add_short(parser)
    parser.add_argument("--seconds", type=float, help="of 2,000 events each")
    parser.add_argument("--fanout", choices=FANOUTS, default=FANOUTS[0])
    chosen = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    share = 50 if chosen.short else 5 if chosen.quick else 1
    seconds = chosen.seconds or (2.0 if chosen.short else 10.0 if chosen.quick else 40.0)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; fan-out {chosen.fanout}")
    limits = [viewers(VIEWERS // share, chosen.fanout), *tasks(TASKS // share, seconds, chosen.fanout)]
    return verdict(limits, short=chosen.short)


def viewers(number: int, fanout: str) -> Limit:
    """What one weighs who only looks."""
    with running(fanout) as stack:
        record_of(stack).record(list(itertools.islice(lives(life, AT_ONCE), 1000)))
        for _ in range(20):  # what is made once, is made by these
            Watcher(stack.port, {"view": {}}).wait().socket.close()
        wait_until(lambda: figure(stack, "phloem_viewers") == 0, 10, "they have left")
        before = memory(stack.pid("web"))
        here = watchers(stack.port, [{"view": {}}] * number)
        assert figure(stack, "phloem_viewers") == len(here)
        each = (memory(stack.pid("web")) - before) / number / KIB
    print(f"{number} viewers: {each:.1f} KiB each")
    return Limit(what="KiB in the process for each idle viewer", value=each, limit=PER_VIEWER)


def tasks(number: int, seconds: float, fanout: str) -> list[Limit]:
    """What one weighs, and how quick the process is with all of them."""
    with running(fanout) as stack:
        before = memory(stack.pid("web"))
        channel = record_of(stack)
        for _ in range(number // 100):
            ended = [list(life()) for _ in range(100)]
            channel.record([event for events in ended for event in (events[0], *events[-2:])])
        wait_until(lambda: figure(stack, 'phloem_tasks{state="SUCCESS"}') == number, 60, "all are known")
        each = (memory(stack.pid("web")) - before) / number
        print(f"{number:,} tasks: {each:,.0f} bytes each")
        end = multiprocessing.get_context("spawn").Event()
        producer = multiprocessing.get_context("spawn").Process(target=produce, args=(stack.redis.url, end))
        with Remote(stack.port, 10, {"view": {}}) as one, Remote(stack.port, 10, {"view": {"name": "*work"}}) as other:
            producer.start()
            pids = (stack.pid("web"), stack.redis.pid, producer.pid or 0, one.pid, other.pid, os.getpid())
            known_before = figure(stack, "phloem_relay_offset")
            wait_until(lambda: figure(stack, "phloem_relay_offset") > known_before, 30, "events come")
            start, offset = time.monotonic(), figure(stack, "phloem_relay_offset")
            machine = Machine(*pids)
            known, new, pauses = look(stack.port, seconds)
            took = time.monotonic() - start
            used, others = machine.used[0] / took, machine.others
            rate = (figure(stack, "phloem_relay_offset") - offset) / took
            misfits = one.tell("report")["misfits"] + other.tell("report")["misfits"]
            end.set()
            producer.join()
    print(f"{rate:,.0f} changes a second; the web process uses {used:.0%} of a core")
    print(f"other programs have {others:.0%} of the machine")
    for name, times in (("views that others look at", known), ("views that are new", new), ("/healthz", pauses)):
        p50, p99 = quantile(times, 0.5), quantile(times, 0.99)
        print(f"{name:26} {len(times):5} times: p50 {p50:5.1f} ms   p99 {p99:5.1f} ms   max {max(times):5.1f} ms")
    return [
        Limit(what="ms until the answer to `watch`, p99 of all", value=quantile(known + new, 0.99), limit=ANSWER),
        Limit(what="ms of the longest pause of the loop", value=max(pauses), limit=PAUSE),
        Limit(what="frames that did not fit", value=misfits, limit=0, sound=True),
        Limit(what="changes seen a second", value=rate, limit=EVENTS / 10, at_least=True, sound=True),
    ]


def look(port: int, seconds: float) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of answers to `watch` for views known and new, and of answers of /healthz."""
    known: list[float] = []
    new: list[float] = []
    pauses: list[float] = []
    ended = threading.Event()

    def probe() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while not ended.wait(SOON):
            begin = time.monotonic()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            pauses.append((time.monotonic() - begin) * 1000)
        connection.close()

    thread = threading.Thread(target=probe)
    thread.start()
    watcher = Watcher(port, {"view": {}}).wait()
    start = time.monotonic()
    for number in itertools.count(1):
        if time.monotonic() - start > seconds:
            break
        fresh = number % 4 == 0
        asked: dict[str, Any] = {"view": next(unheard) if fresh else {}}
        begin = time.monotonic()
        watcher.ask(asked)
        watcher.wait()
        (new if fresh else known).append((time.monotonic() - begin) * 1000)
        watcher.leave()
        time.sleep(EVERY)
    ended.set()
    thread.join()
    return known, new, pauses


def _unheard() -> Iterator[dict[str, Any]]:
    """Lists that no client has opened before, of each kind."""
    for number in itertools.count(1):
        yield {"state": ["FAILURE", "SUCCESS"], "limit": 10 + number % 180}
        yield {"name": "*work", "limit": 10 + number % 180}
        yield {"queue": "celery", "limit": 10 + number % 180}
        yield {"q": f"disk {number}"}


unheard = _unheard()


def produce(redis_url: str, end: Signal) -> None:
    """Records EVENTS events a second until `end`."""
    channel = RedisChannel(Settings(redis_url=redis_url, namespace="test"))
    start = time.monotonic()
    for number, batch in enumerate(batches(lives(life, AT_ONCE), BATCH, sys.maxsize)):
        if end.wait(max(0.0, start + number * BATCH / EVENTS - time.monotonic())):
            return
        channel.record(batch)


def figure(stack: Stack, name: str) -> float:
    """One of the figures at /metrics."""
    text = requests.get(f"{stack.url}/metrics", timeout=10).text
    return float(text.partition(f"\n{name} ")[2].split()[0])


if __name__ == "__main__":
    sys.exit(main())
