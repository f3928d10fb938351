"""What viewers who stop reading cost the others, and the server: `python -m benchmarks.stall [--quick]`.

The real web process, 1,000 recorded changes a second of ten running tasks, and 500 viewers of the same list; 50 of
them stop reading for 60 seconds. The peer, in the same run, is the time before they come and after they left. Ends
with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.measures import KIB, Limit, busy, cpu, memory, verdict
from benchmarks.viewers import Remote
from phloem.channel import RedisChannel
from phloem.event import Event, State
from phloem.settings import Settings
from tests.processes import Stack, wait_until

VIEWERS = 500
STALLED = 50
CHANGES = 1000
"""A second."""
TASKS = 10
BATCH = 20
"""Changes that a producer records at once."""
ASKED = {"view": {"limit": TASKS}}


class Producer:
    """Records CHANGES changes a second, in a thread, until stopped."""

    def __init__(self, redis_url: str, source: str) -> None:
        self._channel = RedisChannel(Settings(redis_url=redis_url, namespace="test"))
        self._source = source
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        seq, start = 0, time.monotonic()
        while not self._stopped.wait(max(0.0, start + seq / CHANGES - time.monotonic())):
            stamp = f"at={time.monotonic_ns() // 1000:016d}"
            events = []
            for _ in range(BATCH):
                seq += 1
                events.append(
                    Event(
                        id=f"task{seq % TASKS}",
                        at=time.time(),
                        source=self._source,
                        seq=seq,
                        run="run",
                        state=State.PROGRESS,
                        message=stamp,
                    )
                )
            self._channel.record(events)


def main() -> int:
    """Prints what was measured, then the limits."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="shorter, with a fifth of the viewers")
    parser.add_argument("--seconds", type=float, help="for which they stop reading")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, too
    share = 5 if chosen.quick else 1
    seconds = chosen.seconds or (12.0 if chosen.quick else 60.0)
    return verdict(measure(VIEWERS // share, STALLED // share, seconds))


def measure(viewers: int, stalled: int, seconds: float) -> list[Limit]:
    """One run with `stalled` of `viewers` who stop reading."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            stack.start("redis")
            stack.start("web")
            producer = Producer(stack.redis.url, "first")
            pids = (stack.redis.pid, stack.pid("web"))
            with Remote(stack.port, viewers - stalled, ASKED) as others:
                calm = min(seconds, 15.0)
                without = [observe(others, calm, *pids)]
                with Remote(stack.port, stalled, ASKED) as crowd:
                    time.sleep(3)
                    before = memory(stack.pid("web"))
                    crowd.tell("stall")
                    during = observe(others, seconds, crowd.pid, *pids)
                    held = (memory(stack.pid("web")) - before) / stalled / KIB
                    crowd.tell("resume")
                    time.sleep(3)
                    producer.stop()
                    end = wait_until(lambda: in_step(others, crowd), 20, "all are in step")
                    back = crowd.tell("report")
                producer = Producer(stack.redis.url, "second")
                without.append(observe(others, calm, *pids))
                producer.stop()
        finally:
            stack.stop("web")
            stack.stop("redis")
    calm_p99 = sum(row["p99"] for row in without) / len(without)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{viewers} viewers, {stalled} of them stalled for {seconds:g} s")
    for name, row in (("before", without[0]), ("while they stall", during), ("after", without[1])):
        print(
            f"others, {name:17} p50 {row['p50']:6.1f} ms   p99 {row['p99']:6.1f} ms   {row['frames']:8,} frames"
            f"   other programs {row['beside']:4.0%}"
        )
    print(
        f"back: {stalled - back['reconnected']} on their connection, {back['reconnected']} on a new one; offset {end}"
    )
    return [
        Limit(what="KiB in the process for each stalled viewer", value=max(0.0, held), limit=64),
        Limit(
            what="p99 of the others, against that without stalled viewers", value=during["p99"] / calm_p99, limit=1.2
        ),
        Limit(what="frames that told a viewer who came back what was missed, at most", value=back["leaps"], limit=1),
        Limit(what="frames that did not fit", value=back["misfits"] + during["misfits"], limit=0),
    ]


def observe(others: Remote, seconds: float, *pids: int) -> dict[str, Any]:
    """What they report of the next seconds, and the share of the machine that programs beside `pids` had."""
    ours = (others.pid, os.getpid(), *pids)
    others.tell("report")
    start, all_before, before = time.monotonic(), busy(), sum(map(cpu, ours))
    time.sleep(seconds)
    elapsed = time.monotonic() - start
    beside = busy() - all_before - (sum(map(cpu, ours)) - before)
    return {**others.tell("report"), "beside": max(0.0, beside / elapsed / (os.cpu_count() or 1))}


def in_step(*crowds: Remote) -> int:
    """The offset at which all are; 0 if they are not at the same."""
    offsets = {crowd.tell("report")["lowest"] for crowd in crowds}
    return offsets.pop() if len(offsets) == 1 else 0


if __name__ == "__main__":
    sys.exit(main())
