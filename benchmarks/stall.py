"""What viewers that stop reading cost the others, and the server: `python -m benchmarks.stall [--quick]`.

The real web process, 1,000 recorded changes a second of ten running tasks, and 500 viewers of the same list; 50 of
them come, stop reading for a while, read again, and leave. The peer, in the same run, is the time without those 50.
Both are cut into windows of equal length, and the medians of their p99 are compared: short stalls and pauses take
turns first, then there is one stall of 60 seconds. A window during which other programs took much of the machine
counts only if there are too few others.

Then 500 viewers are slow: they read seldom, and little at a time, so that most of them are behind. The web process
itself notes how long each change takes into its mirror (`benchmarks.harness.probe`); the peer, in the same run, is the
time without viewers.

Memory is the growth of the web process (resident set) from before they stop reading, at its highest, for each of
them. What the system holds for their sockets is its own, and bounded there. Ends with status 1 if a limit is not kept.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.harness.measures import KIB, Limit, Machine, add_short, memory, quantile, verdict
from benchmarks.harness.probe import FLUSH_SECONDS, samples
from benchmarks.harness.viewers import Remote
from phloem.model.event import Event
from phloem.model.state import State
from phloem.record.redis_record import RedisChannel
from phloem.settings import Settings
from tests.processes import Stack
from tests.waiting import wait_until

VIEWERS = 500
STALLED = 50
CHANGES = 1000
"""A second."""
TASKS = 10
BATCH = 20
"""Changes that a producer records at once."""
SMALL_BATCH = 5
"""The same where each batch is a sample of how long it takes into the mirror."""
INGEST = 3.0
"""How much longer a change may take into the mirror, at p99, while slow viewers are told, than without viewers. It is
1.4 to 2 on two busy cores; a web process that sends frames under the mirror's lock needs 3.5 to 6 times as long."""
ASKED = {"view": {"limit": TASKS}}
ROUNDS = 4
"""Short stalls."""
SHORT = 3
"""Windows of a short stall, and of a pause between two."""
WEB = "serve --app phloem.jobs.app:app"
"""What the web process of the Procfile is started with."""
OTHERS = 0.1
"""Share of the machine that other programs may have during a window."""
ENOUGH = 5
"""Undisturbed windows that are compared without those that were disturbed."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds in which frames are counted together, and those after viewers came or left that do not count."""

    window: float = 5.0
    settling: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Window:
    """What the others received: milliseconds from the change to receipt, and what else the machine did, 0 to 1."""

    p50: float
    p99: float
    frames: int
    cpu: float
    """Microseconds of the web process for each frame."""
    others: float


@dataclass(kw_only=True)
class Stalls:
    """What stalled viewers cost: bytes of the process for each of them, frames and connections on the way back."""

    held: float = 0.0
    leaps: int = 0
    misfits: int = 0
    reconnected: int = 0


class Producer:
    """Records CHANGES changes a second, in a thread, until stopped."""

    def __init__(self, redis_url: str, source: str, batch: int = BATCH) -> None:
        self._channel = RedisChannel(Settings(redis_url=redis_url, namespace="test"))
        self._source = source
        self._batch = batch
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
            for _ in range(self._batch):
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
    parser.add_argument("--quick", action="store_true", help="one short stall, with a fifth of the viewers")
    add_short(parser)
    parser.add_argument("--rounds", type=int, help="short stalls")
    parser.add_argument("--seconds", type=float, help="length of the long stall")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what was started, too
    if chosen.short:
        chosen.rounds, chosen.seconds = 0, 1.0
    share = 25 if chosen.short else 5 if chosen.quick else 1
    pace = Pace(window=0.5, settling=0.5) if chosen.short else Pace()
    rounds = (1 if chosen.quick else ROUNDS) if chosen.rounds is None else chosen.rounds
    seconds = (10.0 if chosen.quick else 60.0) if chosen.seconds is None else chosen.seconds
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            stack.start("redis")
            probed = Path(folder) / "probed"
            stack.add("web", f"exec {sys.executable} -m benchmarks.harness.probe {probed} {WEB}")
            stack.start("web")
            with Remote(stack.port, (VIEWERS - STALLED) // share, ASKED) as others:
                bench = Bench(stack, others, STALLED // share, pace)
                bench.run(rounds, SHORT, max(1, round(seconds / pace.window)))
            ingest = Ingest(stack, probed, VIEWERS // share, pace)
            ingest.run(SHORT)
        finally:
            stack.stop("web")
            stack.stop("redis")
    return verdict([*bench.judge(), ingest.judge()], short=chosen.short)


class Bench:
    """Lets viewers stall and counts what the others receive meanwhile."""

    def __init__(self, stack: Stack, others: Remote, stalled: int, pace: Pace) -> None:
        self._pace = pace
        self._stack = stack
        self._others = others
        self._stalled = stalled
        self._pids = (stack.pid("web"), stack.redis.pid, others.pid, os.getpid())
        self._with: list[Window] = []
        self._without: list[Window] = []
        self._misfits = 0
        self._cost = Stalls()

    def run(self, rounds: int, short: int, long: int) -> None:
        """Short stalls with pauses between, then a long one; lengths are numbers of windows."""
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at start; {self._stalled} viewers stall")
        for number, windows in enumerate([*[short] * rounds, long]):
            producer = Producer(self._stack.redis.url, f"source{number}")
            time.sleep(self._pace.settling)
            self._without += self._observe(short)
            producer.stop()
            self._stall(windows, f"stalled{number}")

    def judge(self) -> list[Limit]:
        """Prints the windows; what they have to show."""
        p99 = {}
        for name, windows in (("without", self._without), ("while they stall", self._with)):
            quiet = [window for window in windows if window.others <= OTHERS]
            counted = quiet if len(quiet) >= ENOUGH else windows
            p99[name] = median(window.p99 for window in counted)
            print(
                f"{name:17} p50 {median(window.p50 for window in counted):5.1f} ms   p99 {p99[name]:5.1f} ms"
                f" ({min(window.p99 for window in counted):.1f} to {max(window.p99 for window in counted):.1f})"
                f"   {sum(window.frames for window in counted):9,} frames"
                f"   CPU {median(window.cpu for window in counted):4.1f} µs/frame"
                f"   {len(counted)} of {len(windows)} windows, others {median(each.others for each in counted):.0%}"
            )
            if len(quiet) < min(ENOUGH, len(windows)):
                print("Other programs took much of the machine: this p99 says little.")
        print(f"{self._cost.reconnected} of the stalled viewers came back on another connection")
        return [
            Limit(what="KiB in the process for each stalled viewer", value=self._cost.held / KIB, limit=64),
            Limit(
                what="p99 of the others, against that without stalled viewers",
                value=p99["while they stall"] / p99["without"],
                limit=1.2,
            ),
            Limit(
                what="frames that told a returning viewer what was missed, at most",
                value=self._cost.leaps,
                limit=1,
            ),
            Limit(what="frames that did not fit", value=self._cost.misfits + self._misfits, limit=0, sound=True),
        ]

    def _stall(self, windows: int, source: str) -> None:
        """Viewers come, stall, read again until they are in step, and leave."""
        web = self._stack.pid("web")
        with Remote(self._stack.port, self._stalled, ASKED) as crowd:
            producer = Producer(self._stack.redis.url, source)
            time.sleep(self._pace.settling)
            before = highest = memory(web)
            crowd.tell("stall")
            self._others.tell("report")
            for _ in range(windows):
                self._with += self._observe(1)
                highest = max(highest, memory(web))
            crowd.tell("resume")
            time.sleep(self._pace.settling)
            producer.stop()
            wait_until(lambda: in_step(self._others, crowd), 20, "all are in step")
            back = crowd.tell("report")
        self._cost.held = (highest - before) / self._stalled  # of the last, the long one
        self._cost.leaps = max(self._cost.leaps, back["leaps"])
        self._cost.misfits += back["misfits"]
        self._cost.reconnected += back["reconnected"]

    def _observe(self, windows: int) -> list[Window]:
        """What the others receive in the next windows."""
        self._others.tell("report")
        observed = []
        for _ in range(windows):
            machine = Machine(*self._pids)
            time.sleep(self._pace.window)
            row = self._others.tell("report")
            observed.append(
                Window(
                    p50=row["p50"],
                    p99=row["p99"],
                    frames=row["frames"],
                    cpu=machine.used[0] / row["frames"] * 1e6,
                    others=machine.others,
                )
            )
            self._misfits = row["misfits"]
        return observed


class Ingest:
    """How long it takes until a change is in the mirror: without viewers, and while slow ones are told."""

    def __init__(self, stack: Stack, probed: Path, viewers: int, pace: Pace) -> None:
        self._stack = stack
        self._probed = probed
        self._viewers = viewers
        self._pace = pace
        self._p99: dict[str, list[float]] = {"without viewers": [], "slow viewers": []}

    def run(self, windows: int) -> None:
        producer = Producer(self._stack.redis.url, "ingest", SMALL_BATCH)
        self._observe("without viewers", windows)
        with Remote(self._stack.port, self._viewers, ASKED) as crowd:
            crowd.tell("slow")
            self._observe("slow viewers", windows)
        producer.stop()

    def judge(self) -> Limit:
        """Prints the windows; what they have to show."""
        for name, windows in self._p99.items():
            print(f"{name:17} ingest p99 {median(windows):5.1f} ms ({min(windows):.1f} to {max(windows):.1f})")
        what = f"p99 until a change is in the mirror, {self._viewers} slow viewers against none"
        return Limit(
            what=what, value=median(self._p99["slow viewers"]) / median(self._p99["without viewers"]), limit=INGEST
        )

    def _observe(self, name: str, windows: int) -> None:
        time.sleep(self._pace.settling)
        for _ in range(windows):
            start = time.monotonic()
            time.sleep(self._pace.window + FLUSH_SECONDS)
            self._p99[name].append(quantile(samples(self._probed, start), 0.99))


def in_step(*crowds: Remote) -> int:
    """The offset at which all are; 0 if they are not at the same."""
    offsets = {crowd.tell("report")["lowest"] for crowd in crowds}
    return offsets.pop() if len(offsets) == 1 else 0


if __name__ == "__main__":
    sys.exit(main())
